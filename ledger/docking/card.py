"""What is a card, and what is only a sentence about one: shops hand both over in the same field.

A line is a card if nothing is left of it, after its labels, but what a card is printed with. When in doubt it
is none: a card that is taken for a sentence can still be delivered, but a sentence is never taken back.
"""

from __future__ import annotations

import re


def cards_in(text: str | None) -> tuple[str, ...]:
    """The cards in what a shop handed over, one a line; none if any line is a sentence."""
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return tuple(lines) if all(map(is_card, lines)) else ()


def is_card(line: str) -> bool:
    """Whether a line is a card: `ABCD-1234`, `卡号：… 密码：…`, an address to redeem at."""
    parts = re.split(r"[\s|,;、，；]+", _LABEL.sub(" ", line).strip())
    tokens = sum(_TOKEN.search(part) is not None for part in parts)
    return all(_PRINTED.fullmatch(part) for part in parts) and 0 < len(parts) <= 2 * tokens


_LABEL = re.compile(
    r"(?:卡|充值|激活|兑换|提取|序列|登录)?(?:号|密|码|卡号|卡密|密码|账号|帐号|邮箱|链接|有效期)\s*[:：]|"
    r"(?i:card|pin|code|key|password|pass|account|url|no)\.?\s*[:：]"
)
_PRINTED = re.compile(r"[\x21-\x7e]*")
_TOKEN = re.compile(r"(?=.*\d)[!-~]{4,}|[A-Z-]{8,}")  # a word of a sentence has no digit in it

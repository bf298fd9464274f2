"""Why a shop says no, where it says so in words alone: what they tell for sure, and no more.

Whose doing it was is stated only where the words leave no other: a shop's price is the shop's, the balance
that a platform keeps at a shop is the platform's.
"""

from __future__ import annotations

from typing import NamedTuple

from mingdan.ledger.docking.dock import Blame
from mingdan.ledger.event import FailureCode


class Reason(NamedTuple):
    code: FailureCode
    blame: Blame
    retryable: bool


def reason(words: str) -> Reason:
    """The reason behind a shop's sentence; `other` and unknown where it could be any."""
    for signs, found in _REASONS:
        if any(sign in words for sign in signs):
            return found
    return UNKNOWN


def is_absent(words: str) -> bool:
    """Whether a sentence says that there is no such order."""
    return "订单" in words and any(sign in words for sign in ("不存在", "未找到", "没有找到"))


def is_known(words: str) -> bool:
    """Whether a sentence says that the platform's number is taken: the order may be there already."""
    number = any(sign in words for sign in ("订单号", "单号", "request ID", "请求ID", "请求号"))
    return number and any(sign in words for sign in ("已存在", "重复", "already exists"))


UNKNOWN = Reason("other", "unknown", retryable=False)
# The first that fits decides: a sentence about the balance may name a price too.
_REASONS: tuple[tuple[tuple[str, ...], Reason], ...] = (
    (("余额", "欠费"), Reason("other", "platform", retryable=True)),
    (("签名", "密钥", "商户ID", "AppKey", "app_key"), Reason("other", "platform", retryable=False)),
    (("频繁", "限流", "超过限制"), Reason("rate_limited", "platform", retryable=True)),
    (("价格", "成本", "亏本", "涨价", "safePrice"), Reason("price_rise", "upstream", retryable=False)),
    (("库存", "缺货", "停售", "下架", "禁售"), Reason("supply_cut", "upstream", retryable=False)),
    (("维护", "暂停"), Reason("outage", "upstream", retryable=True)),
    (("账号格式", "账号错误", "号码错误"), Reason("bad_recipient", "buyer", retryable=False)),
)

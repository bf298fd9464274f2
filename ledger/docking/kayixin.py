"""卡易信 merchant API 3.0: MD5 over account, secret, version, time and the body's own bytes.

A query names the order by the platform's number, so a doubt can be cleared. Only code 1000 is a yes, and why
it is no is a sentence. `safePrice` makes the shop refuse an order that has become dearer.
"""

# ruff: noqa: ARG002  # every protocol is asked alike, and each needs only some of it

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec import Struct

from mingdan.ledger.docking.dock import (
    MINUTE,
    Account,
    Call,
    Dialect,
    Message,
    Said,
    Tells,
    Wanted,
    Word,
    unbelieved,
)
from mingdan.ledger.docking.reason import is_absent, is_known, reason
from mingdan.ledger.docking.stamp import is_fresh, is_same, md5_hex, opened

_VERSION = "3.0"
_WINDOW = 120 * MINUTE  # the protocol names none; it repeats a callback for an hour
_OK = 1000


class _Card(Struct):
    cardNo: str = ""  # noqa: N815  # theirs
    cardPwd: str = ""  # noqa: N815


class _Order(Struct):
    """Of an answer's `data`, and of a callback, where `cards` is a cipher."""

    orderNumber: str | int | None = None  # noqa: N815
    outerNumber: str | None = None  # noqa: N815
    status: int | None = None
    money: Decimal = Decimal(0)  # yuan
    retMoney: Decimal = Decimal(0)  # noqa: N815
    cards: list[_Card] | str | None = None


class _Answer(Struct):
    code: int | str | None = None
    msg: str = ""
    data: _Order | None = None


class Kayixin(Dialect):
    name = "kayixin-v3"
    tells = Tells(callbacks=True, progress=True, asked_by="ref", signed_answers=False, window=_WINDOW)

    def place(self, account: Account, wanted: Wanted, now: int) -> Call:
        """Without a ceiling the shop charges whatever it costs by then."""
        named = ({} if wanted.account is None else {"充值账号": wanted.account}) | wanted.fields
        order: dict[str, object] = {
            "goodsId": wanted.number,
            "count": wanted.qty,
            "notifyUrl": wanted.callback or "",
            "outerNumber": wanted.ref,
            "sku": "",
            "attach": [{"name": name, "value": value} for name, value in named.items()],
        }
        if wanted.ceiling is not None:
            order["safePrice"] = msgspec.Raw(f"{wanted.ceiling // 100}.{wanted.ceiling % 100:02d}".encode())
        return _signed(account, "/api/v3/order/create", order, now)

    def placed(self, account: Account, answer: Message) -> Word:
        told = _read(answer)
        if told is None or told.code is None or is_known(told.msg):
            return Word(said="doubtful", status=f"http {answer.status}")
        if str(told.code) == str(_OK):
            order = told.data or _Order()
            return Word(said="accepted", status=str(_OK), upstream=_number(order), goods=_goods(order.cards))
        code, blame, retryable = reason(told.msg)
        return Word(said="rejected", status=str(told.code), code=code, blame=blame, retryable=retryable)

    def query(self, account: Account, ref: str, upstream: str | None, now: int) -> Call | None:
        return _signed(account, "/api/v3/order/getDetail", {"orderNumber": "", "outerNumber": ref}, now)

    def queried(self, account: Account, answer: Message) -> Word:
        told = _read(answer)
        if told is not None and str(told.code) == str(_OK) and told.data is not None:
            return _word(told.data, told.data.cards)
        absent = told is not None and is_absent(told.msg)
        return Word(said="absent" if absent else "unknown", status=f"http {answer.status}")

    def called_back(self, account: Account, message: Message, now: int) -> Word:
        head = message.headers
        told_at = head.get("x-timestamp", "")
        if not is_same(account.key, head.get("x-app-id", "")):
            raise unbelieved("other-signer")
        if not is_same(_signature(account, told_at, message.body), head.get("x-signature", "")):
            raise unbelieved("forged")
        if not is_fresh(told_at, now, _WINDOW):
            raise unbelieved("stale")
        try:
            order = msgspec.json.decode(message.body, type=_Order)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise unbelieved("unreadable") from error
        if order.orderNumber is None or order.status is None:
            raise unbelieved("unreadable")
        word = _word(order, _unsealed(order.cards, account.secret))
        return msgspec.structs.replace(word, told=1000 * int(told_at))

    def reply(self, *, taken: bool) -> tuple[str, str]:
        return ("ok" if taken else "fail"), "text/plain"


def _word(order: _Order, cards: list[_Card] | str | None) -> Word:
    said = _SAID.get(order.status or 0, "noted")
    if order.status == _REFUNDED and not _is_whole(order):
        said = "noted"
    return Word(
        said=said,
        status=str(order.status),
        ref=order.outerNumber or None,
        upstream=_number(order),
        goods=_goods(cards) if said == "succeeded" else (),
    )


def _goods(cards: list[_Card] | str | None) -> tuple[str, ...]:
    """The cards in clear; number and password of one are one."""
    listed = cards if isinstance(cards, list) else []
    return tuple(filter(None, (" ".join(filter(None, (card.cardNo, card.cardPwd))) for card in listed)))


def _is_whole(order: _Order) -> bool:
    """Whether all the money went back: a refund may be of nothing, or of a part."""
    return 0 < order.money <= order.retMoney


def _number(order: _Order) -> str | None:
    return None if order.orderNumber in (None, "") else str(order.orderNumber)


def _unsealed(cards: list[_Card] | str | None, secret: str) -> list[_Card]:
    """The cards of a callback; none where they cannot be opened."""
    text = opened(cards, secret) if isinstance(cards, str) and cards else None
    try:
        return [] if text is None else msgspec.json.decode(text, type=list[_Card])
    except msgspec.DecodeError:
        return []


def _read(answer: Message) -> _Answer | None:
    try:
        return msgspec.json.decode(answer.body, type=_Answer) if answer.status < 500 else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _signed(account: Account, path: str, order: dict[str, object], now: int) -> Call:
    body, told_at = msgspec.json.encode(order), str(now // 1000)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-App-Id": account.key,
        "X-Version": _VERSION,
        "X-Timestamp": told_at,
        "X-Signature": _signature(account, told_at, body),
    }
    return Call("POST", path, headers, body)


def _signature(account: Account, told_at: str, body: bytes) -> str:
    return md5_hex(f"{account.key}{account.secret}{_VERSION}{told_at}".encode() + body)


_REFUNDED = 5
_SAID: dict[int, Said] = {
    1: "accepted",
    2: "started",
    3: "succeeded",
    4: "failed",  # withdrawn: all of the money goes back
    _REFUNDED: "failed",  # only where it is all of the money
    7: "accepted",
}  # 8 and 9: a withdrawal or a refund was asked for and is not decided

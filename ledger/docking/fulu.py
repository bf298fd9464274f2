"""福禄 Open API 2.0: one gateway, MD5 over the sorted characters of the JSON and the secret.

Placed is never charged: what became of an order is in the answer to a query alone, and has to be polled. A
callback exists, but it carries no time and its signature is not documented: none is believed.
"""

# ruff: noqa: ARG002  # every protocol is asked alike, and each needs only some of it

from __future__ import annotations

import msgspec
from msgspec import Struct

from mingdan.ledger.docking.dock import (
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
from mingdan.ledger.docking.shop_time import local, told
from mingdan.ledger.docking.stamp import is_same, md5_hex, opened

_PATH = "/api/getway"  # as they spell it
_TAKEN = 3000  # the platform's number is there already


class _Card(Struct):
    card_number: str | None = None
    card_pwd: str | None = None


class _Order(Struct):
    order_id: str | int | None = None
    customer_order_no: str | None = None
    order_state: str = ""
    finish_time: str | None = None
    cards: list[_Card] | None = None


class _Answer(Struct):
    code: int = -1
    message: str = ""
    result: str | None = None  # JSON in a text
    sign: str | None = None


class Fulu(Dialect):
    name = "fulu"
    tells = Tells(callbacks=False, progress=True, asked_by="ref", signed_answers=True)

    def place(self, account: Account, wanted: Wanted, now: int) -> Call:
        """A charge where an account is named, else cards."""
        order: dict[str, object] = {
            "product_id": wanted.number,
            "customer_order_no": wanted.ref,
            "buy_num": wanted.qty,
        }
        if wanted.account is None:
            return _signed(account, "fulu.order.card.add", order, now)
        order["charge_account"] = wanted.account
        return _signed(account, "fulu.order.direct.add", order | wanted.fields, now)

    def placed(self, account: Account, answer: Message) -> Word:
        """Accepted, whatever state the answer may name beside: it is not the result."""
        found = _read(account, answer)
        if found is None or found.code == _TAKEN or is_known(found.message):
            return Word(said="doubtful", status=f"http {answer.status}")
        if found.code == 0:
            order = _order(found)
            return Word(said="accepted", status="0", ref=order.customer_order_no, upstream=_number(order))
        code, blame, retryable = reason(found.message)
        return Word(said="rejected", status=str(found.code), code=code, blame=blame, retryable=retryable)

    def query(self, account: Account, ref: str, upstream: str | None, now: int) -> Call | None:
        return _signed(account, "fulu.order.info.get", {"customer_order_no": ref}, now)

    def queried(self, account: Account, answer: Message) -> Word:
        found = _read(account, answer)
        if found is None or found.code:
            absent = found is not None and is_absent(found.message)
            return Word(said="absent" if absent else "unknown", status=f"http {answer.status}")
        order = _order(found)
        said = _SAID.get(order.order_state, "noted" if order.order_state else "unknown")
        done = said == "succeeded"
        return Word(
            said=said,
            status=order.order_state or "none",
            ref=order.customer_order_no or None,
            upstream=_number(order),
            goods=_cards(order, account.secret) if done else (),
            at=local(order.finish_time) if done else None,
        )

    def called_back(self, account: Account, message: Message, now: int) -> Word:
        raise unbelieved("no-callbacks")

    def reply(self, *, taken: bool) -> tuple[str, str]:
        return ("success" if taken else "fail"), "text/plain"


def _order(found: _Answer) -> _Order:
    try:
        return msgspec.json.decode(found.result or "{}", type=_Order)
    except msgspec.DecodeError:
        return _Order()


def _number(order: _Order) -> str | None:
    return None if order.order_id in (None, "") else str(order.order_id)


def _cards(order: _Order, secret: str) -> tuple[str, ...]:
    """Each field of a card is a cipher of its own; a card that cannot be opened is not in hand."""
    cards = []
    for card in order.cards or ():
        parts = [opened(part, secret) for part in (card.card_number, card.card_pwd) if part]
        if parts and all(parts):
            cards.append(" ".join(part for part in parts if part))
    return tuple(cards)


def _read(account: Account, answer: Message) -> _Answer | None:
    """An answer that is the shop's: a yes is signed, and whatever is signed is signed right."""
    try:
        found = msgspec.json.decode(answer.body, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    unsigned = not found.sign
    right = (
        found.code != 0 if unsigned else is_same(_signature(account, found.result or ""), found.sign or "")
    )
    return found if right and answer.status < 500 else None


def _signed(account: Account, method: str, order: dict[str, object], now: int) -> Call:
    asked = {
        "app_key": account.key,
        "method": method,
        "timestamp": told(now),
        "version": "2.0",
        "format": "json",
        "charset": "utf-8",
        "sign_type": "md5",
        "app_auth_token": "",
        "biz_content": msgspec.json.encode(order).decode(),
    }
    sign = _signature(account, msgspec.json.encode(asked).decode())
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return Call("POST", _PATH, headers, msgspec.json.encode(asked | {"sign": sign}))


def _signature(account: Account, text: str) -> str:
    return md5_hex("".join(sorted(text)) + account.secret)


_SAID: dict[str, Said] = {
    "untreated": "accepted",
    "processing": "started",
    "success": "succeeded",
    "failed": "failed",
}

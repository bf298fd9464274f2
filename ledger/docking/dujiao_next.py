"""dujiao-next, Open API 1.0: site to site, HMAC-SHA256 over method, path, time and the body's MD5.

A query names the order by the shop's own number, so an order whose answer was lost is found again by its
callback only: that the same reference never makes two orders is promised by the protocol, but kept only after
the order is made, so nothing is sent again on the strength of it.
"""

# ruff: noqa: ARG002  # every protocol is asked alike, and each needs only some of it

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct

from mingdan.ledger.docking.card import cards_in
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
from mingdan.ledger.docking.reason import Reason
from mingdan.ledger.docking.shop_time import iso
from mingdan.ledger.docking.stamp import hmac_hex, is_fresh, is_same, md5_hex

_ORDERS = "/api/v1/upstream/orders"


class _Fulfillment(Struct):
    payload: str | None = None
    delivered_at: str | None = None


class _Told(Struct):
    """An answer or a callback; what else is in it is not ours."""

    ok: bool | None = None
    order_id: int | None = None
    downstream_order_no: str | None = None
    status: str = ""
    fulfillment: _Fulfillment | None = None
    error_code: str = ""
    timestamp: object = None  # Unix seconds; when what a callback tells of happened


class DujiaoNext(Dialect):
    name = "dujiao-next"
    tells = Tells(callbacks=True, progress=True, asked_by="upstream", signed_answers=False, window=MINUTE)

    def place(self, account: Account, wanted: Wanted, now: int) -> Call:
        """The shop takes the money from the wallet that the platform keeps there."""
        order: dict[str, object] = {"sku_id": wanted.number, "quantity": wanted.qty}
        if wanted.fields:
            order["manual_form_data"] = wanted.fields
        order["downstream_order_no"] = wanted.ref
        if wanted.callback is not None:
            order["callback_url"] = wanted.callback
        return _signed(account, "POST", _ORDERS, msgspec.json.encode(order), now)

    def placed(self, account: Account, answer: Message) -> Word:
        """A no is only what the shop itself says in the protocol's form."""
        told = _read(answer)
        if told is not None and told.ok and told.order_id is not None:
            return Word(said="accepted", status=told.status, upstream=str(told.order_id))
        if told is None or told.ok is not False or told.error_code in ("", "internal_error"):
            return Word(said="doubtful", status=f"http {answer.status}")
        code, blame, retryable = _ERRORS.get(told.error_code, _OTHER)
        return Word(said="rejected", status=told.error_code, code=code, blame=blame, retryable=retryable)

    def query(self, account: Account, ref: str, upstream: str | None, now: int) -> Call | None:
        if upstream is None:
            return None
        return _signed(account, "GET", f"{_ORDERS}/{quote(upstream, safe='')}", b"", now)

    def queried(self, account: Account, answer: Message) -> Word:
        told = _read(answer)
        if told is not None and told.ok:
            return _word(told)
        if told is not None and told.error_code == "order_not_found":
            return Word(said="absent", status=told.error_code)
        return Word(said="unknown", status=f"http {answer.status}")

    def called_back(self, account: Account, message: Message, now: int) -> Word:
        """Signed like a call, with the account that the platform has at the shop."""
        head = message.headers
        told_at, signature = head.get("dujiao-next-timestamp", ""), head.get("dujiao-next-signature", "")
        if not is_same(account.key, head.get("dujiao-next-api-key", "")):
            raise unbelieved("other-signer")
        if not is_same(_signature(account, "POST", message.path, told_at, message.body), signature):
            raise unbelieved("forged")
        if not is_fresh(told_at, now, MINUTE):
            raise unbelieved("stale")
        told = _read(message)
        if told is None or told.order_id is None or not told.status:
            raise unbelieved("unreadable")
        return msgspec.structs.replace(_word(told), told=_told(told_at, told.timestamp))

    def reply(self, *, taken: bool) -> tuple[str, str]:
        return ('{"ok":true}' if taken else '{"ok":false}'), "application/json"


def _word(told: _Told) -> Word:
    """A status as it stands; one that we do not know, or that says nothing of the goods, is only noted."""
    status = told.status.strip().lower()
    said = _SAID.get(status, "noted")
    given = told.fulfillment or _Fulfillment()
    return Word(
        said=said,
        status=status,
        ref=told.downstream_order_no or None,
        upstream=None if told.order_id is None else str(told.order_id),
        goods=cards_in(given.payload) if said == "succeeded" else (),
        at=iso(given.delivered_at) if said == "succeeded" else None,
    )


def _told(signed: str, happened: object) -> int:
    """When a word was said (ms UTC): one that is sent again is signed anew, and happened when it did."""
    seconds = int(signed)
    return 1000 * (min(seconds, happened) if isinstance(happened, int) and happened > 0 else seconds)


def _read(message: Message) -> _Told | None:
    try:
        return msgspec.json.decode(message.body, type=_Told)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _signed(account: Account, method: Literal["GET", "POST"], path: str, body: bytes, now: int) -> Call:
    told_at = str(now // 1000)
    headers = {
        "Content-Type": "application/json",
        "Dujiao-Next-Api-Key": account.key,
        "Dujiao-Next-Timestamp": told_at,
        "Dujiao-Next-Signature": _signature(account, method, path, told_at, body),
    }
    return Call(method, path, headers, body)


def _signature(account: Account, method: str, path: str, told_at: str, body: bytes) -> str:
    return hmac_hex(account.secret, f"{method}\n{path}\n{told_at}\n{md5_hex(body)}")


_SAID: dict[str, Said] = {
    "pending_payment": "accepted",
    "paid": "accepted",
    "fulfilling": "started",
    "partially_delivered": "started",  # how much is still to come, it does not say
    "delivered": "succeeded",
    "completed": "succeeded",
    "canceled": "failed",
    "refunded": "failed",
}
_OTHER = Reason("other", "unknown", retryable=False)
_OURS = Reason("other", "platform", retryable=False)
_GONE = Reason("supply_cut", "upstream", retryable=False)
_ERRORS = {
    "bad_request": _OURS,
    "invalid_callback_url": _OURS,
    "sku_unavailable": _GONE,
    "product_unavailable": _GONE,
    "product_not_found": _GONE,
    "insufficient_stock": _GONE,
    "insufficient_balance": Reason("other", "platform", retryable=True),
    "payment_failed": Reason("other", "platform", retryable=True),  # the wallet that the platform keeps there
    "missing_auth_headers": _OURS,
    "invalid_timestamp": _OURS,
    "timestamp_expired": _OURS,
    "invalid_signature": _OURS,
    "invalid_api_key": _OURS,
    "user_disabled": _OURS,
}

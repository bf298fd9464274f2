"""A SKU: what is sold where, how much of it is known to be there, and how many promises it can carry (I4)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.fact import LEDGER, Count, Currency, Fact, Id, Label, Millis
from mingdan.ledger.mark import Mark
from mingdan.ledger.market.subject import Subject

Reason = Literal["cap", "closed", "stale"]  # an order is not taken in
Basis = Literal["stock", "throughput", "backlog", "preorder", "manual"]


# facts ------------------------------------------------------------------------------------------------
class Listed(Fact, frozen=True, kw_only=True):
    form: Literal["card", "direct", "membership"]
    name: Label
    platform: Id
    stock_mode: Literal["counted", "upstream", "unlimited"]


class Mapped(Fact, frozen=True, kw_only=True):
    to: Id  # the SKU of the next tier


class Stocked(Fact, frozen=True, kw_only=True):
    as_of: Millis
    qty: Count | None = None  # unknown, where the tier does not say
    ttl: Count  # ms after which it is worth nothing


class Alerted(Fact, frozen=True, kw_only=True):
    level: Literal["low", "out"]


class Cleared(Fact, frozen=True, kw_only=True):
    pass


class Priced(Fact, frozen=True, kw_only=True):
    amount: Count
    currency: Currency


class Capped(Fact, frozen=True, kw_only=True):
    basis: Basis
    cap: Count


class Closed(Fact, frozen=True, kw_only=True):
    reason: Label


class Opened(Fact, frozen=True, kw_only=True):
    pass


class Preorder(Fact, frozen=True, kw_only=True):
    qty: Count
    restock_by: Millis


class IntakeRefused(Fact, frozen=True, kw_only=True):
    qty: Count
    reason: Reason


SkuEvent = (
    Listed
    | Mapped
    | Stocked
    | Alerted
    | Cleared
    | Priced
    | Capped
    | Closed
    | Opened
    | Preorder
    | IntakeRefused
)


# state ------------------------------------------------------------------------------------------------
class Stock(Struct, frozen=True, gc=False):
    """What a tier said it had, as of when, and how long that is worth something (ms)."""

    qty: int | None
    as_of: int
    ttl: int
    mark: Mark

    def known_at(self, now: int) -> int:
        """The units that count at an instant: what is too old, or was never said, counts 0."""
        return self.qty if self.qty is not None and now <= self.as_of + self.ttl else 0


class Sku(Subject, frozen=True, gc=False, kw_only=True):
    """`refused` counts the orders that were not taken in."""

    listing: Listed | None = None
    listed: Mark | None = None
    upstream: str | None = None
    stock: Stock | None = None
    alert: Mark | None = None
    level: Literal["low", "out"] | None = None
    price: Priced | None = None
    cap: int | None = None
    capped: Mark | None = None
    basis: Basis | None = None
    closed: Mark | None = None
    preorder: Preorder | None = None
    preordered: Mark | None = None
    refused: int = 0


def changed(sku: Sku, event: SkuEvent, _by: str, mark: Mark) -> Sku:  # long: one case for each kind
    """The SKU after one more fact: total, whatever is told."""
    match event:
        case Listed():
            return sku if sku.listing is not None else replace(sku, listing=event, listed=mark)
        case Mapped(to=to):
            return replace(sku, upstream=to)
        case Stocked(qty=qty, as_of=as_of, ttl=ttl):
            if as_of > mark.effective or (sku.stock is not None and as_of < sku.stock.as_of):
                return sku  # of the past: what is known since stands; of the future: nobody knows it
            return replace(sku, stock=Stock(qty, as_of, ttl, mark))
        case Alerted(level=level):
            return replace(sku, alert=mark, level=level)
        case Cleared():
            return replace(sku, alert=None, level=None)
        case Priced():
            return replace(sku, price=event)
        case Capped(cap=cap, basis=basis):
            return replace(sku, cap=cap, basis=basis, capped=mark)
        case Closed():
            return replace(sku, closed=sku.closed or mark)
        case Opened():
            return replace(sku, closed=None)
        case Preorder():
            return replace(sku, preorder=event, preordered=mark)
        case _:
            return replace(sku, refused=sku.refused + 1)


def objection(sku: Sku, event: SkuEvent, by: str, at: int) -> str | None:
    """The rule that a fact of this time (ms UTC) breaks, or None."""
    if sku.listing is None:
        if not isinstance(event, Listed):
            return "not-listed"
        return None if by in (event.platform, LEDGER) else "not-its-sku"
    if by not in (sku.listing.platform, LEDGER):
        return "not-its-sku"
    match event:
        case Listed():
            return "listed-twice"
        case Stocked(as_of=as_of):
            if as_of > at:
                return "stock-ahead"
            return "stock-from-the-past" if sku.stock is not None and as_of < sku.stock.as_of else None
        case Mapped(to=to):
            return "mapped-to-itself" if sku.stream == f"sku/{to}" else None
        case Cleared():
            return "no-alert" if sku.alert is None else None
        case Closed():
            return "closed-already" if sku.closed is not None else None
        case Opened():
            return "not-closed" if sku.closed is None else None
        case Preorder(restock_by=restocked):
            return "preorder-past" if restocked <= at else None
        case _:
            return None


def carries(sku: Sku, now: int, spent: int = 0) -> int | None:
    """How many units may stand promised and undelivered at an instant (I4); None where nothing limits them.

    Counted: what is known to be there and was declared to come, less what was delivered since the report
    (`spent`). A cap only ever lowers that: it limits what is undelivered.
    """
    if sku.listing is None or sku.listing.stock_mode == "unlimited":
        return sku.cap
    there = 0 if sku.stock is None else sku.stock.known_at(now)
    coming = sku.preorder.qty if sku.preorder is not None and now <= sku.preorder.restock_by else 0
    left = max(0, there + coming - spent)
    return left if sku.cap is None else min(sku.cap, left)


RULES = {
    "not-listed": "a SKU is listed before anything else is told of it",
    "not-its-sku": "a SKU is listed and spoken of by the platform it is sold on",
    "closed-already": "an intake is closed once until it is opened again",
    "listed-twice": "a SKU is listed once",
    "stock-ahead": "stock is reported as of now or before",
    "stock-from-the-past": "a stock report is newer than the one before it",
    "mapped-to-itself": "a SKU maps to the next tier's, never to itself",
    "no-alert": "only an alert is cleared",
    "not-closed": "only a closed intake is opened",
    "preorder-past": "a pre-order is restocked in the future",
}

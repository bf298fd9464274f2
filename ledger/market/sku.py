"""A SKU: what is sold where, how much of it is known to be there, and how many promises it can carry (I4).

Long: a SKU's facts, its state and its rules, to be read as one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mingdan.ledger.fact import LEDGER, Count, Currency, Fact, Id, Label, Millis
from mingdan.ledger.mark import Mark
from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.market.subject import Subject

Reason = Literal["cap", "closed", "stale"]  # an order is not taken in
Basis = Literal["stock", "throughput", "backlog", "preorder", "manual"]
PerMyriad = Annotated[int, Meta(ge=0, le=10_000)]


# facts ------------------------------------------------------------------------------------------------
class Listed(Fact, frozen=True, kw_only=True):
    form: Literal["card", "direct", "membership"]
    name: Label
    platform: Id
    recipient: Id | None = None  # the rule that recipients are checked by
    stock_mode: Literal["counted", "upstream", "unlimited"]


class Mapped(Fact, frozen=True, kw_only=True):
    to: Id  # the SKU of the next tier


class Stocked(Fact, frozen=True, kw_only=True):
    arrived: bool = False  # what was pre-ordered is among it
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
    exception: Id | None = None  # that stopped the intake
    reason: Label


class Opened(Fact, frozen=True, kw_only=True):
    pass


class Awaited(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What became of `n` paid orders: of the SKU itself, or of its nearest kin of which there were enough.

    Each step: ms since payment, and how many of 10,000 were delivered by then, how many ended otherwise.
    """

    n: Count
    of: Literal["sku", "form", "platform"]
    steps: Annotated[tuple[tuple[Count, PerMyriad, PerMyriad], ...], Meta(max_length=40)]
    until: Count  # ms: the longest that any of them was watched


class Paced(Fact, frozen=True, kw_only=True):
    """How long this SKU's orders took: stage by stage 95 in 100 of at least `n`, and until their delivery."""

    delivery: Awaited | None = None
    n: Count
    p95: StageLimits


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
    | Paced
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


class Alert(Struct, frozen=True, gc=False):
    """A warning that stock runs low or is out, until it is cleared."""

    level: Literal["low", "out"]
    mark: Mark
    ended: Mark | None = None


class Pace(Struct, frozen=True, gc=False):
    """What was usual when it was told."""

    usual: Paced
    mark: Mark


class Sku(Subject, frozen=True, gc=False, kw_only=True):
    """`refused` counts the orders that were not taken in."""

    listing: Listed | None = None
    listed: Mark | None = None
    upstream: str | None = None
    stock: Stock | None = None
    alerts: tuple[Alert, ...] = ()
    price: Priced | None = None
    cap: int | None = None
    capped: Mark | None = None
    basis: Basis | None = None
    closed: Mark | None = None
    closing: Closed | None = None
    preorder: Preorder | None = None
    preordered: Mark | None = None
    refused: int = 0
    paces: tuple[Pace, ...] = ()

    @property
    def alert(self) -> Alert | None:
        """The warning that stands."""
        return self.alerts[-1] if self.alerts and self.alerts[-1].ended is None else None

    def pace_at(self, known: int) -> Pace | None:
        """What was usual as far as it was known before an instant (ms UTC)."""
        return next((pace for pace in reversed(self.paces) if pace.mark.known < known), None)


def changed(sku: Sku, event: SkuEvent, _by: str, mark: Mark) -> Sku:  # long: one case for each kind
    """The SKU after one more fact: total, whatever is told."""
    match event:
        case Listed():
            return sku if sku.listing is not None else replace(sku, listing=event, listed=mark)
        case Mapped(to=to):
            return replace(sku, upstream=to)
        case Stocked(qty=qty, as_of=as_of, ttl=ttl, arrived=arrived):
            if as_of > mark.begun or (sku.stock is not None and as_of < sku.stock.as_of):
                return sku  # of the past: what is known since stands; of the future: nobody knows it
            coming = None if arrived else sku.preorder
            return replace(sku, stock=Stock(qty, as_of, ttl, mark), preorder=coming)
        case Alerted(level=level):
            return replace(sku, alerts=(*_over(sku.alerts, mark), Alert(level, mark)))
        case Cleared():
            return replace(sku, alerts=_over(sku.alerts, mark))
        case Priced():
            return replace(sku, price=event)
        case Capped(cap=cap, basis=basis):
            return replace(sku, cap=cap, basis=basis, capped=mark)
        case Closed():
            return replace(sku, closed=sku.closed or mark, closing=sku.closing or event)
        case Opened():
            return replace(sku, closed=None, closing=None)
        case Paced():
            return replace(sku, paces=(*sku.paces, Pace(event, mark)))
        case Preorder():
            return replace(sku, preorder=event, preordered=mark)
        case _:
            return replace(sku, refused=sku.refused + 1)


def _over(alerts: tuple[Alert, ...], mark: Mark) -> tuple[Alert, ...]:
    """The warnings, of which none stands any more."""
    return tuple(replace(each, ended=each.ended or mark) for each in alerts)


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
        case Stocked():
            if by != LEDGER and sku.listing.stock_mode == "upstream" and sku.upstream is not None:
                return "follows-upstream"
            return "stock-ahead" if event.as_of > at else _unlike(sku.stock, event)
        case Mapped(to=to):
            return "mapped-to-itself" if sku.stream == f"sku/{to}" else None
        case Cleared():
            return "no-alert" if sku.alert is None else None
        case Closed():
            return "closed-already" if sku.closed is not None else None
        case Opened():
            return "not-closed" if sku.closed is None else None
        case Paced() if by != LEDGER:
            return "paced-by-others"
        case Preorder(restock_by=restocked):
            return "preorder-past" if restocked <= at else None
        case _:
            return None


def _unlike(before: Stock | None, report: Stocked) -> str | None:
    """The rule that a report breaks beside the one before it."""
    if before is None or report.as_of > before.as_of:
        return None
    if report.as_of < before.as_of:
        return "stock-from-the-past"
    return "stock-otherwise" if (report.qty, report.ttl) != (before.qty, before.ttl) else None


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
    "follows-upstream": "stock that follows the next tier's is not reported by anybody else",
    "stock-ahead": "stock is reported as of now or before",
    "stock-from-the-past": "a stock report is newer than the one before it",
    "stock-otherwise": "of one instant one quantity and one ttl are told; a change is a newer report",
    "mapped-to-itself": "a SKU maps to the next tier's, never to itself",
    "no-alert": "only an alert is cleared",
    "not-closed": "only a closed intake is opened",
    "paced-by-others": "what is usual is counted by the ledger, not told",
    "preorder-past": "a pre-order is restocked in the future",
}

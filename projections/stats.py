"""Counts, durations, lateness and backlog over any group of orders: what `mingdan stats` prints.

Two tellings: *as known now*, by when things happened; *as known then*, by when they were known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from msgspec import Struct
from sqlalchemy import Engine, select

from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.projections import views
from mingdan.projections.catch_up import position
from mingdan.projections.days import day_end
from mingdan.projections.figures import OnTime, Quantiles, quantiles
from mingdan.projections.scope import Delay
from mingdan.projections.standing import seen, standing
from mingdan.projections.survival import Survival

Grouping = Literal["platform", "merchant", "sku", "form", "tier"]


class Counts(Struct, frozen=True):
    """Orders by what ever happened to them; `never_*` as of now.

    Of the orders not cancelled in the end, the four from `delivered_and_paid` to `open` are a partition.
    """

    orders: int
    delivered: int
    never_delivered: int
    never_delivered_and_not_cancelled: int
    delivered_more_than_once: int
    paid: int
    delivered_and_paid: int
    delivered_unpaid: int
    paid_undelivered: int
    open: int
    reversed: int
    refunded: int
    disputed: int
    accepted: int
    cancelled: int
    cancelled_after_delivery: int
    irregular: int


class Lateness(Struct, frozen=True):
    """Deliveries against the original due time, strictly and by the end of the due day."""

    promised: int
    late: int
    late_by_day: int
    on_the_instant: int
    early: int
    undelivered: int
    by: Quantiles  # ms late, of the late ones


class Group(Struct, frozen=True):
    name: str
    counts: Counts
    on_time: OnTime
    lateness: Lateness
    survival: Survival  # without its curve
    durations: dict[str, Quantiles]
    record_lag: Quantiles  # ms from delivery to its being known
    backlog: dict[str, dict[str, int]]  # by the clock's start, then by instant
    backlog_known_then: dict[str, dict[str, int]]


class Statistics(Struct, frozen=True):
    """All times in ms UTC; `size` is how many entries of the log the figures rest on."""

    as_of: int
    size: int
    zone: str
    groups: list[Group]


def statistics(
    engine: Engine, *, as_of: int, zone: str, by: Grouping | None = None, instants: Sequence[int] = ()
) -> Statistics:
    """The figures of all orders, and of each group if asked, as of an instant; from the views alone."""
    with converted("the views cannot be read"), reading(engine).begin() as db:
        rows = db.execute(select(views.delays)).all()
    groups: dict[str, list[Delay]] = {}
    if by is not None:
        for row in rows:
            groups.setdefault(getattr(row, by) or "unknown", []).append(row)
    points = [*instants, as_of]
    return Statistics(
        as_of=as_of,
        size=position(engine),
        zone=zone,
        groups=[
            _group("all", rows, as_of, zone, points),
            *(_group(f"{by}/{name}", groups[name], as_of, zone, points) for name in sorted(groups)),
        ],
    )


def backlog_at(rows: Iterable[Delay], start: str, instant: int, *, known: bool = False) -> int:
    """Orders whose clock had started by an instant and that were at no end yet.

    `known` takes the time at which each fact was known instead of the time at which it happened.
    """
    told = "known" if known else "at"
    begun, delivered, ended = f"{start}_{told}", f"delivered_{told}", f"ended_{told}"
    return sum(
        _by(getattr(row, begun), instant)
        and not _by(getattr(row, delivered), instant)
        and not _by(getattr(row, ended), instant)
        for row in rows
    )


def _group(name: str, rows: Sequence[Delay], as_of: int, zone: str, points: Sequence[int]) -> Group:
    told = standing(seen(rows, as_of, zone), as_of, zone)
    lags = [row.delivered_known - row.delivered_at for row in rows if row.delivered_at is not None]
    return Group(
        name=name,
        counts=_counts(rows),
        on_time=told.on_time,
        lateness=_lateness(rows, zone),
        survival=told.survival,
        durations={label: _durations(rows, start, end) for label, (start, end) in DURATIONS.items()},
        record_lag=quantiles(lags, missing=len(rows) - len(lags)),
        backlog={start: {str(point): backlog_at(rows, start, point) for point in points} for start in STARTS},
        backlog_known_then={
            start: {str(point): backlog_at(rows, start, point, known=True) for point in points}
            for start in STARTS
        },
    )


def _counts(rows: Sequence[Delay]) -> Counts:
    def count(holds: Callable[[Delay], bool]) -> int:
        return sum(map(holds, rows))

    return Counts(
        orders=len(rows),
        delivered=count(_delivered),
        never_delivered=count(lambda row: not _delivered(row)),
        never_delivered_and_not_cancelled=count(lambda row: not _delivered(row) and not _cancelled(row)),
        delivered_more_than_once=count(lambda row: row.deliveries > 1),
        paid=count(_paid),
        delivered_and_paid=count(lambda row: not _cancelled(row) and _delivered(row) and _paid(row)),
        delivered_unpaid=count(lambda row: not _cancelled(row) and _delivered(row) and not _paid(row)),
        paid_undelivered=count(lambda row: not _cancelled(row) and not _delivered(row) and _paid(row)),
        open=count(lambda row: not _cancelled(row) and not _delivered(row) and not _paid(row)),
        reversed=count(lambda row: row.reversed_at is not None),
        refunded=count(lambda row: row.refunded_at is not None),
        disputed=count(lambda row: row.disputes > 0),
        accepted=count(lambda row: row.accepted_at is not None),
        cancelled=count(_cancelled),
        cancelled_after_delivery=count(
            lambda row: _cancelled(row) and _delivered(row) and row.cancelled_at > row.delivered_at
        ),
        irregular=count(lambda row: row.irregular > 0),
    )


def _lateness(rows: Sequence[Delay], zone: str) -> Lateness:
    promised = [row for row in rows if row.due_at is not None]
    kept = [row for row in promised if _delivered(row)]
    late = [row.delivered_at - row.due_at for row in kept if row.delivered_at > row.due_at]
    return Lateness(
        promised=len(promised),
        late=len(late),
        late_by_day=sum(row.delivered_at >= day_end(row.due_at, zone) for row in kept),
        on_the_instant=sum(row.delivered_at == row.due_at for row in kept),
        early=sum(row.delivered_at < row.due_at for row in kept),
        undelivered=len(promised) - len(kept),
        by=quantiles(late),
    )


def _durations(rows: Sequence[Delay], start: str, end: str) -> Quantiles:
    spans = [
        getattr(row, end) - getattr(row, start)
        for row in rows
        if getattr(row, start) is not None and getattr(row, end) is not None
    ]
    return quantiles(spans, missing=len(rows) - len(spans))


def _delivered(row: Delay) -> bool:
    return row.delivered_at is not None


def _paid(row: Delay) -> bool:
    return row.paid_at is not None


def _cancelled(row: Delay) -> bool:
    return row.cancelled_at is not None


def _by(at: int | None, instant: int) -> bool:
    return at is not None and at <= instant


STARTS = ("placed", "paid", "forwarded")

DURATIONS = {
    "placed_to_delivered": ("placed_at", "delivered_at"),
    "paid_to_delivered": ("paid_at", "delivered_at"),
    "forwarded_to_delivered": ("forwarded_at", "delivered_at"),
    "placed_to_paid": ("placed_at", "paid_at"),
}

"""The figures of one platform as of an instant, from the views: everything counted, nothing estimated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Engine, Row, select

from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.policy import DAY, HOUR
from mingdan.ledger.status import SIDES, STEPS, side_at
from mingdan.projections import views
from mingdan.projections.account import conduct, rows_of
from mingdan.projections.awaited import begun_at
from mingdan.projections.figures import Backlog, Disputes, Figures, Quantiles, quantiles
from mingdan.projections.measure import grouped, published, spread
from mingdan.projections.on_time import due_days, on_time, windows
from mingdan.projections.register import Register, read_register
from mingdan.projections.standing import cohort, heard, seen, standings, waits
from mingdan.projections.survival import survival

AGES: tuple[tuple[str, int], ...] = (
    ("1h", HOUR),
    ("6h", 6 * HOUR),
    ("24h", DAY),
    ("48h", 2 * DAY),
    ("7d", 7 * DAY),
    ("30d", 30 * DAY),
)
OLDER = "older"

Delay = Row[Any]  # a row of `views.delays`


def platforms(engine: Engine) -> list[str]:
    """The platforms that orders name, sorted."""
    with converted("the views cannot be read"), reading(engine).begin() as db:
        named = select(views.delays.c.platform).distinct().where(views.delays.c.platform.is_not(None))
        return sorted(db.scalars(named))


def figures(
    engine: Engine, platform: str, *, as_of: int, size: int, zone: str, register: Register | None = None
) -> Figures:
    """All figures of a platform over `size` entries, as of an instant (ms UTC); days end in the IANA zone.

    The register is read where it is not given.
    """
    register = read_register(engine) if register is None else register
    with converted("the views cannot be read"), reading(engine).begin() as db:
        delays = rows_of(db, views.delays, platform)
        waiting = rows_of(db, views.backlog, platform)
        contested = rows_of(db, views.disputes, platform)
        told = conduct(db, platform, register, delays, waiting, as_of, zone)
    orders = seen(delays, as_of, zone)
    owed = cohort(orders)
    return Figures(
        scope=f"platform/{platform}",
        as_of=as_of,
        size=size,
        orders=len(delays),
        delivered=sum(row.delivered_at is not None for row in delays),
        steps=_counted((row.step for row in delays), STEPS),
        sides=_counted((side_at(row.side, row.step, row.promised, as_of) for row in delays), SIDES),
        imported=any(row.imported for row in delays),
        on_time=on_time(owed, as_of),
        delivery=_delivery(delays),
        backlog=_backlog(waiting, as_of),
        disputes=_disputes(contested),
        conduct=told,
        windows=windows(owed, as_of),
        days=due_days(owed, as_of, zone),
        heard=heard(orders),
        survival=survival(waits(orders)),
        merchants=standings(orders, "merchant", as_of, zone, drawn=True),
        skus=standings(orders, "sku", as_of, zone, drawn=True),
        forms=standings(orders, "form", as_of, zone),
        tiers=standings(orders, "tier", as_of, zone),
    )


def _delivery(delays: Sequence[Delay]) -> Quantiles:
    started = [(begun_at(row), row.delivered_at) for row in delays]
    spans = [end - start for start, end in started if start is not None and end is not None]
    return quantiles(spans, missing=len(started) - len(spans))


def _backlog(waiting: Sequence[Row[Any]], as_of: int) -> Backlog:
    amounts: Counter[str] = Counter()
    for row in waiting:
        if row.currency is not None and row.amount is not None:
            amounts[row.currency] += row.amount
    ages = Counter(age_of(as_of - row.since) for row in waiting)
    return Backlog(
        count=len(waiting),
        amounts=dict(sorted(amounts.items())),
        oldest=min((row.since for row in waiting), default=None),
        ages={name: ages[name] for name in (*(name for name, _ in AGES), OLDER)},
        by_stage=_apart(row.stage for row in waiting),
        by_holder=_apart(row.holder for row in waiting),
        by_cause=_apart(row.cause or "none" for row in waiting),
    )


def age_of(age: int) -> str:
    """The name of the histogram's class that an age (ms) falls into."""
    return next((name for name, bound in AGES if age <= bound), OLDER)


def _disputes(contested: Sequence[Row[Any]]) -> Disputes:
    closed = [(row.outcome, row.closed_at - row.opened_at) for row in contested if row.closed_at is not None]
    outcomes = published(grouped(closed))
    return Disputes(
        orders=len({row.stream for row in contested}),
        open=sum(row.closed_at is None for row in contested),
        closed=len(closed),
        outcomes=_counted(row.outcome for row in contested if row.outcome is not None),
        to_closed=spread(span for _, span in closed),
        to_closed_by={outcome: spread(spans) for outcome, spans in outcomes.items()},
    )


def _apart(names: Iterable[str]) -> dict[str, int]:
    """How many of each, those of few together."""
    return {name: len(those) for name, those in published(grouped((name, name) for name in names)).items()}


def _counted(names: Iterable[str], order: Sequence[str] | None = None) -> dict[str, int]:
    counts = Counter(names)
    return {name: counts[name] for name in (sorted(counts) if order is None else order)}

"""Exposure: each merchant's prepaid money that nothing was delivered for. Numbers, never an accusation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from mingdan.ledger.policy import DAY
from mingdan.projections.conduct import Exposure, Week
from mingdan.projections.delay import over
from mingdan.projections.measure import grouped, published

WEEK = 7 * DAY
Delay = Row[Any]  # a row of `views.delays`


def exposures(delays: Iterable[Delay], waiting: Collection[str], as_of: int) -> dict[str, Exposure]:
    """By merchant, as of an instant (ms UTC); `waiting` are the orders of the backlog."""
    paid = ((row.merchant, row) for row in delays if row.prepaid and row.paid_at is not None)
    merchants = published(grouped(paid))
    return {name: _exposure(those, waiting, as_of) for name, those in merchants.items()}


def _exposure(paid: Sequence[Delay], waiting: Collection[str], as_of: int) -> Exposure:
    undelivered = [row for row in paid if row.stream in waiting]
    return Exposure(
        orders=len(paid),
        undelivered=len(undelivered),
        amounts=_sum(undelivered),
        oldest=min((row.paid_at for row in undelivered), default=None),
        week=_week(paid, waiting, as_of),
    )


def _week(paid: Sequence[Delay], waiting: Collection[str], as_of: int) -> Week:
    taken = _sum(row for row in paid if as_of - WEEK < row.paid_at <= as_of)
    gone = (row for row in paid if row.stream not in waiting)
    settled = _sum(row for row in gone if as_of - WEEK < over(row) <= as_of)
    both = sorted(taken.keys() | settled.keys())
    growth = {currency: taken.get(currency, 0) - settled.get(currency, 0) for currency in both}
    return Week(taken=taken, settled=settled, growth=growth)


def _sum(rows: Iterable[Delay]) -> dict[str, int]:
    """Money by currency; an order that does not say its amount adds none."""
    amounts: Counter[str] = Counter()
    for row in rows:
        if row.currency is not None and row.amount is not None:
            amounts[row.currency] += row.amount
    return dict(sorted(amounts.items()))

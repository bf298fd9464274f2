"""Fairness: first paid, first served within a SKU; who was served, or still waits, after a later payer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from mingdan.projections.conduct import Fairness, Overtaken
from mingdan.projections.measure import FEW, grouped, published, rate

WORST = 10  # of the overtaken orders are named
Delay = Row[Any]  # a row of `views.delays`


def fairness(delays: Iterable[Delay], waiting: Collection[str], as_of: int) -> dict[str, Fairness]:
    """By SKU, as of an instant (ms UTC); `waiting` are the orders of the backlog."""
    paid = ((row.sku, row) for row in delays if row.sku is not None and row.paid_at is not None)
    skus = published(grouped(paid))
    return {sku: _sku(those, waiting, as_of) for sku, those in skus.items()}


def _sku(paid: Sequence[Delay], waiting: Collection[str], as_of: int) -> Fairness:
    """Of one SKU, or of several together: nobody overtakes an order of another one."""
    served = [row for row in paid if row.delivered_at is not None]
    aside = sum(map(_aside, served))
    skus = grouped((row.sku, row) for row in paid).values()
    overtaken = [each for those in skus for each in _overtaken(those, waiting, as_of)]
    still = sum(each.waiting for each in overtaken)
    return Fairness(
        served=len(served),
        aside=aside,
        overtaken=rate(len(overtaken) - still, len(served) - aside, FEW),
        waiting=still,
        worst=tuple(nsmallest(WORST, overtaken, key=_furthest_first)),
    )


def _overtaken(paid: Iterable[Delay], waiting: Collection[str], as_of: int) -> Iterator[Overtaken]:
    """The orders of one SKU that were delivered, or still wait, after one that was paid later."""
    for row, first in _pairs(paid):
        if row.delivered_at is None:
            if row.stream in waiting:
                yield Overtaken(row.stream, first.stream, as_of - first.delivered_at, waiting=True)
        elif row.delivered_at > first.delivered_at:
            behind = row.delivered_at - first.delivered_at
            yield Overtaken(row.stream, first.stream, behind, waiting=False)


def _pairs(paid: Iterable[Delay]) -> Iterator[tuple[Delay, Delay]]:
    """Each order that may be compared, and the first delivered of those that were paid later than it."""
    first: Delay | None = None
    newest = sorted(paid, key=lambda row: row.paid_at, reverse=True)
    for _, together in groupby(newest, key=lambda row: row.paid_at):
        same = list(together)
        if first is not None:
            yield from ((row, first) for row in same if not _aside(row))
        delivered = (row for row in (first, *same) if row is not None and row.delivered_at is not None)
        first = min(delivered, key=lambda row: (row.delivered_at, row.stream), default=None)


def _furthest_first(each: Overtaken) -> tuple[int, str]:
    return -each.behind, each.order


def _aside(row: Delay) -> bool:
    """Whether it was held, or waited for its own buyer: then nobody else made it wait."""
    return bool(row.holds or row.waits)

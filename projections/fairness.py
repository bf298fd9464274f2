"""Fairness: first paid, first served within a SKU; who was served, or still waits, after a later payer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from mingdan.projections.conduct import Fairness
from mingdan.projections.measure import grouped, published, rate

WORST = 3  # of the overtaking times are told
Delay = Row[Any]  # a row of `views.delays`


def fairness(delays: Iterable[Delay], waiting: Collection[str]) -> dict[str, Fairness]:
    """By SKU; `waiting` are the orders of the backlog."""
    paid = ((row.sku, row) for row in delays if row.sku is not None and row.paid_at is not None)
    skus = published(grouped(paid))
    return {sku: _sku(those, waiting) for sku, those in skus.items()}


def _sku(paid: Sequence[Delay], waiting: Collection[str]) -> Fairness:
    """Of one SKU, or of several together: nobody overtakes an order of another one."""
    served = [row for row in paid if row.delivered_at is not None]
    overtaken = [
        pair for _, those in grouped((row.sku, row) for row in paid).items() for pair in _pairs(those)
    ]
    behind = [row.delivered_at - first for row, first in overtaken if row.delivered_at is not None]
    behind = [each for each in behind if each > 0]
    aside = sum(map(_aside, served))
    return Fairness(
        served=len(served),
        aside=aside,
        overtaken=rate(len(behind), len(served) - aside),
        waiting=sum(row.stream in waiting and row.delivered_at is None for row, _ in overtaken),
        worst=tuple(sorted(behind, reverse=True)[:WORST]),
    )


def _pairs(paid: Iterable[Delay]) -> Iterator[tuple[Delay, int]]:
    """Each order that may be compared, and the first delivery of one that was paid later than it."""
    first: int | None = None
    newest = sorted(paid, key=lambda row: row.paid_at, reverse=True)
    for _, together in groupby(newest, key=lambda row: row.paid_at):
        same = list(together)
        if first is not None:
            yield from ((row, first) for row in same if not _aside(row))
        delivered = [row.delivered_at for row in same if row.delivered_at is not None]
        first = min((at for at in (first, *delivered) if at is not None), default=None)


def _aside(row: Delay) -> bool:
    """Whether it was held, or waited for its own buyer: then nobody else made it wait."""
    return bool(row.holds or row.waits)

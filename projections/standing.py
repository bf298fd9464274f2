"""How each group of a platform's orders fared, by the same two measures: the promise, and the wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row

from mingdan.projections.awaited import awaited
from mingdan.projections.figures import Standing
from mingdan.projections.incidence import Wait
from mingdan.projections.measure import grouped, published
from mingdan.projections.on_time import Due, due, on_time
from mingdan.projections.survival import survival


class Seen(NamedTuple):
    """An order as of an instant: its row of `views.delays`, its promise and its wait."""

    row: Row[Any]
    due: Due | None
    wait: Wait | None


def seen(delays: Iterable[Row[Any]], as_of: int, zone: str) -> list[Seen]:
    """As of an instant (ms UTC); days end in an IANA zone."""
    return [Seen(row, due(row, as_of, zone), awaited(row, as_of)) for row in delays]


def cohort(orders: Iterable[Seen]) -> list[Due]:
    """Those whose original due time has come."""
    return [each.due for each in orders if each.due is not None]


def waits(orders: Iterable[Seen]) -> list[Wait]:
    """Those whose clock has started."""
    return [each.wait for each in orders if each.wait is not None]


def standings(orders: Sequence[Seen], by: str) -> dict[str, Standing]:
    """By the name in a column of theirs; the small groups together."""
    groups = published(grouped((getattr(each.row, by), each) for each in orders))
    return {name: standing(those) for name, those in groups.items()}


def standing(orders: Sequence[Seen]) -> Standing:
    return Standing(
        orders=len(orders),
        delivered=sum(each.row.delivered_at is not None for each in orders),
        imported=any(each.row.imported for each in orders),
        on_time=on_time(cohort(orders)),
        survival=survival(waits(orders), drawn=False),
    )

"""How each group of a platform's orders fared, by the same two measures: the promise, and the wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row

from mingdan.projections.awaited import awaited
from mingdan.projections.figures import Standing
from mingdan.projections.incidence import Wait
from mingdan.projections.measure import grouped, published
from mingdan.projections.on_time import Due, due, due_days, on_time
from mingdan.projections.survival import COARSE, survival


class Seen(NamedTuple):
    """An order as of an instant: its row of `views.delays`, promise and wait, and when it was heard of."""

    row: Row[Any]
    due: Due | None
    wait: Wait | None
    heard: int | None  # ms UTC: when anything on its road was last known


def seen(delays: Iterable[Row[Any]], as_of: int, zone: str) -> list[Seen]:
    """As of an instant (ms UTC); days end in an IANA zone."""
    return [Seen(row, due(row, as_of, zone), awaited(row, as_of), _heard(row)) for row in delays]


def cohort(orders: Iterable[Seen]) -> list[Due]:
    """Those whose original due time has come."""
    return [each.due for each in orders if each.due is not None]


def waits(orders: Iterable[Seen]) -> list[Wait]:
    """Those whose clock has started."""
    return [each.wait for each in orders if each.wait is not None]


def heard(orders: Iterable[Seen]) -> int | None:
    """When any of them was last heard of (ms UTC)."""
    return max((each.heard for each in orders if each.heard is not None), default=None)


def standings(
    orders: Sequence[Seen], by: str, as_of: int, zone: str, *, drawn: bool = False
) -> dict[str, Standing]:
    """By the name in a column of theirs, as of the instant that they were seen; the small groups together."""
    groups = published(grouped((getattr(each.row, by), each) for each in orders))
    return {name: standing(those, as_of, zone, drawn=drawn) for name, those in groups.items()}


def standing(orders: Sequence[Seen], as_of: int, zone: str, *, drawn: bool = False) -> Standing:
    """With the bars of its days and its curve, if it is to be `drawn`: both are most of its size."""
    owed = cohort(orders)
    return Standing(
        orders=len(orders),
        delivered=sum(each.row.delivered_at is not None for each in orders),
        imported=any(each.row.imported for each in orders),
        on_time=on_time(owed, as_of),
        survival=survival(waits(orders), COARSE if drawn else 0),
        days=due_days(owed, as_of, zone) if drawn else (),
        heard=heard(orders),
    )


def _heard(row: Row[Any]) -> int | None:
    return max((known for name in _KNOWN if (known := getattr(row, name)) is not None), default=None)


_KNOWN = ("placed_known", "paid_known", "forwarded_known", "delivered_known", "ended_known")

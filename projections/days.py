"""Days: how many orders came and how many came to an end on each, and how many were open when it ended."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from mingdan.projections.conduct import Day
from mingdan.projections.delay import over
from mingdan.projections.measure import FEW, nearest_rank

SHOWN = 30
SETTLED = 7  # days before, without which nothing is out of the ordinary
SURGE = 3  # times the median of the days before


def days(delays: Iterable[Row[Any]], waiting: Collection[str], as_of: int, zone: str) -> tuple[Day, ...]:
    """The last days until an instant (ms UTC), in an IANA zone, from rows of `views.delays`.

    `waiting` are the orders of the backlog.
    """
    edges = _edges(as_of, zone)
    come, gone = Counter[int](), Counter[int]()
    for row in delays:
        begun = row.paid_at if row.prepaid else row.placed_at
        if begun is None:
            continue
        come[bisect_right(edges, begun)] += 1
        if row.stream not in waiting:
            gone[bisect_right(edges, max(begun, over(row)))] += 1
    names = [datetime.fromtimestamp(start // 1000, ZoneInfo(zone)).date().isoformat() for start in edges[:-1]]
    counts = [(come[place], gone[place]) for place in range(1, len(edges))]
    return _told(names, counts, come[0] - gone[0])


def together(flows: Sequence[Sequence[Day]]) -> tuple[Day, ...]:
    """The days of several platforms as one."""
    if not flows:
        return ()
    counts = [
        (sum(day.arrivals for day in same), sum(day.completions for day in same))
        for same in zip(*flows, strict=True)
    ]
    before = sum(flow[0].open - flow[0].arrivals + flow[0].completions for flow in flows)
    return _told([day.day for day in flows[0]], counts, before)


def _told(names: Sequence[str], counts: Sequence[tuple[int, int]], open_before: int) -> tuple[Day, ...]:
    standing = accumulate((come - gone for come, gone in counts), initial=open_before)
    next(standing)
    return tuple(
        Day(name, come, gone, left, surge=_surge([came for came, _ in counts[:place]], come))
        for place, (name, (come, gone), left) in enumerate(zip(names, counts, standing, strict=True))
    )


def _surge(before: Sequence[int], arrivals: int) -> bool:
    """Whether far more came than is usual: that takes some days before, and more than a few orders."""
    usual = nearest_rank(sorted(before), 500)
    return len(before) >= SETTLED and arrivals >= FEW and usual is not None and arrivals > SURGE * usual


def _edges(as_of: int, zone: str) -> list[int]:
    """The midnights (ms UTC) around the days that are shown, ascending."""
    today = datetime.fromtimestamp(as_of // 1000, ZoneInfo(zone)).date()
    return [_midnight(today - timedelta(days=back), zone) for back in range(SHOWN - 1, -2, -1)]


def _midnight(day: date, zone: str) -> int:
    return int(datetime.combine(day, clock.min, ZoneInfo(zone)).timestamp()) * 1000

"""Days: how many orders came and how many came to an end on each, and how many were open when it ended."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock
from functools import lru_cache
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from mingdan.ledger.policy import DAY
from mingdan.projections.awaited import begun_at
from mingdan.projections.conduct import Day
from mingdan.projections.delay import over
from mingdan.projections.measure import FEW, nearest_rank

SHOWN = 30
SETTLED = 7  # days before, without which nothing is out of the ordinary
SURGE = 3  # times the median of the days before
_FIRST, _LAST = -62_000_000_000, 253_000_000_000  # seconds UTC within the years 1 to 9999


def days(delays: Iterable[Row[Any]], waiting: Collection[str], as_of: int, zone: str) -> tuple[Day, ...]:
    """The last days until an instant (ms UTC), in an IANA zone, from rows of `views.delays`.

    `waiting` are the orders of the backlog.
    """
    names, edges = calendar(as_of, zone, SHOWN)
    come, gone = Counter[int](), Counter[int]()
    for row in delays:
        begun = begun_at(row)
        if begun is None:
            continue
        come[bisect_right(edges, begun)] += 1
        if row.stream not in waiting:
            gone[bisect_right(edges, max(begun, over(row)))] += 1
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


@lru_cache(maxsize=16)  # an epoch asks for the same one of every group
def calendar(as_of: int, zone: str, shown: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The last days until an instant (ms UTC) in a zone, ascending, and the midnights around them."""
    today = datetime.fromtimestamp(as_of // 1000, ZoneInfo(zone)).date()
    dates = [today - timedelta(days=back) for back in range(shown - 1, -2, -1)]
    return tuple(day.isoformat() for day in dates[:-1]), tuple(_midnight(day, zone) for day in dates)


@lru_cache(maxsize=100_000)
def day_end(at: int, zone: str) -> int:
    """The end (ms UTC, exclusive) of the calendar day in `zone` that an instant lies in."""
    place = ZoneInfo(zone)
    seconds = at // 1000
    if not _FIRST < seconds < _LAST:
        return at + DAY  # a year that no calendar writes: no day ends there
    day = datetime.fromtimestamp(seconds, place).date()
    return int(datetime.combine(day, clock.max, place).timestamp()) * 1000 + 1000


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


def _midnight(day: date, zone: str) -> int:
    return int(datetime.combine(day, clock.min, ZoneInfo(zone)).timestamp()) * 1000

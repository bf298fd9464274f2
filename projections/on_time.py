"""Whether orders were delivered by the time they were first promised for: the undelivered counted in.

The cohort is every order whose original due time has come, held, refunded and cancelled ones included; what
its buyer cancelled before that time is shown apart. A promise that is extended later moves nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import Row

from mingdan.ledger.policy import DAY
from mingdan.projections.days import calendar, day_end
from mingdan.projections.figures import DueDay, OnTime
from mingdan.projections.measure import rate, score

BARS = 90  # days that are shown
WINDOWS = {"7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}

Verdict = Literal["on_time", "same_day", "late", "undelivered", "spared"]


class Due(NamedTuple):
    """An order whose original due time `at` (ms UTC) has come, and what became of the promise."""

    at: int
    verdict: Verdict


def due(row: Row[Any], as_of: int, zone: str) -> Due | None:
    """From a row of `views.delays`; None before its time. Days end in an IANA zone."""
    if row.due_at is None or row.due_at > as_of:
        return None
    return Due(row.due_at, _verdict(row, zone))


def on_time(cohort: Iterable[Due], since: int | None = None) -> OnTime:
    """Of those whose due times lie after an instant (ms UTC), or of all."""
    counts = Counter(each.verdict for each in cohort if since is None or each.at > since)
    strict, late = counts["on_time"], counts["same_day"] + counts["late"]
    n = strict + late + counts["undelivered"]
    return OnTime(
        since=since,
        strict=score(strict, n),
        by_day=score(strict + counts["same_day"], n),
        late=late,
        undelivered=counts["undelivered"],
        cancelled_by_buyer=counts["spared"],
    )


def windows(cohort: Sequence[Due], as_of: int) -> dict[str, OnTime]:
    """Of those due lately, by how long ago that may be."""
    return {name: on_time(cohort, as_of - span) for name, span in WINDOWS.items()}


def due_days(cohort: Iterable[Due], as_of: int, zone: str) -> tuple[DueDay, ...]:
    """Of those due on each of the last days, today's by now, the newest last."""
    names, edges = calendar(as_of, zone, BARS)
    in_all, strict = Counter[int](), Counter[int]()
    for at, verdict in cohort:
        place = bisect_right(edges, at)
        in_all[place] += verdict != "spared"
        strict[place] += verdict == "on_time"
    return tuple(DueDay(name, rate(strict[place], in_all[place])) for place, name in enumerate(names, 1))


def _verdict(row: Row[Any], zone: str) -> Verdict:
    if row.cancelled_by == "buyer" and row.cancelled_at is not None and row.cancelled_at <= row.due_at:
        return "spared"
    if row.kept_at is None:
        return "undelivered"
    if row.kept_at <= row.due_at:
        return "on_time"
    return "same_day" if row.kept_at < day_end(row.due_at, zone) else "late"

"""Whether orders were delivered by the time they were first promised for: the undelivered counted in.

The cohort is every order whose original due time has come, held, refunded and cancelled ones included; what
its buyer cancelled, as was recorded by that time, is shown apart, unless money came after. A promise that is
extended later moves nothing.
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
from mingdan.projections.measure import Window, rate, score

BARS = 90  # days that are shown
TARGET = 950  # thousandths: what the headline is measured by, for all alike
WINDOWS = {"7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}

Verdict = Literal["on_time", "same_day", "late", "undelivered", "spared"]


class Due(NamedTuple):
    """An order whose original due time `at` (ms UTC) has come, and what became of the promise.

    `known` is whether it was not only on time, but known to be by then.
    """

    at: int
    verdict: Verdict
    known: bool = False


def due(row: Row[Any], as_of: int, zone: str) -> Due | None:
    """From a row of `views.delays`; None before its time. Days end in an IANA zone."""
    if row.due_at is None or row.due_at > as_of:
        return None
    verdict = _verdict(row, zone)
    return Due(row.due_at, verdict, verdict == "on_time" and row.kept_known <= row.due_at)


def on_time(cohort: Iterable[Due], as_of: int, since: int | None = None) -> OnTime:
    """As of an instant (ms UTC): of those whose due times lie after another, or of all."""
    window = Window(since, as_of)
    kept = [each for each in cohort if since is None or each.at > since]
    counts = Counter(each.verdict for each in kept)
    strict, late = counts["on_time"], counts["same_day"] + counts["late"]
    n = strict + late + counts["undelivered"]
    return OnTime(
        strict=score(strict, n, window, TARGET),
        by_day=score(strict + counts["same_day"], n, window),
        known_then=score(sum(each.known for each in kept), n, window),
        late=late,
        undelivered=counts["undelivered"],
        cancelled_by_buyer=counts["spared"],
    )


def windows(cohort: Sequence[Due], as_of: int) -> dict[str, OnTime]:
    """Of those due lately, by how long ago that may be."""
    return {name: on_time(cohort, as_of, as_of - span) for name, span in WINDOWS.items()}


def due_days(cohort: Iterable[Due], as_of: int, zone: str) -> tuple[DueDay, ...]:
    """Of those due on each of the last days, today's by now, the newest last; empty days are left out."""
    names, edges = calendar(as_of, zone, BARS)
    in_all, strict = Counter[int](), Counter[int]()
    for each in cohort:
        place = bisect_right(edges, each.at)
        in_all[place] += each.verdict != "spared"
        strict[place] += each.verdict == "on_time"
    return tuple(
        DueDay(name, rate(strict[place], in_all[place]))
        for place, name in enumerate(names, 1)
        if in_all[place]
    )


def _verdict(row: Row[Any], zone: str) -> Verdict:
    if row.let_off_at is not None and row.let_off_at <= row.due_at:
        return "spared"
    if row.kept_at is None:
        return "undelivered"
    if row.kept_at <= row.due_at:
        return "on_time"
    return "same_day" if row.kept_at < day_end(row.due_at, zone) else "late"

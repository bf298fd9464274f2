"""How long orders wait for their delivery, the undelivered counted in: what is published of it.

Weights are told in millionths of an order, each half-even by itself: a share is two integers, and no float
decides anything.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.projections.incidence import (
    ORDER,
    OUTCOMES,
    TOLD,
    Curve,
    Step,
    Wait,
    incidence,
    kaplan_meier,
    place,
    reached,
    told,
)
from mingdan.projections.measure import Rate, rate
from mingdan.projections.standard_error import standard_errors

LEVELS = 200  # equal parts of the orders; a drawn curve has no more points
COARSE = 20  # and that of a group


class Share(Struct, frozen=True, forbid_unknown_fields=True):
    """What had become of the orders after a stated wait; numerators and denominators in millionths."""

    left: int  # orders that were watched for longer
    delivered: Rate
    error: str | None  # the standard error of `delivered` as a share, to four places
    refunded: Rate
    cancelled: Rate
    kaplan_meier: Rate  # `delivered` as if the refunded and cancelled might still come; null where unknown


class Point(Struct, frozen=True, forbid_unknown_fields=True):
    """A corner of the drawn curve: what had become of the orders after `at` ms, in millionths of one."""

    at: int
    delivered: int
    refunded: int
    cancelled: int


class Survival(Struct, frozen=True, forbid_unknown_fields=True):
    """The cumulative incidence of delivery in `n` orders; durations in ms."""

    n: int = 0
    outcomes: dict[str, int] = {}  # how many were delivered, refunded, cancelled, or are open
    negative: int = 0  # ended before they began: left out of all the rest
    until: int = 0  # the longest that any was watched: beyond it nothing is known while some are open
    p50: int | None = None  # None: not reached
    p90: int | None = None
    p99: int | None = None
    shares: dict[str, Share] = {}  # after the stated waits, of which something is known
    curve: tuple[Point, ...] = ()  # begins with nothing after 0 ms


def survival(waits: Iterable[Wait], levels: int = LEVELS) -> Survival:
    """From how long each order was watched (ms) and what ended that, in any order; below 0 is left out.

    Its curve is drawn through so many equal parts of the orders; through none, it is left out.
    """
    given = list(waits)
    kept = [wait for wait in given if wait[0] >= 0]
    if not kept:
        return Survival(negative=len(given))
    curve, outcomes = incidence(kept), Counter(outcome for _, outcome in kept)
    return Survival(
        n=curve.n,
        outcomes={outcome: outcomes[outcome] for outcome in OUTCOMES},
        negative=len(given) - len(kept),
        until=curve.steps[-1].at,
        p50=reached(curve, 500),
        p90=reached(curve, 900),
        p99=reached(curve, 990),
        shares=_shares(curve, kaplan_meier(kept)),
        curve=_drawn(curve, levels) if levels else (),
    )


def _shares(curve: Curve, alone: Curve) -> dict[str, Share]:
    """`alone` is the same orders' Kaplan–Meier."""
    places = {name: found for name, at in WAITS.items() if (found := place(curve, at)) is not None}
    errors = standard_errors(curve, places.values())
    return {
        name: _share(curve, curve.steps[found], errors[found], _promised(alone, WAITS[name]))
        for name, found in places.items()
    }


def _share(curve: Curve, step: Step, error: int, promised: Rate) -> Share:
    whole = curve.n * TOLD
    return Share(
        left=step.left,
        delivered=rate(told(step.delivered), whole),
        error=rate(error, curve.n * ORDER).rate,
        refunded=rate(told(step.refunded), whole),
        cancelled=rate(told(step.cancelled), whole),
        kaplan_meier=promised,
    )


def _promised(alone: Curve, waited: int) -> Rate:
    found = place(alone, waited)
    return rate(0, 0) if found is None else rate(told(alone.steps[found].delivered), alone.n * TOLD)


def _drawn(curve: Curve, levels: int) -> tuple[Point, ...]:
    """The first step by which each of the equal parts of the orders had ended, and the last that moves."""
    most = _ended(curve.steps[-1])
    parts = [curve.n * TOLD * level // levels for level in range(1, levels)]
    goals = [*(part for part in parts if part < most), *([most] if most else [])]
    kept = sorted({bisect_left(curve.steps, goal, key=_ended) for goal in goals})
    return tuple(
        Point(step.at, told(step.delivered), told(step.refunded), told(step.cancelled))
        for step in (curve.steps[each] for each in kept)
    )


def _ended(step: Step) -> int:
    return told(step.delivered + step.refunded + step.cancelled)


WAITS = {
    "1min": MINUTE,
    "3min": 3 * MINUTE,
    "10min": 10 * MINUTE,
    "1h": HOUR,
    "24h": DAY,
    "48h": 2 * DAY,
    "3d": 3 * DAY,
    "7d": 7 * DAY,
    "14d": 14 * DAY,
    "30d": 30 * DAY,
}

"""What became of orders by each time they had waited: the Aalen–Johansen estimator in integers.

Every order begins with the weight of one. When it ends, its weight is added to what it ended as; one that is
still open when it is last seen hands its weight on, in equal parts, to all that waited longer (Efron, 1967).
Weights are carried to 10⁻¹⁸ of an order, and what cannot be shared out is kept for the next time: what became
of the orders and what still waits always sum to their number, and no share is off by more than 10⁻¹⁸.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Literal

from msgspec import Struct

ORDER = 10**18  # the weight of one order as it is carried
TOLD = 10**6  # and as it is told

Outcome = Literal["delivered", "refunded", "cancelled", "open"]
Wait = tuple[int, Outcome]  # ms (≥ 0), and what ended the wait: "open" if the order was only last seen then


class Step(Struct, frozen=True, gc=False):
    """How things stood after a time at which some order ended or was last seen open; weights as carried."""

    at: int  # ms waited
    left: int  # orders that were watched for longer
    delivered: int  # the weight of what had been delivered
    refunded: int
    cancelled: int
    each: int  # the weight of every order that ended here


class Curve(Struct, frozen=True):
    """The steps of `n` orders, the longest wait last; the first is the start, where nothing had ended yet."""

    n: int
    steps: tuple[Step, ...]


def incidence(waits: Iterable[Wait]) -> Curve:
    """The cumulative incidence of each end, refunds and cancellations competing with deliveries.

    The order of the waits does not matter. At the same time ends come before last sights.
    """
    times: dict[Outcome, list[int]] = {outcome: [] for outcome in OUTCOMES}
    for at, outcome in waits:
        times[outcome].append(at)
    n = sum(map(len, times.values()))
    ends = {outcome: Counter(those) for outcome, those in times.items()}
    return Curve(n, (Step(0, n, 0, 0, 0, ORDER), *_steps(n, ends)))


def kaplan_meier(waits: Iterable[Wait]) -> Curve:
    """As if a refunded or cancelled order were only last seen then: never less than the incidence."""
    return incidence((at, outcome if outcome == "delivered" else "open") for at, outcome in waits)


def told(weight: int) -> int:
    """A weight in millionths of an order, half-even: far coarser than any error, so that a half is a half."""
    return round(weight, -12) // (ORDER // TOLD)


def waiting(curve: Curve, step: Step) -> int:
    """The weight that had come to no end by a step."""
    return curve.n * ORDER - step.delivered - step.refunded - step.cancelled


def place(curve: Curve, waited: int) -> int | None:
    """The number of the step that holds after `waited` ms (≥ 0): the last one that is not later.

    None where nobody knows: no order was watched for so long, and some were open when last seen.
    """
    last = curve.steps[-1]
    if waited > last.at and told(waiting(curve, last)):
        return None
    return bisect_right(curve.steps, waited, key=attrgetter("at")) - 1


def reached(curve: Curve, permille: int, since: int = 0) -> int | None:
    """The shortest wait (ms) by which so many in 1000 were delivered; None if the curve ends before.

    Counted from the step numbered `since`, of what waited there.
    """
    start = curve.steps[since]
    goal = permille * told(waiting(curve, start))

    def gained(step: Step) -> int:
        return 1000 * told(step.delivered - start.delivered)

    found = bisect_left(curve.steps, goal, lo=since + 1, key=gained)
    return curve.steps[found].at if found < len(curve.steps) else None


def _steps(left: int, ends: Mapping[Outcome, Counter[int]]) -> Iterator[Step]:
    delivered = refunded = cancelled = 0
    each, rest = ORDER, 0  # the weight of every order that waits, and what could not be shared out
    arrivals, refunds, cancellations, sights = (ends[outcome] for outcome in OUTCOMES)
    for at in sorted(set().union(*ends.values())):
        arrived, returned, dropped = arrivals.get(at, 0), refunds.get(at, 0), cancellations.get(at, 0)
        carried, left = each, left - arrived - returned - dropped
        delivered += arrived * carried
        refunded += returned * carried
        cancelled += dropped * carried
        if seen := sights.get(at, 0):
            rest += left * carried
            left -= seen
            each, rest = divmod(rest, left) if left else (0, rest)
        yield Step(at, left, delivered, refunded, cancelled, carried)


OUTCOMES: tuple[Outcome, ...] = ("delivered", "refunded", "cancelled", "open")

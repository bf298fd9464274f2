"""How long orders waited: drawn at random, and what the textbook says of them, in fractions."""

from fractions import Fraction
from typing import NamedTuple

from hypothesis import strategies as st

from mingdan.projections.incidence import OUTCOMES, Curve, Wait, waiting

TIMES = (3, 5, 6, 7, 8, 10, 12, 12)
ENDED = (1, 0, 1, 1, 0, 1, 1, 0)
EIGHT: list[Wait] = [(at, "delivered" if ended else "open") for at, ended in zip(TIMES, ENDED, strict=True)]


def waits(outcomes=OUTCOMES, longest=12):
    """Up to forty orders, tied more often than not."""
    return st.lists(st.tuples(st.integers(0, longest), st.sampled_from(outcomes)), max_size=40)


class Moment(NamedTuple):
    waiting: int  # at risk, just before
    ended: int
    delivered: int
    survival: Fraction  # just before
    incidence: Fraction  # of delivery, after


def textbook(orders: list[Wait], kind: str = "delivered") -> dict[int, Moment]:
    """The Aalen–Johansen estimator of one kind of end at every time, as it is written down everywhere."""
    found, survival, incidence = {}, Fraction(1), Fraction(0)
    for time in sorted({at for at, _ in orders}):
        n = sum(at >= time for at, _ in orders)
        d = sum(at == time and outcome != "open" for at, outcome in orders)
        k = sum(at == time and outcome == kind for at, outcome in orders)
        incidence += survival * Fraction(k, n)
        found[time] = Moment(n, d, k, survival, incidence)
        survival *= 1 - Fraction(d, n)
    return found


def variance(moments: dict[int, Moment], until: int) -> Fraction:
    """Of the incidence by `until`, from the textbook's three sums."""
    so_far = [moment for at, moment in moments.items() if at <= until]
    total = so_far[-1].incidence
    return sum(
        (
            (total - moment.incidence) ** 2
            * (Fraction(moment.ended, n * (n - moment.ended)) if n > moment.ended else 0)
            + moment.survival**2 * Fraction(moment.delivered * (n - moment.delivered), n**3)
            - 2 * (total - moment.incidence) * moment.survival * Fraction(moment.delivered, n**2)
            for moment in so_far
            if (n := moment.waiting)
        ),
        Fraction(0),
    )


def still_waiting(curve: Curve, number: int) -> Fraction:
    """S by the step so numbered, as a fraction of small integers."""
    step = curve.steps[number]
    whole = step.delivered + step.refunded + step.cancelled + waiting(curve, step)
    return Fraction(waiting(curve, step), whole).limit_denominator(10**6)

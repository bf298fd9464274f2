"""How far the incidence of delivery may lie from the truth, by the orders it rests on.

The variance is the delta method's (Dinse and Larson, 1986): Greenwood's where delivery is the only end, and
p(1 - p)/n where no order is open. When the weight delivered is M, it is the sum over the steps until then of
(M - m)² d/(n(n - d)) - 2(M - m) wk/n + w²k(n - k)/n, where of n orders that waited, each of the weight w,
d ended and k were delivered, which brought what was delivered to m.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import isqrt
from typing import NamedTuple

from mingdan.projections.incidence import ORDER, Curve, Step


def standard_errors(curve: Curve, places: Iterable[int]) -> dict[int, int]:
    """Of the weight delivered by the steps so numbered, in its own unit, rounded down."""
    found = dict.fromkeys(sorted(places), 0)
    sums = _Sums()
    for number, (before, step) in enumerate(pairwise(curve.steps[: max(found, default=0) + 1]), 1):
        sums = sums.after(before, step)
        if number in found:
            found[number] = isqrt(sums.variance(step.delivered))
    return found


class _Sums(NamedTuple):
    """The variance as a polynomial of M, aM² - 2bM + c, so that every step is met once; all times ORDER²."""

    a: int = 0  # Σ d/(n(n - d))
    b: int = 0  # Σ m d/(n(n - d)) + wk/n
    c: int = 0  # Σ m² d/(n(n - d)) + 2m wk/n + w²k(n - k)/n

    def after(self, before: Step, step: Step) -> _Sums:
        n, w, m = before.left, step.each, step.delivered
        k = (m - before.delivered) // w
        d = k + (step.refunded + step.cancelled - before.refunded - before.cancelled) // w
        if d == 0:
            return self
        hazard = ORDER**2 // (n - d) - ORDER**2 // n if n > d else 0  # after the last, M stays what m was
        past, drawn = m * hazard // ORDER, ORDER * w * k // n
        own = w * w * k * (n - k) // n
        return _Sums(self.a + hazard, self.b + past + drawn, self.c + m * (past + 2 * drawn) // ORDER + own)

    def variance(self, m: int) -> int:
        return max(0, m * (m * self.a // ORDER - 2 * self.b) // ORDER + self.c)

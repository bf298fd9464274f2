"""How far a share may lie from the truth, by its count alone: Wilson's score interval of 95 %.

Integers all through, so that everyone gets the same digits: the one root is taken down to 30 places.
Wilson, Probable inference, the law of succession, and statistical inference (1927).
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from msgspec import Struct


class Interval(Struct, frozen=True, forbid_unknown_fields=True):
    """The bounds of a share to four places, half-even."""

    low: str
    high: str


def interval(numerator: int, denominator: int) -> Interval | None:
    """Of `numerator` out of `denominator` orders; None of nothing.

    (2k + z² ± z√(z² + 4k(n - k)/n)) / (2n + 2z²), every term times 10³⁰.
    """
    if denominator == 0:
        return None
    assert 0 <= numerator <= denominator, "a share is of a whole"
    missed = denominator - numerator
    root = isqrt(_Z2 * (_Z2 * denominator + 4 * numerator * missed * _ONE) // denominator)
    middle = 2 * numerator * _ONE + _Z2
    whole = 2 * denominator * _ONE + 2 * _Z2
    return Interval(_places(middle - root, whole), _places(middle + root, whole))


def _places(part: int, whole: int) -> str:
    nearest = round(Fraction(10_000 * part, whole))
    return f"{nearest // 10_000}.{nearest % 10_000:04}"


_ONE = 10**30
_Z2 = 1_959_963_984_540_054**2  # of the standard normal's 97.5 % point to 15 places, 1.959963984540054

"""The simulated market's luck: everything is drawn in integers, so that every machine draws the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice(Random):
    """Thrown in one order only: what is drawn elsewhere first moves all that follows."""

    def chance(self, per_mille: int) -> bool:
        return self.randrange(1000) < per_mille

    def between(self, low: int, high: int) -> int:
        """A number of the range, small ones more often: waiting times have a long tail."""
        drawn = self.randrange(1000)
        return low + (high - low) * drawn * drawn // 1_000_000

    def weighted(self, choices: Sequence[T], weights: Sequence[int]) -> T:
        drawn = self.randrange(sum(weights))
        return next(choice for choice, edge in zip(choices, accumulate(weights), strict=True) if drawn < edge)

    def apart(self) -> Dice:
        """Dice of their own: what is drawn with them moves nothing here."""
        return Dice(self.getrandbits(64))

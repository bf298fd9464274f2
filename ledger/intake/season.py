"""The simulated market's thirty days: when orders arrive, what goes wrong upstream and for how long.

Everything is drawn in integers from one seed, so that every machine draws the same days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple, TypeVar

from mingdan.ledger.event import FailureCode
from mingdan.ledger.intake.catalogue import HOURS, MERCHANTS
from mingdan.ledger.policy import DAY, HOUR, MINUTE

DAYS = 30
ZONE = 8 * HOUR  # the market lives in +08:00
FLURRY = 90_000  # ms from the first to the last order of one
RUN = HOUR  # a supplier's batch runs this often

T = TypeVar("T")


class Dice(Random):
    """The market's luck."""

    def chance(self, per_mille: int) -> bool:
        return self.randrange(1000) < per_mille

    def between(self, low: int, high: int) -> int:
        """A number of the range, small ones more often: waiting times have a long tail."""
        drawn = self.randrange(1000)
        return low + (high - low) * drawn * drawn // 1_000_000

    def weighted(self, choices: Sequence[T], weights: Sequence[int]) -> T:
        drawn = self.randrange(sum(weights))
        return next(choice for choice, edge in zip(choices, accumulate(weights), strict=True) if drawn < edge)


class Trouble(NamedTuple):
    """A party fails in one way from `start` to `end` (ms UTC)."""

    code: FailureCode
    party: str
    start: int
    end: int


class Season:
    """The days before `end` (ms UTC) and what is shared between their orders: shelves and batches."""

    def __init__(self, dice: Dice, orders: int, end: int) -> None:
        self.dice = dice
        self.orders = orders
        self.end = end
        self.start = (end + ZONE) // DAY * DAY - ZONE - DAYS * DAY  # a midnight
        self.surge = self._evening(23)
        self.troubles = self._troubles()
        self.sold: Counter[tuple[str, int]] = Counter()
        self.queued: Counter[str] = Counter()

    def arrivals(self) -> list[int]:
        """When each order is placed, in order: in flurries, as when a reseller buys for many at once."""
        placed: list[int] = []
        while len(placed) < self.orders:
            first = self._arrival()
            placed += [first + self.dice.randrange(FLURRY) for _ in range(self.dice.between(1, 12))]
        return sorted(placed[: self.orders])

    def trouble(self, parties: Sequence[str], at: int) -> Trouble | None:
        """What goes wrong at that time at the first of these parties that fails."""
        return next(
            (each for each in self.troubles if each.party in parties and each.start <= at < each.end), None
        )

    def take(self, merchant: str, weight: int, at: int, pieces: int) -> int:
        """Takes pieces off an overselling merchant's shelf of that day: how many there were before."""
        quota = max(2, self.orders * weight * 2 // (DAYS * sum(each.weight for each in MERCHANTS)))
        shelf = (merchant, (at - self.start) // DAY)
        left = max(0, quota - self.sold[shelf])
        if pieces <= left:
            self.sold[shelf] += pieces
        return left

    def join(self, supplier: str, at: int) -> tuple[str, int, int]:
        """A place in the supplier's next batch: its name, the position, when it starts (ms UTC)."""
        run = (at - self.start) // RUN + 1
        batch = f"{supplier}-b{run:04d}"
        self.queued[batch] += 1
        return batch, self.queued[batch], self.start + run * RUN

    def surging(self, at: int) -> bool:
        return self.surge[0] <= at < self.surge[1]

    def _arrival(self) -> int:
        """Mostly by the hour of the day; some in the surge, some in the last two hours."""
        if self.dice.chance(90):
            return self.dice.randrange(*self.surge)
        if self.dice.chance(25):
            return self.end - self.dice.randrange(2 * MINUTE, 2 * HOUR)
        while True:
            day = self.dice.randrange(DAYS + 1)
            hour = self.dice.weighted(range(24), HOURS)
            at = self.start + day * DAY + hour * HOUR + self.dice.randrange(HOUR)
            if at < self.end - 2 * MINUTE:
                return at

    def _evening(self, day: int) -> tuple[int, int]:
        start = self.start + day * DAY + 19 * HOUR + self.dice.randrange(HOUR)
        return start, start + 3 * HOUR

    def _troubles(self) -> tuple[Trouble, ...]:
        """Four that are over and one that lasts: what an operator finds on any day."""
        drawn = (
            (code, party, self.start + day * DAY + self.dice.randrange(9 * HOUR, 15 * HOUR), length)
            for code, party, day, length in _TROUBLES
        )
        past = tuple(Trouble(code, party, start, start + length) for code, party, start, length in drawn)
        return (*past, Trouble("outage", "core-beta", self.end - 7 * HOUR, self.end + 5 * HOUR))


_TROUBLES: tuple[tuple[FailureCode, str, int, int], ...] = (
    ("interface_change", "agent-west", 6, 30 * HOUR),
    ("outage", "core-alpha", 11, 10 * HOUR),
    ("price_rise", "core-gamma", 16, 18 * HOUR),
    ("supply_cut", "core-beta", 20, 36 * HOUR),
    ("price_rise", "core-alpha", 26, 8 * HOUR),
)

"""Where a part of a state rests: the entry that brought it about, when that happened, when it was known."""

from __future__ import annotations

from msgspec import Struct

TOLERANCE = 15 * 60 * 1000  # ms a live fact may be told late and still count from when it happened


class Mark(Struct, frozen=True, array_like=True, gc=False):
    """Where a part of the state rests: when it happened, when it was known (ms UTC), its entry."""

    at: int
    known: int
    leaf: bytes
    backfill: bool = False

    @property
    def effective(self) -> int:
        """The time that counts (statistics, "which time counts"): nobody gains by back-dating."""
        return self.at if self.backfill or abs(self.known - self.at) <= TOLERANCE else self.known

    @property
    def begun(self) -> int:
        """The time that counts, but never later than it was known: a clock that runs ahead gains nothing."""
        return min(self.effective, self.known)


class Irregularity(Struct, frozen=True, array_like=True, gc=False):
    rule: str
    leaf: bytes

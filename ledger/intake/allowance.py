"""How often one may ask: at once as many as a burst, then one more each time a span is over.

Pure but for what it remembers, which is bounded: who asked longest ago is forgotten first.
"""

from __future__ import annotations


class Allowance:
    """Of each name is kept when it has its whole burst again; `every` and all instants are milliseconds."""

    def __init__(self, burst: int, every: int, most: int = 10_000) -> None:
        self.burst = burst
        self.every = every
        self.most = most
        self._whole: dict[str, int] = {}  # who asked last comes last

    def take(self, name: str, now: int) -> int:
        """0 where one more is granted, else how long to wait for it (ms)."""
        whole = min(max(self._whole.pop(name, now), now), now + self.burst * self.every)
        wait = whole + self.every - now - self.burst * self.every
        self._whole[name] = whole if wait > 0 else whole + self.every
        if len(self._whole) > self.most:
            del self._whole[next(iter(self._whole))]
        return max(wait, 0)

    def give_back(self, name: str) -> None:
        """Nothing came of what was granted last."""
        if name in self._whole:
            self._whole[name] -= self.every

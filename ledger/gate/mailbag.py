"""Bodies that are held at once: so many bytes of them all, and so many of what one key sends.

What is made of a body is many times its size, and lives as long: until its request is answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.gate.problem import SOON, Declined

ROOM = 24 << 20  # bytes
SHARE = 8 << 20  # bytes of one key's
FREE = 64 << 10  # bytes of each key's, however much others send

Take = Callable[[int], None]  # so many bytes more of a body


class Mailbag:
    """One loop's own."""

    def __init__(self, room: int = ROOM, share: int = SHARE) -> None:
        self.room = room
        self.share = share
        self._held: Counter[str] = Counter()  # bytes, by key

    @contextmanager
    def opened(self, key: str) -> Iterator[Take]:
        """For one body of a key: takes its bytes as they come. They raise Declined, Unavailable."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            held = self._held[key] + size
            if held > self.share:
                raise Declined("too-often", "too much of this key is under way", wait=SOON)
            if held > FREE and self._held.total() + size > self.room:
                raise Unavailable("as much as can be is under way")
            self._held[key] = held
            taken += size

        try:
            yield take
        finally:
            self._held[key] -= taken
            if not self._held[key]:
                del self._held[key]

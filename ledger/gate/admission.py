"""Who is let in: whose key it is, how often it has come, and how much of it is under way.

Asked before a body is read. A key is believed only as long as nothing at all has changed where keys are kept,
so that a revoked one is refused at once, whichever process revoked it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from mingdan.ledger.gate.api_key import id_in, opens
from mingdan.ledger.gate.problem import Declined
from mingdan.ledger.gate.speaker import Speaker
from mingdan.ledger.intake.allowance import Allowance
from mingdan.ledger.intake.clerk import read_in_time
from mingdan.ledger.keeping.clock import Clock
from mingdan.ledger.keeping.key_ring import Key, KeyRing
from mingdan.ledger.keeping.store import Store

RATE = 100  # requests a second that one key may make; ten seconds' worth at once
TOGETHER = 64  # requests of one key that may be under way
KEPT = 1_000  # keys that are remembered


class Admission:
    """`rate` is of one key. One loop's own."""

    def __init__(self, ring: KeyRing, store: Store, clock: Clock, rate: int = RATE) -> None:
        self.ring = ring
        self.store = store
        self.clock = clock
        self.allowance = Allowance(burst=10 * rate, every=max(1, 1000 // rate))
        self._under_way: Counter[str] = Counter()
        self._keys: dict[str, Key] = {}  # as they were found
        self._as_of: int | None = None  # no change since

    async def known(self, authorization: str | None) -> Speaker:
        """Who speaks with this header. Raises Declined, Unavailable."""
        scheme, _, text = (authorization or "").partition(" ")
        name = id_in(text.strip()) if scheme.lower() == "bearer" else None
        key = None if name is None else await self._found(name)
        if key is None or not opens(key, text.strip()) or not key.is_good(self.clock()):
            raise Declined("no-key", "no key, or none that is good", next_step="ask the operator for one")
        return Speaker(key.id, key.party, key.kinds, partial(self.store.rows_of, [f"party/{key.party}"]))

    async def _found(self, name: str) -> Key | None:
        """The key of this id as it is now; it is asked for again where anything may have changed."""
        as_of = self.ring.changes()
        if as_of is None or as_of != self._as_of:
            self._keys, self._as_of = {}, as_of
        if name in self._keys:
            return self._keys[name]
        if len(self._keys) >= KEPT:
            self._keys = {}
        kept = self._keys
        key = await read_in_time(self.ring.find, name)
        if key is not None and as_of is not None:
            kept[name] = key  # into what was kept when it was asked for: that may be forgotten by now
        return key

    @contextmanager
    def admitted(self, speaker: Speaker) -> Iterator[None]:
        """Room for one request of a key. Raises Declined with when to try again."""
        wait = self.allowance.take(speaker.key, self.clock())
        if wait:
            raise Declined("too-often", "this key has come too often", wait=wait)
        if self._under_way[speaker.key] >= TOGETHER:
            raise Declined("too-often", "too much of this key is under way", wait=1_000)
        self._under_way[speaker.key] += 1
        try:
            yield
        finally:
            self._under_way[speaker.key] -= 1
            if not self._under_way[speaker.key]:
                del self._under_way[speaker.key]

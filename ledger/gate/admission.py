"""Who is let in: whose key it is, how often it has come, and how much of it is under way.

Asked before a body is read. Keys are looked up each time, so that a revoked one is refused at once.
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
from mingdan.ledger.keeping.clock import Clock
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.store import Store

RATE = 100  # requests a second that one key may make; ten seconds' worth at once
TOGETHER = 64  # requests of one key that may be under way


class Admission:
    """`rate` is of one key. `known` may be asked from any thread, the rest from one only."""

    def __init__(self, ring: KeyRing, store: Store, clock: Clock, rate: int = RATE) -> None:
        self.ring = ring
        self.store = store
        self.clock = clock
        self.allowance = Allowance(burst=10 * rate, every=max(1, 1000 // rate))
        self._under_way: Counter[str] = Counter()

    def known(self, authorization: str | None) -> Speaker:
        """Who speaks with this header. Raises Declined."""
        scheme, _, text = (authorization or "").partition(" ")
        name = id_in(text.strip()) if scheme.lower() == "bearer" else None
        key = None if name is None else self.ring.find(name)
        if key is None or not opens(key, text.strip()) or not key.is_good(self.clock()):
            raise Declined("no-key", "no key, or none that is good", next_step="ask the operator for one")
        return Speaker(key.id, key.party, key.kinds, partial(self.store.rows_of, [f"party/{key.party}"]))

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
            self._under_way += Counter()  # forgets who has nothing under way

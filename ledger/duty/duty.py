"""A duty: a fact that the ledger owes a stream, recorded under a key that makes it happen once."""

from __future__ import annotations

from typing import NamedTuple

from mingdan.ledger.claim import Claim
from mingdan.ledger.event import KIND_OF, Event
from mingdan.ledger.fact import LEDGER


class Duty(NamedTuple):
    """`at` (ms UTC) is when it fell due, None for an answer that is given as it is recorded.

    `leaf` is the stream's newest entry: what is owed follows from it.
    """

    stream: str
    leaf: bytes
    event: Event
    at: int | None = None
    mark: str = ""  # tells apart what is owed at once

    @property
    def claim(self) -> Claim:
        key = f"{LEDGER}\n{self.leaf.hex()}/{KIND_OF[type(self.event)]}/{self.mark}"
        after = self.leaf.hex()
        return Claim(stream=self.stream, by=LEDGER, event=self.event, at=self.at, key=key, after=after)

"""What is told of one stream of the simulated market beside the orders, in the order told."""

from __future__ import annotations

from mingdan.ledger.claim import Basis
from mingdan.ledger.intake.journey import Step, Telling
from mingdan.ledger.keeping.vault import NewOrder


class Affair:
    """`order` holds the secret of a stream that has private words, where the stream begins here."""

    def __init__(self, stream: str, name: str | None = None, order: NewOrder | None = None) -> None:
        self.stream = stream
        self.name = name or stream
        self.order = order
        self.steps: list[Step] = []

    def tell(self, at: int, by: str, says: Telling, basis: Basis | None = None, **private: str) -> None:
        """What a party says at once of what happens now (ms UTC), and never before what it said already."""
        known = max(at, self.steps[-1].recorded) if self.steps else at
        self.steps.append(Step(known, at, by, says, private, basis, None, ""))

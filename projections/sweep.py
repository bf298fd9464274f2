"""The sweep: what the ledger owes by now is recorded, oldest first, until nothing is owed any more.

Idempotent: what was recorded is owed no more, two sweeps at once record a duty under one key, and none is
recorded behind what others told meanwhile. All that is owed to a stream goes into one transaction of the
book: after a crash the next sweep finds each stream as it was, or with nothing left to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct
from sqlalchemy import Engine

from mingdan.ledger.claim import Claim
from mingdan.ledger.duty.duty import Duty
from mingdan.ledger.duty.market import of_party, of_skus
from mingdan.ledger.duty.order import duties
from mingdan.ledger.errors import MingdanError, Refused
from mingdan.ledger.event import KIND_OF
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.terms import Terms
from mingdan.ledger.policy import Policy
from mingdan.ledger.recipient.rule import Rule
from mingdan.ledger.risk import RiskRule
from mingdan.projections.catch_up import catch_up
from mingdan.projections.flow import supply_of
from mingdan.projections.open import open_orders
from mingdan.projections.register import read_register
from mingdan.projections.surroundings import Surrounded

Progress = Callable[[int, int], None]  # duties done, duties known of

TOGETHER = 200  # duties in one transaction, unless one stream is owed more
ROUNDS = 8  # a fact that is recorded may bring about another: expiry, then a late answer; no chain is longer


class Swept(Struct, frozen=True):
    """What a sweep recorded, by kind; `refused` are duties that others had made void or overtaken by then."""

    recorded: dict[str, int]
    refused: int


class Sweep:
    """Sweeps one ledger through its views; `risk` and `recipients` are the rules that orders go by.

    `together` is how many duties go into one transaction.
    """

    def __init__(
        self,
        book: Book,
        engine: Engine,
        policies: Mapping[str, Policy],
        *,
        risk: Sequence[RiskRule] = (),
        recipients: Mapping[str, Rule],
        together: int = TOGETHER,
        progress: Progress = lambda _done, _all: None,
    ) -> None:
        self.book = book
        self.engine = engine
        self.policies = policies
        self.risk = risk
        self.recipients = recipients
        self.together = together
        self.progress = progress
        self.recorded: Counter[str] = Counter()
        self.refused = 0

    def run(self) -> Swept:
        """Records everything owed by now. Raises what recording raises, but for duties that became void."""
        for _round in range(ROUNDS):
            owed = self.owed()
            if not owed:
                break
            self.record(owed)
        return Swept(dict(sorted(self.recorded.items())), self.refused)

    def owed(self) -> list[Duty]:
        """Everything owed by now, oldest first; what is answered as it is recorded comes last."""
        catch_up(self.book.store, self.engine)
        now = self.book.clock()
        return sorted(self._duties(now), key=lambda duty: now if duty.at is None else duty.at)

    def _duties(self, now: int) -> Iterator[Duty]:
        register = read_register(self.engine)
        for party in register.parties.values():
            yield from of_party(party, now)
        supply = supply_of(self.engine, register, self.policies, now)
        yield from of_skus(register.skus, register.incidents, supply, now)
        terms = Terms(self.book.store, self.policies)
        around = Surrounded(self.engine, self.book, terms, register, self.risk, self.recipients)
        for orders in open_orders(self.engine):
            for order, surroundings in around.each(orders):
                yield from duties(order, surroundings, now)

    def record(self, owed: Sequence[Duty]) -> None:
        """Records these duties, but for those that are owed no more."""
        done = 0
        for group in _transactions(owed, self.together):
            self._record_together([duty.claim for duty in group])
            done += len(group)
            self.progress(done, len(owed))

    def _record_together(self, claims: list[Claim]) -> None:
        """Records what still can be: a stream that moved on, so that a duty is refused, is left out whole."""
        while claims:
            try:
                receipts = self.book.record(claims)
            except Refused as error:
                void = claims[_refused(error) - 1].stream
                kept = [claim for claim in claims if claim.stream != void]
                self.refused += len(claims) - len(kept)
                claims = kept
                continue
            told = zip(claims, receipts, strict=True)
            self.recorded.update(KIND_OF[type(claim.event)] for claim, each in told if not each.duplicate)
            return


def _transactions(owed: Sequence[Duty], together: int) -> Iterator[list[Duty]]:
    """What is recorded at once: all that is owed to a stream, and to others behind it."""
    streams: dict[str, list[Duty]] = {}
    for duty in owed:
        streams.setdefault(duty.stream, []).append(duty)
    group: list[Duty] = []
    for own in streams.values():
        if group and len(group) + len(own) > together:
            yield group
            group = []
        group = group + own
    if group:
        yield group


def _refused(error: MingdanError) -> int:
    """Which of the claims an error is about, from 1."""
    number = error.evidence.get("statement")
    assert isinstance(number, int)
    return number

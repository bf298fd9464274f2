"""The sweep: what the ledger owes by now is recorded, oldest first, until nothing is owed any more.

Idempotent: what was recorded is owed no more, and two sweeps at once record a duty under one key. Each group
of duties is one transaction of the book; after a crash the next sweep finds what is left.
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
from mingdan.ledger.event import KIND_OF, Notified, RiskHeld
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.draft import Receipt
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

TOGETHER = 200  # duties in one transaction
ROUNDS = 8  # a fact that is recorded may bring about another: expiry, then a late answer; no chain is longer


class Swept(Struct, frozen=True):
    """What a sweep recorded, by kind; `refused` are duties that somebody else had made void by then."""

    recorded: dict[str, int]
    refused: int


class Sweep:
    """Sweeps one ledger through its views; `risk` and `recipients` are the rules that orders go by."""

    def __init__(
        self,
        book: Book,
        engine: Engine,
        policies: Mapping[str, Policy],
        *,
        risk: Sequence[RiskRule] = (),
        recipients: Mapping[str, Rule],
        progress: Progress = lambda _done, _all: None,
    ) -> None:
        self.book = book
        self.engine = engine
        self.policies = policies
        self.risk = risk
        self.recipients = recipients
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
        around = Surrounded(self.engine, self.book.vault, terms, register, self.risk, self.recipients)
        for orders in open_orders(self.engine):
            for order, surroundings in around.each(orders):
                yield from duties(order, surroundings, now)

    def record(self, owed: Sequence[Duty]) -> None:
        """Records these duties, but for those that are owed no more."""
        for start in range(0, len(owed), TOGETHER):
            group = owed[start : start + TOGETHER]
            receipts = self._recorded([duty.claim for duty in group])
            told = [claim for receipt in receipts if (claim := _told_of(*receipt)) is not None]
            self._recorded(told)
            self.progress(start + len(group), len(owed))

    def _recorded(self, claims: list[Claim]) -> list[tuple[Claim, Receipt]]:
        """Records what still can be: a duty that is refused has been made void, and is left out."""
        while claims:
            try:
                receipts = self.book.record(claims)
            except Refused as error:
                del claims[_refused(error) - 1]
                self.refused += 1
                continue
            done = [each for each in zip(claims, receipts, strict=True) if not each[1].duplicate]
            self.recorded.update(KIND_OF[type(claim.event)] for claim, _ in done)
            return done
        return []


def _told_of(claim: Claim, receipt: Receipt) -> Claim | None:
    """The notice of a hold that the ledger's own rules brought about: its page says so at once."""
    if not isinstance(claim.event, RiskHeld):
        return None
    notice = Notified(channel="page", of=receipt.leaf, template=f"risk.{claim.event.rule}")
    return Claim(stream=claim.stream, by=LEDGER, event=notice, key=f"{LEDGER}\n{receipt.leaf}/notice")


def _refused(error: MingdanError) -> int:
    """Which of the claims an error is about, from 1."""
    number = error.evidence.get("statement")
    assert isinstance(number, int)
    return number

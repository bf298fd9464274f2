"""Recording the simulated market: what is told is claimed in short spans, by the market's own clock.

An order that its SKU's supply does not carry is not placed, and its journey ends before it began; but a
merchant that oversells has taken it all the same, and who bought it tells what it observed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import IllegalTransition, IntakeRefused
from mingdan.ledger.fact import BUYER, Fact
from mingdan.ledger.intake.affair import Affair
from mingdan.ledger.intake.enrolment import case_of
from mingdan.ledger.intake.hand import Hands
from mingdan.ledger.intake.journey import FLUSH, FOREIGN, ROUND, Journey, Step, next_round
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.draft import Receipt

LARGEST = 200  # claims in one append
SHORT, PAST = "over_acceptance", "past_the_guard"  # what plays these speaks against the merchant


class Told(NamedTuple):
    """A step and what it is told of; `place` counts the steps of that."""

    step: Step
    of: Journey | Affair
    place: int


class Watch:
    """The market's clock (ms UTC): it stands where the recording is."""

    now = 0

    def __call__(self) -> int:
        return self.now


class Rounds:
    """The ledger's own rounds through the season: at each `sweep` records what is owed by then."""

    def __init__(self, watch: Watch, start: int, sweep: Callable[[], object]) -> None:
        self.watch = watch
        self.sweep = sweep
        self._next = next_round(start)

    def until(self, at: int) -> None:
        """Goes those that are due before an instant (ms UTC)."""
        while self._next < at:
            self.go(self._next)
            self._next += ROUND

    def go(self, at: int) -> None:
        self.watch.now = at
        self.sweep()


class Recording:
    """Counts what is played in what is recorded, the orders that are placed and those that are `refused`."""

    def __init__(self, book: Book, watch: Watch, hands: Hands) -> None:
        self.book = book
        self.watch = watch
        self.hands = hands
        self.placed = self.refused = 0
        self.played: Counter[str] = Counter()
        self._away: set[str] = set()  # of whom nothing more is told
        self._leaves: defaultdict[str, list[str]] = defaultdict(list)

    def take(self, group: Sequence[Told]) -> None:
        """Records what is told together; a forged callback is tried alone, and must be refused."""
        self.watch.now = told_at(group)
        told = [(each, self._claim(each)) for each in group if each.of.name not in self._away]
        if told and told[0][0].step.plays == FOREIGN:
            self._try(*told[0])
            return
        while told:
            told = self._left(told)

    def _left(self, told: Sequence[tuple[Told, Claim]]) -> list[tuple[Told, Claim]]:
        """Records all of it, or nothing and answers what is to be told after an order was turned away."""
        opening = [each.of.order for each, _ in told if each.place == 0 and each.of.order is not None]
        try:
            receipts = self.book.record([claim for _, claim in told], opening)
        except IntakeRefused as error:
            number = error.evidence["statement"]
            assert isinstance(number, int)
            return self._turned_away(told, number - 1)
        for (each, _), receipt in zip(told, receipts, strict=True):
            self._count(each, receipt)
        return []

    def _turned_away(self, told: Sequence[tuple[Told, Claim]], number: int) -> list[tuple[Told, Claim]]:
        """What is to be told instead of an order that the guard refused: as observed, or not at all."""
        each, claim = told[number]
        if each.place == 0 and isinstance(each.of, Journey) and each.of.merchant.oversells:
            seen = replace(claim, basis="observed", by=BUYER, sig=None)  # nobody observes himself
            taken = each._replace(step=each.step._replace(plays=PAST)), seen
            return [*told[:number], taken, *told[number + 1 :]]
        self.refused += each.place == 0
        self._away.add(each.of.name)
        return [other for other in told if other[0].of.name != each.of.name]

    def _count(self, told: Told, receipt: Receipt) -> None:
        self._leaves[told.of.name].append(receipt.leaf)
        self.played.update(told.step.plays.split())
        if isinstance(told.of, Journey):
            self.placed += told.place == 0
            if {SHORT, PAST} & {*told.step.plays.split()}:
                self._leaves[case_of(told.of.merchant.id)].append(receipt.leaf)

    def _try(self, told: Told, claim: Claim) -> None:
        """A word under another order's reference: nothing of it is recorded (I7)."""
        try:
            self.book.record([claim])
        except IllegalTransition as error:
            if error.evidence["rule"] != "foreign-reference":
                raise
            self.played[FOREIGN] += 1
            self._leaves[told.of.name].append("")  # keeps its place among the journey's steps
        else:
            raise AssertionError(claim)

    def _claim(self, told: Told) -> Claim:
        step = told.step
        claim = Claim(
            stream=told.of.stream,
            by=step.by,
            event=step.says if isinstance(step.says, Fact) else step.says(self._leaves[told.of.name]),
            at=step.at,
            basis=step.basis,
            private=step.private,
            key=step.key,
        )
        return self.hands.signed(claim)


def told_at(group: Sequence[Told]) -> int:
    return group[-1].step.recorded


def in_time(tales: Iterable[Journey | Affair], end: int) -> list[Told]:
    """What is told of all of them until the end, in the order in which it is told."""
    told = [
        Told(step, tale, place)
        for tale in tales
        for place, step in enumerate(tale.steps)
        if step.recorded <= end
    ]
    return sorted(told, key=lambda each: (each.step.recorded, each.of.name, each.place))


def groups(told: Iterable[Told]) -> Iterator[list[Told]]:
    """What is recorded together: short spans between two rounds, and never a step with one that it names."""
    group: list[Told] = []
    pending: set[str] = set()
    for each in told:
        names = not isinstance(each.step.says, Fact) and each.of.name in pending
        late = bool(group) and each.step.recorded > _over(group[0].step.recorded)
        alone = each.step.plays == FOREIGN or (bool(group) and group[0].step.plays == FOREIGN)
        if group and (late or len(group) == LARGEST or names or alone):
            yield group
            group, pending = [], set()
        group.append(each)
        pending.add(each.of.name)
    if group:
        yield group


def _over(since: int) -> int:
    """Until when (ms UTC) a group that begins at an instant goes on: what is told at a round precedes it."""
    return min(since + FLUSH, next_round(since - 1))

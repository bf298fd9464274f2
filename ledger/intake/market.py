"""A simulated marketplace: every order walks the whole road as live claims that the ledger decides.

The same orders, seed and end give the same entries, byte for byte; the market's clock is its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from msgspec import Struct

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import read
from mingdan.ledger.errors import Misuse
from mingdan.ledger.fact import Fact
from mingdan.ledger.instant import instant
from mingdan.ledger.intake.journey import Journey, Step
from mingdan.ledger.intake.road import journey
from mingdan.ledger.intake.season import Dice, Season
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.policy import MINUTE

FAILURES = (
    "cancellation",
    "delivery_after_refund",
    "disavowal",
    "dispute",
    "interface_change",
    "late_callback",
    "late_delivery",
    "late_payment",
    "lost_callback",
    "mistyped_recipient",
    "outage",
    "over_acceptance",
    "price_rise",
    "rate_limited",
    "repeated_callback",
    "reversal",
    "silent_hold",
    "supply_cut",
    "unanswered_nudge",
    "unresolved_callback",
    "unreviewed_hold",
)
FLUSH = 3 * MINUTE  # a platform sends what it heard at least this often
LARGEST = 200  # claims in one append


class Summary(Struct, frozen=True):
    """What was played: how often each failure, and when (ms UTC) the first and last entry was recorded."""

    orders: int
    entries: int
    failures: dict[str, int]
    first: int
    last: int


class Told(NamedTuple):
    """A step and the journey it is told of; `place` counts that journey's steps."""

    step: Step
    trip: Journey
    place: int


class Watch:
    """The market's clock (ms UTC): it stands where the recording is."""

    now = 0

    def __call__(self) -> int:
        return self.now


def simulate(
    book: Book,
    orders: int,
    seed: int,
    *,
    end: int,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Summary:
    """Records the thirty days before `end` (ms UTC) of a market; `progress` hears of claims done and due.

    What would be told after `end` is left open. Raises Misuse where there is no order to play, or where
    the ledger holds an entry newer than the market's first day.
    """
    if orders < 1:
        raise Misuse("a market has one order at least", orders=orders)
    season = Season(Dice(seed), orders, end)
    _check_older(book, season.start)
    told = _in_time([journey(season, *placed) for placed in enumerate(season.arrivals(), 1)], end)
    groups = [*_groups(told)]
    leaves: defaultdict[str, list[str]] = defaultdict(list)
    done = entries = 0
    with _stopped(book) as watch:
        for group in groups:
            watch.now = _told_at(group)
            entries += _record(book, group, leaves)
            done += len(group)
            progress(done, len(told))
    played = Counter(failure for each in told for failure in each.step.plays.split())
    failures = {failure: played[failure] for failure in FAILURES}
    return Summary(len(leaves), entries, failures, _told_at(groups[0]), _told_at(groups[-1]))


@contextmanager
def _stopped(book: Book) -> Iterator[Watch]:
    """The book under the market's clock, and under its own again whatever happens."""
    clock, watch = book.clock, Watch()
    book.clock = watch
    try:
        yield watch
    finally:
        book.clock = clock


def _told_at(group: Sequence[Told]) -> int:
    return group[-1].step.recorded


def _in_time(trips: Iterable[Journey], end: int) -> list[Told]:
    """What is told of all journeys until the end, in the order in which it is told."""
    told = [
        Told(step, trip, place)
        for trip in trips
        for place, step in enumerate(trip.steps)
        if step.recorded <= end
    ]
    return sorted(told, key=lambda each: (each.step.recorded, each.trip.name, each.place))


def _groups(told: Iterable[Told]) -> Iterator[list[Told]]:
    """What is recorded together: short spans, and never a step with the earlier one whose leaf it names."""
    group: list[Told] = []
    pending: set[str] = set()
    for each in told:
        names = not isinstance(each.step.says, Fact)
        late = bool(group) and each.step.recorded > group[0].step.recorded + FLUSH
        if late or len(group) == LARGEST or (names and each.trip.name in pending):
            yield group
            group, pending = [], set()
        group.append(each)
        pending.add(each.trip.name)
    if group:
        yield group


def _record(book: Book, group: list[Told], leaves: dict[str, list[str]]) -> int:
    """Records a group and keeps the leaves it was given; how many entries are new."""
    claims = [_claim(each, leaves[each.trip.name]) for each in group]
    receipts = book.record(claims, [each.trip.order for each in group if each.place == 0])
    for each, receipt in zip(group, receipts, strict=True):
        leaves[each.trip.name].append(receipt.leaf)
    return sum(not receipt.duplicate for receipt in receipts)


def _claim(told: Told, leaves: list[str]) -> Claim:
    step = told.step
    return Claim(
        stream=told.trip.order.stream,
        by=step.by,
        event=step.says if isinstance(step.says, Fact) else step.says(leaves),
        at=step.at,
        basis=step.basis,
        private=step.private,
        key=step.key,
    )


def _check_older(book: Book, start: int) -> None:
    head = book.store.max_notification_id()
    if head is None:
        return
    ((last,),) = book.store.scan(head - 1, head)
    newest = read(last.entry, last.kind, last.leaf).recorded
    if newest > start:
        raise Misuse(
            "the ledger holds entries newer than the market's first day",
            next_step="simulate into a workspace of its own: `mingdan init` in an empty folder",
            newest=instant(newest),
            start=instant(start),
        )

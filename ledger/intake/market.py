"""A simulated marketplace: every order walks the whole road as live claims that the ledger decides.

The same orders, seed and end give the same entries, byte for byte; the market's clock is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from mingdan.ledger.entry import read
from mingdan.ledger.errors import Misuse
from mingdan.ledger.instant import instant
from mingdan.ledger.intake.affair import Affair
from mingdan.ledger.intake.bulletin import editions, endings, exceptions, promises
from mingdan.ledger.intake.dice import Dice
from mingdan.ledger.intake.enrolment import Known, cases, enrolments
from mingdan.ledger.intake.hand import Hands
from mingdan.ledger.intake.journey import Journey
from mingdan.ledger.intake.recording import Recording, Rounds, Watch, groups, in_time, told_at
from mingdan.ledger.intake.road import journey
from mingdan.ledger.intake.season import Season
from mingdan.ledger.intake.wares import shelves
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.market import fold
from mingdan.ledger.market.subject import Subject

FAILURES = (
    "cancellation",
    "delivery_after_refund",
    "disavowal",
    "dispute",
    "foreign_callback",
    "interface_change",
    "late_callback",
    "late_delivery",
    "late_payment",
    "lost_callback",
    "mistyped_recipient",
    "outage",
    "over_acceptance",
    "past_the_guard",
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


class Summary(Struct, frozen=True):
    """What was played: how often each failure, and when (ms UTC) the first and last entry was recorded.

    `refused` orders were not placed, for their SKU's supply did not carry them. Of parties, SKUs, exceptions
    and policies those are counted that something was told of.
    """

    orders: int
    refused: int
    entries: int
    parties: int
    skus: int
    exceptions: int
    policies: int
    failures: dict[str, int]
    first: int
    last: int


def simulate(
    book: Book,
    orders: int,
    seed: int,
    *,
    end: int,
    sweep: Callable[[], object] = lambda: None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Summary:
    """Records the thirty days before `end` (ms UTC) of a market; `progress` hears of claims done and due.

    `sweep` records what the ledger owes by the book's clock; it is called every ROUND and at the end. Nobody
    else tells that: without it stock that follows a tier's is unknown, and nothing ends by time alone.
    What would be told after `end` is left open. Raises Misuse where there is no order to play, or where
    the ledger holds an entry newer than the market's first day.
    """
    if orders < 1:
        raise Misuse("a market has one order at least", orders=orders)
    season = Season(Dice(seed), orders, end)
    before = _check_older(book, season.start)
    known = _register(book.store)
    season.editions = editions(known)
    trips = [journey(season, *placed) for placed in enumerate(season.arrivals(), 1)]
    hands = Hands(season.trade)
    affairs = _affairs(season, trips, hands, known)
    told = in_time([*affairs, *trips], end)
    done = 0
    with _stopped(book) as watch:
        recording, rounds = Recording(book, watch, hands), Rounds(watch, season.start, sweep)
        for group in groups(told):
            rounds.until(told_at(group))
            recording.take(group)
            done += len(group)
            progress(done, len(told))
        rounds.until(end)
        rounds.go(end)
    return _summed(recording, affairs, before)


@contextmanager
def _stopped(book: Book) -> Iterator[Watch]:
    """The book under the market's clock, and under its own again whatever happens."""
    clock, watch = book.clock, Watch()
    book.clock = watch
    try:
        yield watch
    finally:
        book.clock = clock


def _register(store: Store) -> Known:
    def known(stream: str) -> Subject:
        subject = fold.empty(stream)
        for row in store.rows_of([stream]):
            subject = fold.evolve(subject, read(row.entry, row.kind, row.leaf))
        return subject

    return known


def _affairs(season: Season, trips: list[Journey], hands: Hands, known: Known) -> list[Affair]:
    """What is told beside the orders; what an older ledger knows already is taken up as it stands."""
    goods = [*shelves(season, trips, known)]
    wares = {trip.ware for trip in trips} | {each.name.partition("/")[2] for each in goods}
    return [
        *enrolments(season, hands, known),
        *cases(season),
        *promises(season),
        *goods,
        *endings(season, known, wares),
        *exceptions(season, wares),
    ]


def _summed(recording: Recording, affairs: list[Affair], before: int) -> Summary:
    """The summary of a market whose first entry comes after `before` others."""
    store = recording.book.store
    head = store.max_notification_id() or 0
    first, last = _recorded(store, before + 1), _recorded(store, head)
    streams = {each.stream for each in affairs if any(step.recorded <= last for step in each.steps)}
    return Summary(
        orders=recording.placed,
        refused=recording.refused,
        entries=head - before,
        **{name: sum(each.startswith(f"{room}/") for each in streams) for name, room in _ROOMS.items()},
        failures={failure: recording.played[failure] for failure in FAILURES},
        first=first,
        last=last,
    )


def _check_older(book: Book, start: int) -> int:
    """How many entries the ledger holds; raises Misuse where the newest is not older than the market."""
    head = book.store.max_notification_id()
    if head is None:
        return 0
    newest = _recorded(book.store, head)
    if newest > start:
        raise Misuse(
            "the ledger holds entries newer than the market's first day",
            next_step="simulate into a workspace of its own: `mingdan init` in an empty folder",
            newest=instant(newest),
            start=instant(start),
        )
    return head


def _recorded(store: Store, position: int) -> int:
    """When the entry at a position was recorded (ms UTC)."""
    ((row,),) = store.scan(position - 1, position)
    return read(row.entry, row.kind, row.leaf).recorded


_ROOMS = {"parties": "party", "skus": "sku", "exceptions": "exception", "policies": "policy"}

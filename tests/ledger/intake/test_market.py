import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import asdict

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.errors import Misuse
from mingdan.ledger.event import KINDS, Placed
from mingdan.ledger.evolve import fold
from mingdan.ledger.fact import BUYER
from mingdan.ledger.intake.catalogue import PARTIES
from mingdan.ledger.intake.market import FAILURES, Summary, simulate
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault, draw_order
from mingdan.ledger.mark import TOLERANCE
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DAY, HOUR, Policy
from mingdan.ledger.status import Side, status
from mingdan.ledger.stream import is_order

from ...owing import owing

END = 1_760_000_000_000  # an afternoon in October
UNTOLD = {
    "log.epoch": "sealed when the log is published",
    "order.erased": "done with the words in the vault, by `mingdan erase`",
}
HASH = re.compile(r"[0-9a-f]{64}")
PHONE = re.compile(r"(?<!\d)\d{11}(?!\d)")


class Market(NamedTuple):
    summary: Summary
    book: Book
    raw: list[bytes]
    entries: list[Entry]
    progress: list[tuple[int, int]]

    @property
    def streams(self) -> dict[str, list[Entry]]:
        """The orders' entries."""
        streams: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            if is_order(entry.stream):
                streams[entry.stream].append(entry)
        return streams

    @property
    def orders(self) -> list[Order]:
        return [fold(entries) for entries in self.streams.values()]


def empty_book(folder: Path) -> Book:
    store = Store(open_engine(f"sqlite:///{folder / 'ledger.db'}", "mingdan_ledger", durable=False))
    vault = Vault(open_engine(f"sqlite:///{folder / 'vault.db'}", "mingdan_vault", durable=False))
    store.create()
    vault.create()
    return Book(store, vault, {"default": Policy()})


def played(folder: Path, orders: int, seed: int) -> Market:
    book, progress = empty_book(folder), []
    summary = simulate(
        book, orders, seed, end=END, sweep=owing(book), progress=lambda *at: progress.append(at)
    )
    raw = [row.entry for rows in book.store.scan(0) for row in rows]
    return Market(summary, book, raw, [parse(entry) for entry in raw], progress)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    yield from opened(tmp_path_factory, 200)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    yield from opened(tmp_path_factory, 2000)


def opened(folders: pytest.TempPathFactory, orders: int) -> Iterator[Market]:
    market = played(folders.mktemp("market"), orders, seed=1)
    yield market
    market.book.store.close()
    market.book.vault.close()


def folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name


def told_of_orders(market: Market) -> set[bytes]:
    return {raw for raw, entry in zip(market.raw, market.entries, strict=True) if is_order(entry.stream)}


def waiting(market: Market) -> list[Order]:
    return [order for order in market.orders if order.paid and not order.delivered and not order.refunded]


def test_the_same_seed_tells_the_same_market_byte_for_byte(tmp_path):
    once, again = (played(folder(tmp_path, name), 40, seed=1) for name in ("once", "again"))

    assert once.raw == again.raw
    assert once.summary == again.summary


def test_another_seed_tells_another_market(market, tmp_path):
    other = played(tmp_path, 40, seed=2)

    assert not told_of_orders(other) & told_of_orders(market)


def test_every_order_is_placed_or_refused_and_every_entry_counted(market):
    assert market.summary.orders == len(market.streams)
    assert market.summary.orders + market.summary.refused == 200
    assert market.summary.entries == len(market.entries)
    assert all(isinstance(entries[0].event, Placed) for entries in market.streams.values())


def test_the_summary_names_when_the_first_and_the_last_entry_were_recorded(market):
    assert market.summary.first == market.entries[0].recorded
    assert market.summary.last == market.entries[-1].recorded
    assert END - 31 * DAY < market.summary.first < market.summary.last <= END


def test_the_record_never_goes_back_in_time(market):
    assert all(before.recorded <= after.recorded for before, after in pairwise(market.entries))


def test_nothing_is_told_before_it_happened(market):
    assert all(entry.at <= entry.recorded for entry in market.entries)


def test_no_order_of_the_market_breaks_a_rule(market):
    assert [order.irregularities for order in market.orders if order.irregularities] == []


def test_every_leaf_that_an_entry_names_is_an_earlier_one_of_its_own_order(market):
    for entries in market.streams.values():
        told: set[str] = set()
        for entry in entries:
            fields = asdict(entry.event)
            of = None if fields.get("about") else fields.get("of")  # or it is the exception's
            named = [of, fields.get("entry"), fields.get("corrected_by")]
            named += fields.get("entries", ())
            assert {leaf for leaf in named if leaf} <= told
            told.add(entry.leaf.hex())


def test_tiers_speak_for_themselves_and_the_platform_for_those_that_it_observes(market):
    platforms = {order.terms.platform for order in market.orders}
    observed = {entry.by for entry in market.entries if entry.basis == "observed"} - {BUYER}
    speaking = {entry.by for entry in market.entries if entry.by in PARTIES and entry.basis is None}

    assert observed
    assert observed <= platforms
    assert speaking
    assert not any(PARTIES[tier].observed for tier in speaking)


@pytest.mark.slow
def test_what_happens_upstream_is_learned_late_and_some_of_it_by_hours(busy):
    lags = [entry.recorded - entry.at for entry in busy.entries if entry.by in PARTIES]

    assert min(lags) < TOLERANCE < HOUR < max(lags)


def test_an_open_backlog_is_left_at_the_end(market):
    assert waiting(market)


def test_what_is_played_is_found_in_the_entries(market):
    kinds = Counter(entry.kind for entry in market.entries)
    failures = market.summary.failures

    assert failures["over_acceptance"] == kinds["stock.short"]
    assert failures["lost_callback"] == kinds["hop.uncertain"]
    assert failures["late_payment"] == kinds["order.paid_late"]
    assert failures["reversal"] == kinds["delivery.reversed"]
    assert failures["disavowal"] == kinds["order.disavowed"]


def test_a_repeated_callback_is_recorded_once(market):
    told = Counter(
        (entry.stream, entry.by, entry.at) for entry in market.entries if entry.kind == "activation.succeeded"
    )

    assert market.summary.failures["repeated_callback"] > 0
    assert set(told.values()) == {1}


def test_progress_ends_when_all_is_told(market):
    done, due = market.progress[-1]

    assert done == due
    assert market.progress == sorted(market.progress)


def test_words_and_entries_hold_nothing_that_looks_like_a_phone_number(market):
    words = [
        each.words
        for spoken in market.book.vault.words_of(market.streams).values()
        for each in spoken
    ]  # fmt: skip
    public = [HASH.sub("", raw.decode()) for raw in market.raw]

    assert words
    assert [text for text in [*words, *public] if PHONE.search(text)] == []


def test_the_words_of_an_order_are_plainly_made_up(market):
    words = market.book.vault.words_of(market.streams)
    recipients = {
        each.words for spoken in words.values() for each in spoken if each.field == "recipient"
    }  # fmt: skip

    assert all(re.fullmatch(r"player-\d{5}-\d{6}(-corrected)?", recipient) for recipient in recipients)


def test_an_order_is_found_by_the_name_its_shop_gave_it(market):
    words = market.book.vault.words_of(market.streams)
    name = next(each.words for spoken in words.values() for each in spoken if each.field == "order_no")

    found = market.book.vault.find(name)

    assert found.stream in market.streams


def test_the_book_has_its_own_clock_again_afterwards(tmp_path):
    book = empty_book(tmp_path)
    clock = book.clock

    simulate(book, 1, 1, end=END)

    assert book.clock is clock


def test_the_book_has_its_own_clock_again_when_recording_stops(tmp_path):
    book = empty_book(tmp_path)
    clock = book.clock

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(book, 1, 1, end=END, progress=stop)

    assert book.clock is clock


def test_a_market_needs_an_order(tmp_path):
    with pytest.raises(Misuse):
        simulate(empty_book(tmp_path), 0, 1, end=END)


def test_a_ledger_that_goes_on_after_the_first_day_takes_no_market(tmp_path):
    book = empty_book(tmp_path)
    order = draw_order()
    book.record(
        [Claim(stream=order.stream, by="agent", event=Placed(platform="shop"), basis="observed")], [order]
    )

    with pytest.raises(Misuse):
        simulate(book, 1, 1, end=END)

    assert book.store.max_notification_id() == 1


def test_an_older_ledger_is_carried_on(tmp_path):
    book = empty_book(tmp_path)
    order = draw_order()
    book.clock = lambda: END - 40 * DAY
    book.record(
        [Claim(stream=order.stream, by="agent", event=Placed(platform="shop"), basis="observed")], [order]
    )

    summary = simulate(book, 5, 1, end=END)

    assert book.store.max_notification_id() == 1 + summary.entries


@pytest.mark.slow
def test_every_failure_of_the_article_happens(busy):
    assert [*busy.summary.failures] == [*FAILURES]
    assert [failure for failure, often in busy.summary.failures.items() if not often] == []


@pytest.mark.slow
def test_every_kind_is_said_but_those_that_nobody_tells(busy):
    assert KINDS.keys() - {entry.kind for entry in busy.entries} == UNTOLD.keys()


@pytest.mark.slow
def test_not_one_order_in_ten_is_turned_away(busy):
    assert 20 <= busy.summary.refused <= 200


@pytest.mark.slow
def test_no_order_of_a_busy_market_breaks_a_rule(busy):
    assert [order.irregularities for order in busy.orders if order.irregularities] == []


@pytest.mark.slow
def test_an_order_has_about_ten_entries(busy):
    assert 8 * 2000 <= busy.summary.entries <= 12 * 2000


@pytest.mark.slow
def test_every_tier_is_heard_of(busy):
    told = {entry.by for entry in busy.entries}
    hops = {hop.to for order in busy.orders for hop in order.hops}

    assert PARTIES.keys() <= told | hops


@pytest.mark.slow
def test_an_open_backlog_of_every_age_is_left_at_the_end(busy):
    ages = [END - order.paid.at for order in waiting(busy)]

    assert all(
        any(low < age <= high for age in ages) for low, high in pairwise((0, HOUR, DAY, 7 * DAY, 31 * DAY))
    )


@pytest.mark.slow
def test_orders_wait_on_every_side_that_is_not_an_end(busy):
    sides: set[Side] = {"held", "exception", "overdue", "disputed", "refunding", "queued"}

    assert sides <= {status(order, END).side for order in busy.orders}


@pytest.mark.slow
def test_one_evening_surges(busy):
    arrivals = Counter(order.placed.at // HOUR for order in busy.orders)
    (_, most), *_ = arrivals.most_common()

    assert most > 4 * sorted(arrivals.values())[len(arrivals) * 9 // 10]

"""The clerk: what waits is recorded together and answered apart, as if each had come alone."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from shutil import copytree
from threading import Event
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.commitment import committed
from mingdan.ledger.entry import parse
from mingdan.ledger.errors import (
    ClockWentBack,
    IllegalTransition,
    MingdanError,
    NotFound,
    Unavailable,
    WrongWorkspace,
)
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.book import STEPS, Book
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.group import Submission
from mingdan.ledger.keeping.store import Taken
from mingdan.ledger.keeping.vault import NewOrder, draw_order
from mingdan.ledger.keeping.workspace import create_workspace, using_workspace
from mingdan.ledger.market import party, sku

from ..keeping.scribe import NOON, Stores, draws, flaws, placed
from .doomed import groups, tell

DOOMED = Path(__file__).with_name("doomed.py")
NUMBERS = count(1)


def made(folder: Path) -> Path:
    create_workspace(folder, origin="shop.example/log").close()
    return folder


@contextmanager
def kept(folder: Path) -> Iterator[Stores]:
    with using_workspace(folder) as workspace:
        yield Stores(workspace.store, workspace.vault)


def one(folder: Path):
    """A workspace's log."""
    with kept(folder) as stores:
        return stores.log()


def noon() -> int:
    return NOON


@contextmanager
def held(clerk: Clerk) -> Iterator[None]:
    """Whatever is handed in meanwhile waits for the end of the block."""
    reached, go = Event(), Event()
    asked = clerk.ask(lambda _: (reached.set(), go.wait()))
    asked.add_done_callback(lambda _: reached.set())  # where the workspace cannot be opened
    reached.wait()
    try:
        yield
    finally:
        go.set()


@pytest.fixture(scope="module")
def founded(tmp_path_factory) -> Path:
    return made(tmp_path_factory.mktemp("founded") / "w")


@pytest.fixture
def folder(founded, tmp_path) -> Path:
    return copytree(founded, tmp_path / "w")


def order(name: str | None = None) -> NewOrder:
    """A new order, another one each time."""
    return draw_order(name, draws(f"order {next(NUMBERS)}"))


def of(told: NewOrder, event: e.Event, **more) -> Claim:
    return Claim(**({"stream": told.stream, "by": "xiaomai", "event": event} | more))


def note(told: NewOrder, label: str = "x", **more) -> Claim:
    return of(told, e.Noted(label=label), **more)


# together ---------------------------------------------------------------------------------------------
def test_what_waits_is_recorded_in_one_transaction_in_its_order(folder):
    steps: list[str] = []
    with Clerk(folder, noon, reached=steps.append) as clerk:
        with held(clerk):
            orders = [order() for _ in range(5)]
            told = [clerk.submit([of(each, placed()), note(each)], [each]) for each in orders]
        receipts = [receipt for each in told for receipt in each.result()]

    assert steps == [*STEPS]
    assert [receipt.position for receipt in receipts] == [*range(1, 11)]
    assert [receipt.stream for receipt in receipts[::2]] == [each.stream for each in orders]
    assert flaws(one(folder)) == []


def test_who_is_refused_is_refused_alone_and_told_which_claim_of_its_own(folder):
    first, second, third = order(), order(), order()
    with Clerk(folder, noon) as clerk:
        with held(clerk):
            good = clerk.submit([of(first, placed())], [first])
            bad = clerk.submit([of(second, placed()), of(second, e.Paid()), of(second, e.Paid())], [second])
            more = clerk.submit([of(third, placed()), of(first, e.Paid())], [third])
            lost = clerk.submit([note(second)])

        assert [len(each.result()) for each in (good, more)] == [1, 2]
        assert isinstance(bad.exception(), IllegalTransition)
        assert bad.exception().evidence["statement"] == 3
        assert isinstance(lost.exception(), NotFound)  # the refused one opened nothing

    assert [(row.stream, row.seq) for row in one(folder)] == [
        (first.stream, 1),
        (third.stream, 1),
        (first.stream, 2),
    ]


def test_a_name_that_two_give_at_once_is_the_first_one_s(folder):
    first, second, third = order("no-1"), order("no-1"), order("no-2")
    with Clerk(folder, noon) as clerk:
        with held(clerk):
            told = [clerk.submit([of(each, placed())], [each]) for each in (first, second, third)]
        wait(told)

    assert [type(each.exception()) for each in told] == [type(None), Taken, type(None)]
    assert [row.stream for row in one(folder)] == [first.stream, third.stream]


def test_what_followed_from_how_a_stream_stood_is_refused_after_another_of_its_group(folder):
    first = order()
    with Clerk(folder, noon) as clerk:
        (placing,) = clerk.submit([of(first, placed())], [first]).result()
        with held(clerk):
            told = [clerk.record(note(first, after=placing.leaf)) for _ in range(2)]
        wait(told)

    assert [type(each.exception()) for each in told] == [type(None), IllegalTransition]


def test_an_order_that_is_placed_twice_in_a_group_begins_once_under_its_first_link(folder):
    first, second = order("no-1"), order("no-1")
    with Clerk(folder, noon) as clerk:
        with held(clerk):
            one, other = (clerk.submit([of(each, placed(), key="k")], [each]) for each in (first, second))
            lost = clerk.record(note(second, basis="observed"))

        assert [one.result()[0].duplicate, other.result()[0].duplicate] == [False, True]
        assert other.result()[0].leaf == one.result()[0].leaf
        assert isinstance(lost.exception(), NotFound)
        assert clerk.find(second.handle).result() is None


def test_private_words_rest_on_the_secret_of_the_submission_that_was_recorded(folder):
    east, west = (order()._replace(stream="party/agent-east") for _ in range(2))
    judge = of(east, party.Registered(name="X", role="platform"), stream="party/xiaomai")
    told = party.Registered(name="East", role="supplier")
    shown = party.Qualified(valid_until=NOON + 1, verifier="xiaomai")
    claims = [of(east, told), of(east, shown, private={"document": "licence 1"})]
    with Clerk(folder, noon) as clerk:
        clerk.record(judge).result()
        with held(clerk):
            refused = clerk.submit([*claims, of(east, told)], [east])
            clerk.submit(claims, [west])
        secrets = clerk.ask(lambda book: book.vault.secrets_of([east.stream])).result()
        (_, row) = clerk.ask(lambda book: book.store.rows_of([east.stream])).result()

    assert isinstance(refused.exception(), IllegalTransition)
    assert secrets == {east.stream: west.secret}
    assert parse(row.entry).event == committed(shown, claims[1].private, west.secret, 2)


def test_what_nobody_foresaw_in_one_submission_fails_that_one_alone(folder):
    first = order()
    with Clerk(folder, noon) as clerk:
        with held(clerk):
            told = [
                clerk.submit([of(first, placed())], [first]),
                clerk.record(note(first, key="\ud800")),
                clerk.record(note(first)),
            ]
        wait(told)

    assert [type(each.exception()) for each in told] == [type(None), UnicodeEncodeError, type(None)]
    assert len(one(folder)) == 2


def test_words_that_wait_are_made_submissions_at_once_and_keep_their_turn(folder):
    first, second = order(), order()
    made: list[list[str]] = []

    def make(labels):
        made.append(list(labels))
        return [NotFound(label) if label == "lost" else Submission([note(first, label)]) for label in labels]

    with Clerk(folder, noon) as clerk:
        with held(clerk):
            placing = clerk.submit([of(first, placed())], [first])
            told = [clerk.tell(label, make, 1) for label in ("one", "lost", "two")]
            other = clerk.submit([of(second, placed())], [second])
        wait([*told, other])

    assert made == [["one", "lost", "two"]]
    assert isinstance(told[1].exception(), NotFound)
    assert [each.result()[0].position for each in (placing, told[0], told[2], other)] == [1, 2, 3, 4]


def test_words_of_which_nobody_foresaw_what_comes_fail_alone(folder):
    first = order()

    def make(labels):
        return [Submission([note(first, label.lower())]) for label in labels]

    with Clerk(folder, noon) as clerk:
        with held(clerk):
            clerk.submit([of(first, placed())], [first])
            told = [clerk.tell(label, make, 1) for label in ("one", 2, "three")]
        wait(told)

    assert [type(each.exception()) for each in told] == [type(None), AttributeError, type(None)]


def test_a_question_sees_what_was_submitted_before_it(folder):
    first = order()
    with Clerk(folder, noon) as clerk:
        with held(clerk):
            clerk.submit([of(first, placed())], [first])
            found = clerk.find(first.handle)
            leaf = clerk.ask(lambda book: book.store.rows_of([first.stream])[0].leaf.hex())

        assert found.result() == first
        assert clerk.entry(first.stream, leaf.result()).result().kind == "order.placed"
        assert isinstance(clerk.ask(lambda book: book.order("order/" + "0" * 64)).exception(), NotFound)


def test_what_is_no_longer_waited_for_is_not_recorded(folder):
    first = order()
    with Clerk(folder, noon) as clerk, held(clerk):
        clerk.submit([of(first, placed())], [first])
        assert clerk.record(note(first)).cancel()

    assert len(one(folder)) == 1


# bounds -------------------------------------------------------------------------------------------------
def test_where_too_much_waits_no_more_is_taken_and_what_waits_is_recorded(folder):
    first = order()
    with Clerk(folder, noon, most=4) as clerk:
        with held(clerk):
            told = [clerk.submit([of(first, placed()), note(first)], [first]), clerk.record(note(first))]
            for claims in ([note(first)] * 2, [note(first)] * 9):
                with pytest.raises(Unavailable) as busy:
                    clerk.submit(claims)
            told.append(clerk.record(note(first)))
            with pytest.raises(Unavailable):
                clerk.find(first.handle)
        wait(told)

        assert busy.value.next_step
        assert len(clerk.submit([note(first)] * 9).result()) == 9  # alone, whatever its size
    assert len(one(folder)) == 4 + 9


def test_leaving_finishes_what_waits(folder):
    first = order()
    with Clerk(folder, noon) as clerk, held(clerk):
        told = clerk.submit([of(first, placed())], [first])
        asked = clerk.find(first.handle)

    assert told.done()
    assert asked.result() == first


def test_what_the_machine_refuses_is_told_to_each_and_nothing_is_recorded(folder):
    first, times = order(), iter([NOON, 1])
    with Clerk(folder, lambda: next(times)) as clerk:
        clerk.submit([of(first, placed())], [first]).result()
        with held(clerk):
            told = [clerk.record(note(first)) for _ in range(2)]
        errors = [each.exception() for each in told]
        errors[0].evidence["mine"] = True

    assert [type(each) for each in errors] == [ClockWentBack] * 2
    assert errors[1].next_step
    assert "mine" not in errors[1].evidence
    assert len(one(folder)) == 1


def test_a_workspace_that_cannot_be_opened_is_tried_again(tmp_path):
    first = order()
    with Clerk(tmp_path / "w", noon) as clerk:
        assert isinstance(clerk.submit([of(first, placed())], [first]).exception(), WrongWorkspace)
        made(tmp_path / "w")
        assert len(clerk.submit([of(first, placed())], [first]).result()) == 1


def test_two_clerks_at_one_ledger_lose_nothing_and_double_nothing(folder):
    contested = order()
    with Clerk(folder, noon) as east, Clerk(folder, noon) as west, ThreadPoolExecutor(4) as pool:
        east.submit([of(contested, placed())], [contested]).result()
        sending = [
            pool.submit(sent, clerk, contested, name)
            for clerk, name in ((east, "e1"), (east, "e2"), (west, "w1"), (west, "w2"))
        ]
        receipts = [receipt for each in sending for receipt in each.result()]
    rows = one(folder)

    assert flaws(rows) == []
    assert sorted(each.position for each in receipts if not each.duplicate) == [*range(2, len(rows) + 1)]
    assert len(rows) == 1 + 10 + 4 * 10


def sent(clerk: Clerk, contested: NewOrder, name: str) -> list[Receipt]:
    """Ten notes that everybody tells, and ten of one's own."""
    told: list[Future[Receipt]] = []
    for number in range(10):
        told.append(clerk.record(note(contested, key=f"both\n{number}", label=str(number))))
        told.append(clerk.record(note(contested, label=name)))
    return [each.result() for each in told]


# kill -9 ------------------------------------------------------------------------------------------------
def test_a_clerk_that_is_killed_in_a_group_loses_nothing_acknowledged_and_doubles_nothing(founded, tmp_path):
    folders = [copytree(founded, tmp_path / step) for step in STEPS]
    undisturbed = copytree(founded, tmp_path / "undisturbed")
    for folder in (undisturbed, undisturbed):
        recorded(folder)
    command = [sys.executable, DOOMED, *map(str, folders)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    acknowledged = [line.split() for line in told]

    for folder in folders:
        rows = one(folder)
        there = [row.leaf.hex() for row in rows]
        assert [leaf for name, leaf in acknowledged if name == folder.name] == there[:6]
        assert len(rows) == (9 if folder.name == "append-committed" else 6)
        recorded(folder)
        with kept(folder) as stores, kept(undisturbed) as calm:
            assert stores.kept() == calm.kept()


def recorded(folder: Path) -> None:
    with Clerk(folder, noon) as clerk:
        for group in groups():
            tell(clerk, group)


# the law -----------------------------------------------------------------------------------------------
class World(NamedTuple):
    """Two ledgers that are told the same: a clerk's, what waits together, and a book's, each alone."""

    clerk: Clerk
    book: Book


@pytest.fixture(scope="module")
def world(founded, tmp_path_factory) -> Iterator[World]:
    together, alone = (copytree(founded, tmp_path_factory.mktemp("world") / "w") for _ in range(2))
    with using_workspace(alone) as workspace, Clerk(together, noon) as clerk:
        yield World(clerk, workspace.book(noon))


FACTS = (
    (e.Paid(), {"payment": "wx-1"}),
    (e.Paid(), {"payment": "wx-2"}),
    (e.Delivered(evidence="provider_receipt"), {"goods": "CARD-1"}),
    (e.Delivered(evidence="provider_receipt"), {"goods": "CARD-2"}),
    (e.DeliveryReversed(reason="x"), {}),
    (e.Cancelled(by="merchant", reason="x"), {}),
    (e.Noted(label="x"), {}),
    (e.HopAccepted(), {}),
)
OPENED = 3  # orders that a walk may open, under two names; one more is there before
facts = st.fixed_dictionaries(
    {
        "order": st.sampled_from([*range(OPENED), OPENED, OPENED]),
        "fact": st.none() | st.sampled_from(FACTS),  # None places it
        "key": st.none() | st.sampled_from(["k-1", "k-2", "k-3"]),
        "basis": st.sampled_from([None, None, "observed"]),
        "follows": st.booleans(),
        "sku": st.sampled_from(["card", "unlisted"]),
    }
)
walks = st.lists(st.lists(st.lists(facts, min_size=1, max_size=3), min_size=1, max_size=6), max_size=3)


@given(walks)
def test_what_waits_together_becomes_what_it_would_become_one_by_one(world, walk):
    """Any submissions in any groups, refused ones among them: the same log, vault, receipts and errors."""
    walked = Walk(next(NUMBERS))
    leaf = world.book.record(*walked.beginning())[0].leaf
    world.clerk.submit(*walked.beginning()).result()
    for group in walk:
        told = [walked.submission(each, leaf) for each in group]
        with held(world.clerk):
            waiting = [world.clerk.submit(*each) for each in told]
        alone = [outcome(lambda each=each: world.book.record(*each)) for each in told]

        assert [outcome(each.result) for each in waiting] == alone
    assert world.clerk.ask(walked.known).result() == walked.known(world.book)


class Walk:
    """Orders, keys and words of one's own, so that the two ledgers can go on from walk to walk."""

    def __init__(self, number: int) -> None:
        self.name = f"walk-{number}"
        self.orders = [
            draw_order(f"{self.name} {n % 2}" if n < OPENED else None, draws(f"{self.name} {n}"))
            for n in range(OPENED + 1)
        ]

    def beginning(self) -> Submission:
        """An order, and a SKU of which two are there."""
        first, card = self.orders[-1], f"sku/{self.name}-card"
        listed = sku.Listed(form="card", name="A card", platform="xiaomai", stock_mode="counted")
        shelf = (listed, sku.Stocked(as_of=NOON, qty=2, ttl=60_000))
        return Submission([of(first, placed()), *(of(first, each, stream=card) for each in shelf)], [first])

    def known(self, book: Book) -> object:
        """What a ledger and its vault know of these orders and the SKU."""
        streams = [f"sku/{self.name}-card", *(each.stream for each in self.orders)]
        return book.store.rows_of(streams), book.vault.orders_of(streams), book.vault.words_of(streams)

    def submission(self, told: list[dict], leaf: str) -> Submission:
        new = [self.orders[each["order"]] for each in told if each["fact"] is None]
        return Submission([self._claim(each, leaf) for each in told], new)

    def _claim(self, told: dict, leaf: str) -> Claim:
        shelf = placed(sku=f"{self.name}-{told['sku']}"), {"order_no": "no"}
        event, private = told["fact"] or shelf
        return of(
            self.orders[told["order"]],
            event,
            private={field: f"{words} {self.name}" for field, words in private.items()},
            key=told["key"] and f"xiaomai\n{self.name} {told['key']}",
            basis=told["basis"],
            after=leaf if told["follows"] and told["order"] == OPENED else None,
        )


def outcome(result: Callable[[], list[Receipt]]) -> object:
    try:
        return result()
    except MingdanError as error:
        return type(error), error.message, error.evidence

import re
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import make_url

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import seal
from mingdan.ledger.errors import (
    ClockWentBack,
    IllegalTransition,
    KeyReused,
    MalformedEntry,
    NotFound,
    StoreConflict,
    TimeRefused,
)
from mingdan.ledger.instant import instant
from mingdan.ledger.keeping.book import STEPS
from mingdan.ledger.keeping.clock import DRIFT
from mingdan.ledger.keeping.draft import key_digest
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.stream import LOG
from mingdan.ledger.tree import leaf_hash

from ...command import PYTHON
from ..told import epoch
from .scribe import NOON, draws, flaws, history, placed, record_history

SCRIBE = Path(__file__).with_name("scribe.py")


DELIVERED = e.Delivered(evidence="provider_receipt")
CONTACT = {"contact": "bao@example.org"}


# recording ----------------------------------------------------------------------------------------------
def test_a_receipt_names_the_place_and_the_hash_of_what_was_stored(opened, stores, says):
    (receipt,) = opened.record([says(DELIVERED)])
    row = stores.log()[-1]

    assert (receipt.stream, receipt.seq, receipt.position) == (row.stream, row.seq, row.position)
    assert (receipt.leaf, receipt.index, receipt.recorded) == (row.leaf.hex(), row.position - 1, NOON)
    assert not receipt.duplicate


def test_a_fixed_history_makes_an_intact_log(stores):
    record_history(stores, history())

    assert flaws(stores.log()) == []
    assert len(stores.log()) == sum(len(batch.claims) for batch in history())


def test_the_state_of_an_order_is_folded_from_its_entries(opened, order, says):
    opened.record([says(DELIVERED)])

    assert opened.order(order.stream).units == 3
    with pytest.raises(NotFound):
        opened.order("order/" + "0" * 64)


def test_recording_nothing_records_nothing(opened, stores):
    before = stores.kept()

    assert opened.record([]) == []
    assert stores.kept() == before


@pytest.mark.usefixtures("opened")
def test_the_log_keeps_the_digest_of_a_key_and_never_the_key(stores):
    assert [row.key for row in stores.log()] == [key_digest("xiaomai\nplaced"), key_digest("xiaomai\npaid")]
    assert {len(row.key) for row in stores.log()} == {16}


# disavowing ---------------------------------------------------------------------------------------------
def disavowed(leaf: str, corrected_by: str | None = None) -> e.Disavowed:
    return e.Disavowed(corrected_by=corrected_by, entry=leaf, reason="incorrect_data")


@pytest.fixture
def elsewhere(opened, says):
    """The leaf of an entry of another order."""
    other = draw_order("xiaomai:no-2", draws("two"))
    return opened.record([says(placed(), stream=other.stream)], [other])[0].leaf


BASES = {"live": {}, "observed": {"basis": "observed"}, "observed before": {"basis": "observed", "at": NOON}}


@pytest.mark.parametrize("told", BASES.values(), ids=BASES)
def test_an_entry_of_the_same_order_is_disavowed_and_corrected(opened, stores, order, says, told):
    wrong, right = opened.record([says(e.Noted(label="x")), says(e.Noted(label="y"))])
    opened.record([says(disavowed(wrong.leaf, right.leaf), **told)])
    stores.book().record([says(disavowed(wrong.leaf), **told)])  # by a book that has read nothing yet

    assert [row.kind for row in stores.log()][-2:] == ["order.disavowed"] * 2
    assert opened.order(order.stream).seq == 6


@pytest.mark.parametrize("told", BASES.values(), ids=BASES)
@pytest.mark.parametrize("field", ["entry", "corrected_by"])
@pytest.mark.parametrize("where", ["another order's", "nobody's"])
def test_what_is_no_entry_of_the_same_order_is_not_disavowed_and_corrects_none(
    stores, opened, order, says, elsewhere, told, field, where
):
    (own,) = opened.record([says(e.Noted(label="x"))])
    strange = elsewhere if where == "another order's" else "ab" * 32
    event = disavowed(strange) if field == "entry" else disavowed(own.leaf, strange)
    before = stores.kept()

    for book in (opened, stores.book()):
        with pytest.raises(NotFound) as refused:
            book.record([says(event, **told)])

        about = {"stream": order.stream, field: strange, "statement": 1}
        assert refused.value.evidence == about | {"rule": "no-entry"}
        assert refused.value.next_step
    assert stores.kept() == before


def test_an_entry_made_earlier_in_the_same_transaction_is_disavowed(stores, opened, says):
    note = says(e.Noted(label="x"))
    prev = stores.log()[-1].leaf
    raw = seal(note, note.event, at=NOON, seq=3, prev=prev, recorded=NOON)  # the clock stands still
    opened.record([note, says(disavowed(leaf_hash(raw).hex()))])

    assert [row.kind for row in stores.log()][-2:] == ["order.noted", "order.disavowed"]


def test_a_disavowal_follows_an_erasure(stores, opened, order, says):
    (note,) = opened.record([says(e.Noted(label="x"))])
    opened.record([says(e.Erased(reason="buyer_request"))])
    stores.vault.erase(order.stream)

    assert opened.record([says(disavowed(note.leaf))])[0].seq == 5


HISTORY = {
    "is told of a live order": ({"basis": "backfill", "at": NOON}, IllegalTransition),
    "has not happened yet": ({"basis": "observed", "at": NOON + 86_400_000}, TimeRefused),
    "is beyond the calendar": ({"basis": "observed", "at": 2**53 - 1}, TimeRefused),
}


@pytest.mark.parametrize(("more", "error"), HISTORY.values(), ids=HISTORY)
def test_history_is_refused_where_it_is_none(stores, opened, says, more, error):
    """I13; nobody dates a live order's delivery into time by calling it imported."""
    before = stores.kept()

    with pytest.raises(error) as refused:
        opened.record([says(DELIVERED, **more)])

    assert refused.value.next_step
    assert stores.kept() == before


# all or none --------------------------------------------------------------------------------------------
REFUSALS = {
    "an illegal transition": (e.Paid(), {}, IllegalTransition),
    "no such order": (e.Paid(), {"stream": "order/" + "0" * 64}, NotFound),
    "a time to come": (DELIVERED, {"at": NOON + 3_600_000}, TimeRefused),
    "a time before the order": (DELIVERED, {"at": NOON - 3_600_000}, TimeRefused),
    "another fact under a key": (DELIVERED, {"key": "paid"}, KeyReused),
    "an epoch that is claimed": (epoch(2), {}, MalformedEntry),
    "an epoch that is told as history": (
        epoch(2),
        {"basis": "backfill"},
        MalformedEntry,
    ),
    "a fact about the log": (e.Noted(label="x"), {"stream": LOG, "basis": "observed"}, MalformedEntry),
    "an unknown policy": (placed(policy="gold"), {"stream": "a new order"}, NotFound),
    "an entry too large": (e.Noted(label="x" * 70_000), {}, MalformedEntry),
}


@pytest.mark.parametrize(("event", "more", "error"), REFUSALS.values(), ids=REFUSALS)
def test_a_batch_of_which_any_claim_is_refused_changes_nothing(stores, opened, says, event, more, error):
    fresh, other = draw_order("xiaomai:no-2", draws("two")), draw_order("xiaomai:no-3", draws("three"))
    if more.get("stream") == "a new order":
        more = more | {"stream": other.stream}
    before = stores.kept()
    good = [
        says(e.Noted(label="before"), key="note"),
        says(placed(), stream=fresh.stream, private=CONTACT, key="fresh"),
        says(e.Delivered(evidence="provider_receipt", units=1)),
    ]
    with pytest.raises(error) as refused:
        opened.record([*good, says(event, **more), says(e.Noted(label="after"))], [fresh, other])

    assert stores.kept() == before
    assert refused.value.evidence["statement"] == 4
    receipts = opened.record(good, [fresh])  # what the book remembers is still what the log says

    assert [(receipt.seq, receipt.duplicate) for receipt in receipts] == [(3, False), (1, False), (4, False)]
    assert flaws(stores.log()) == []


def test_a_batch_that_the_vault_refuses_changes_nothing(stores, opened, order, says):
    namesake = draw_order(order.alias, draws("namesake"))
    before = stores.kept()

    with pytest.raises(StoreConflict) as refused:
        opened.record([says(placed(), stream=namesake.stream)], [namesake])

    assert refused.value.next_step
    assert stores.kept() == before


class Interruption(BaseException):
    """A Ctrl-C."""


@pytest.mark.parametrize("step", STEPS)
def test_an_interruption_at_any_step_leaves_all_or_nothing_and_a_book_that_goes_on(stores, order, says, step):
    def interrupt(name):
        if name == step and armed:
            raise Interruption

    armed = False
    book = stores.book(reached=interrupt)
    book.record([says(placed(qty=3)), says(e.Paid())], [order])
    armed = True
    with pytest.raises(Interruption):
        book.record([says(e.Delivered(evidence="provider_receipt", units=2, goods=None), key="two")])
    there = len(stores.log())
    armed = False
    (again,) = book.record([says(e.Delivered(evidence="provider_receipt", units=2), key="two")])

    assert there == (3 if step == "append-committed" else 2)
    assert again.duplicate == (step == "append-committed")
    assert [row.seq for row in stores.log()] == [1, 2, 3]
    assert book.order(order.stream).units == 2


# the clock ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("back", [1, DRIFT - 1, DRIFT])
def test_a_clock_that_steps_back_a_little_does_not_take_the_log_with_it(stores, opened, says, back):
    for book in (opened, stores.book()):  # one that remembers the time, one that reads it
        book.clock = lambda: NOON - back
        (receipt,) = book.record([says(e.Noted(label="x"))])

        assert receipt.recorded == NOON
    assert flaws(stores.log()) == []


def test_a_clock_that_steps_far_back_stops_recording(stores, opened, says):
    before = stores.kept()
    for book in (opened, stores.book()):
        book.clock = lambda: NOON - DRIFT - 1
        with pytest.raises(ClockWentBack) as refused:
            book.record([says(e.Noted(label="x"))])

        assert refused.value.evidence == {"now": instant(NOON - DRIFT - 1), "newest": instant(NOON)}
        assert refused.value.next_step
    assert stores.kept() == before


@pytest.mark.parametrize(
    ("early", "left"), [(1, "0:00:01"), (90_500, "0:01:31"), (2 * 86_400_000, "2 days, 0:00:00")]
)
def test_a_clock_that_ran_ahead_stops_recording_until_the_instant_that_is_said(
    stores, opened, says, early, left
):
    opened.clock = lambda: NOON + 3 * 86_400_000  # ahead once
    opened.record([says(e.Noted(label="x"))])
    until = NOON + 3 * 86_400_000 - DRIFT
    opened.clock = lambda: until - early
    with pytest.raises(ClockWentBack) as refused:
        opened.record([says(e.Noted(label="y"))])
    opened.clock = lambda: until
    opened.record([says(e.Noted(label="y"))])

    assert f"recording goes on by itself at {instant(until)}, in {left}." in refused.value.next_step
    assert flaws(stores.log()) == []


def test_recording_goes_on_once_the_clock_is_right_again(opened, says):
    opened.clock = lambda: NOON - DRIFT - 1
    with pytest.raises(ClockWentBack):
        opened.record([says(e.Noted(label="x"))])
    opened.clock = lambda: NOON + 1

    assert opened.record([says(e.Noted(label="x"))])[0].recorded == NOON + 1


def test_a_clock_that_ran_ahead_while_nothing_was_recorded_is_forgiven(opened, says):
    opened.clock = lambda: NOON + 86_400_000
    opened.record([says(e.Paid(), key="paid")])  # known already
    opened.clock = lambda: NOON + 1

    assert opened.record([says(e.Noted(label="x"))])[0].recorded == NOON + 1


# what a book remembers ------------------------------------------------------------------------------------
def test_a_book_decides_on_what_another_process_has_written(stores, opened, other_process, says):
    other = other_process.book()
    units = [says(e.Delivered(evidence="provider_receipt", units=1)) for _ in range(3)]
    opened.record([units[0]])
    other.record([units[1]])
    opened.record([units[2]])
    for book in (opened, other):
        with pytest.raises(IllegalTransition) as refused:
            book.record([units[0]])

        assert refused.value.evidence["rule"] == "already-delivered"
    assert flaws(stores.log()) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("since", [0, 1, 2], ids=["shorter", "as long", "longer"])
def test_a_book_whose_ledger_was_put_back_from_a_backup_forgets_what_is_gone(
    database_url, tmp_path, stores, opened, other_process, says, since
):
    live, backup = make_url(database_url).database, tmp_path / "backup.db"
    with closing(sqlite3.connect(live)) as ours, closing(sqlite3.connect(backup)) as theirs:
        ours.backup(theirs)
        opened.record([says(DELIVERED)])
        theirs.backup(ours)
    if since:
        other_process.book().record([says(e.Noted(label="x"))] * since)
    (receipt,) = opened.record([says(DELIVERED)])

    assert receipt.seq == 3 + since
    assert flaws(stores.log()) == []


def test_a_book_forgets_the_oldest_orders_and_reads_them_again(stores, monkeypatch):
    monkeypatch.setattr("mingdan.ledger.keeping.book._REMEMBERED", 3)
    book = stores.book()
    many = [draw_order(f"xiaomai:{number}", draws(str(number))) for number in range(8)]
    book.record([Claim(stream=each.stream, by="xiaomai", event=placed()) for each in many], many)
    receipts = book.record([Claim(stream=each.stream, by="xiaomai", event=e.Paid()) for each in many])

    assert {receipt.seq for receipt in receipts} == {2}
    assert flaws(stores.log()) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_known_orders_are_decided_without_reading_them_again(stores, opened, says):
    asked = []
    stores.close()
    sa_event.listen(stores.store.engine, "connect", lambda db, _: db.set_trace_callback(asked.append))
    opened.record([says(e.Noted(label="x"))])
    looked_up = [sql for sql in asked if re.match(r"SELECT .* WHERE .*stream (=|IN)", sql, re.DOTALL)]

    assert [sql for sql in asked if sql.startswith("INSERT INTO entries")]
    assert looked_up == []


# two processes --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rounds", [40, pytest.param(250, marks=pytest.mark.slow)])
def test_two_processes_lose_nothing_and_double_nothing(stores, database_url, order, says, rounds):
    contested = draw_order("xiaomai:contested", draws("contested"))
    stores.book().record(
        [says(placed(qty=rounds)), says(e.Paid()), says(placed(), stream=contested.stream)],
        [order, contested],
    )
    told = raced(database_url, ["east", "west"], rounds, order.stream, contested.stream)
    rows = stores.log()
    receipts = [[each for each in one if "refused" not in each] for one in told]
    fresh = [each for one in receipts for each in one if not each["duplicate"]]
    kinds = Counter((row.stream, row.kind) for row in rows)

    assert flaws(rows) == []
    assert sorted(each["position"] for each in fresh) == [*range(4, len(rows) + 1)]
    assert {each["leaf"] for one in receipts for each in one} <= {row.leaf.hex() for row in rows}
    assert kinds[order.stream, "delivery.delivered"] == rounds
    assert kinds[contested.stream, "order.noted"] == rounds
    assert [sum("refused" in each for one in told for each in one)] == [rounds]
    assert stores.book().order(order.stream).units == rounds


def raced(url, names, rounds, shared, contested):
    """What each process was told, as both append at once."""
    command = [PYTHON, SCRIBE, "race", url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    racers = [subprocess.Popen([*command, name, str(rounds), shared, contested], **pipes) for name in names]
    for racer in racers:
        assert racer.stdout.readline() == '"ready"\n'
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    told = [racer.communicate()[0] for racer in racers]

    assert [racer.returncode for racer in racers] == [0, 0]
    return [[msgspec.json.decode(line) for line in each.splitlines()] for each in told]

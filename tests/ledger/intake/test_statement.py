import json
from collections.abc import Iterator

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.errors import (
    IllegalTransition,
    KeyReused,
    MalformedEntry,
    NotFound,
    UnknownKind,
)
from mingdan.ledger.intake import statement
from mingdan.ledger.intake.statement import LARGEST_LINE, Said, Statement, claims_of, read_statements
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.policy import Policy

NOON = 1_750_000_000_000
TERMS = {
    "amount": 10_000,
    "currency": "CNY",
    "merchant": "shop",
    "platform": "kamao",
    "qty": 1,
    "sku": "card-100",
}
PLACED = {"by": "kamao", "data": TERMS, "kind": "order.placed", "order": "no-1"}
PAID = {"by": "kamao", "data": {"amount": 10_000}, "kind": "order.paid", "order": "no-1"}


@pytest.fixture
def book(tmp_path) -> Iterator[Book]:
    store = Store(open_engine(f"sqlite:///{tmp_path / 'ledger.db'}", "mingdan_ledger", durable=False))
    vault = Vault(open_engine(f"sqlite:///{tmp_path / 'vault.db'}", "mingdan_vault", durable=False))
    store.create()
    vault.create()
    yield Book(store, vault, {"default": Policy()}, clock=lambda: NOON)
    store.close()
    vault.close()


def line(*fields: dict[str, object], **more: object) -> bytes:
    return json.dumps({name: value for each in (*fields, more) for name, value in each.items()}).encode()


def record(book: Book, *lines: bytes) -> list[str]:
    """What `mingdan record` does: read, claim, record."""
    batch = claims_of(read_statements(lines), book.vault)
    return [receipt.stream for receipt in statement.record(book, batch)]


def size(book: Book) -> int:
    return book.store.max_notification_id() or 0


# lines ------------------------------------------------------------------------------------------------
def test_a_line_is_a_statement():
    (found,) = read_statements([line(PAID, at=NOON, basis="observed", id="callback-7")])

    said = Statement(
        at=NOON,
        basis="observed",
        by="kamao",
        data={"amount": 10_000},
        id="callback-7",
        kind="order.paid",
        order="no-1",
    )
    assert found == Said(1, said)


def test_blank_lines_and_any_end_of_line_are_passed_over():
    lines = [b"\n", line(PLACED) + b"\r\n", b"  \t\r\n", b"", line(PAID) + b"\n"]

    found = [(line, said.kind) for line, said in read_statements(lines)]
    assert found == [(2, "order.placed"), (5, "order.paid")]


BAD_LINES = {
    "no JSON": b"order.paid no-1",
    "half a line": line(PAID)[:-9],
    "two statements": line(PAID) + line(PAID),
    "a list": b"[" + line(PAID) + b"]",
    "a number": b"7",
    "null": b"null",
    "an unknown field": line(PAID, colour="red"),
    "no kind": b'{"by":"kamao","order":"no-1"}',
    "no speaker": b'{"kind":"order.paid","order":"no-1"}',
    "no order": b'{"by":"kamao","kind":"order.paid"}',
    "an order without a name": line(PAID, order=""),
    "an order that is a number": line(PAID, order=1),
    "an order with too long a name": line(PAID, order="x" * 201),
    "a speaker with a name of no party": line(PAID, by="Kamao GmbH"),
    "a basis of no kind": line(PAID, basis="rumour"),
    "an id that is empty": line(PAID, id=""),
    "an id too long": line(PAID, id="x" * 201),
    "a time in words": line(PAID, at="2025-06-15T12:00:00Z"),
    "a time with a fraction": line(PAID, at=1.5),
    "a time that is a whole float": b'{"at":1.0,"by":"kamao","kind":"order.paid","order":"no-1"}',
    "a time out of range": line(PAID, at=2**53),
    "true for a time": line(PAID, at=True),
    "data that is a list": line(PAID, data=[1]),
    "a float in the data": line(PAID, data={"amount": 99.9}),
    "a whole float in the data": b'{"by":"kamao","data":{"amount":1.0},"kind":"order.paid","order":"no-1"}',
    "an object in the data": line(PAID, data={"amount": {"minor": 1}}),
    "a list of numbers in the data": line(PAID, data={"amount": [1]}),
    "a number too large to hold": b'{"by":"kamao","data":{"amount":' + b"9" * 5000 + b"}}",
    "broken UTF-8": line(PAID).replace(b"no-1", b"no-\xff"),
    "half of a pair": line(PAID).replace(b"no-1", b"no-\\ud800"),
    "a byte order mark": b"\xef\xbb\xbf" + line(PAID),
    "a zero byte": line(PAID) + b"\0",
    "a name twice": b'{"by":"kamao","kind":"order.paid","kind":"order.expired","order":"no-1"}',
    "a name twice in the data": line(PAID).replace(b'"amount"', b'"amount": 1, "amount"'),
    "deep nesting": b'{"data":{"amount":' + b"[" * 100_000,
    "another deep nesting": b"[" * 100_000,
    "a line too long": line(PAID, order="x" * LARGEST_LINE),
}


@pytest.mark.parametrize("bad", BAD_LINES)
def test_a_bad_line_is_named_by_its_number_and_nothing_is_recorded(book, bad):
    lines = [line(PLACED), b"", BAD_LINES[bad]]

    with pytest.raises(MalformedEntry) as caught:
        record(book, *lines)

    assert caught.value.evidence["line"] == 3
    assert size(book) == 0
    assert book.vault.by_alias(["no-1"]) == {}


def test_a_line_may_be_one_mebibyte():
    padded = line(PAID).ljust(LARGEST_LINE)

    assert len(read_statements([padded])) == 1
    with pytest.raises(MalformedEntry):
        read_statements([padded + b" "])


# claims -----------------------------------------------------------------------------------------------
WRONG = {
    "an unknown kind": (line(PAID, kind="order.payed"), UnknownKind),
    "an epoch": (line(PAID, kind="log.epoch", data={"covers": 1, "previous": None}), MalformedEntry),
    "an observed epoch": (
        line(PAID, kind="log.epoch", data={"covers": 1, "previous": None}, basis="observed"),
        MalformedEntry,
    ),
    "an unknown field": (line(PAID, data={"amounts": 1}), MalformedEntry),
    "a missing field": (line(PAID, kind="order.noted", data={}), MalformedEntry),
    "a field out of range": (line(PAID, data={"amount": -1}), MalformedEntry),
    "true for a number": (line(PAID, data={"amount": True}), MalformedEntry),
    "empty private words": (line(PAID, data={"payment": ""}), MalformedEntry),
    "a number for private words": (line(PAID, data={"payment": 7}), MalformedEntry),
    "an erasure": (line(PAID, kind="order.erased", data={"reason": "mistake"}), MalformedEntry),
    "an observed erasure": (
        line(PAID, kind="order.erased", data={"reason": "mistake"}, basis="observed"),
        MalformedEntry,
    ),
    "a control character": (line(PAID, kind="order.noted", data={"label": "sent\x1b[2K"}), MalformedEntry),
    "text that runs backwards": (
        line(PAID, kind="order.noted", data={"label": "\u202edaip"}),
        MalformedEntry,
    ),
    "private text that runs backwards": (line(PAID, data={"payment": "\u2066wx-1"}), MalformedEntry),
    "an order that nobody placed": (line(PAID, order="no-2"), NotFound),
    "an observed order that nobody placed": (line(PAID, order="no-2", basis="observed"), NotFound),
    "a payment twice": (line(PAID), IllegalTransition),
    "an order placed twice": (line(PLACED), IllegalTransition),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_statement_is_named_by_its_line_and_nothing_is_recorded(book, wrong):
    said, error = WRONG[wrong]

    with pytest.raises(error) as caught:
        record(book, b"", line(PLACED), b"  ", line(PAID), said)

    assert caught.value.evidence["line"] == 5
    assert "statement" not in caught.value.evidence
    assert size(book) == 0
    assert book.vault.by_alias(["no-1"]) == {}


def test_statements_about_a_new_order_go_to_one_stream_and_open_it_once(book):
    batch = claims_of(read_statements([line(PLACED), line(PAID)]), book.vault)

    assert len(batch.new) == 1
    assert {claim.stream for claim in batch.claims} == {batch.new[0].stream}


def test_an_order_is_found_again_by_its_name_its_stream_and_its_handle(book):
    (stream,) = record(book, line(PLACED))
    handle = book.vault.find("no-1").handle
    names = ("no-1", stream, handle)

    batch = claims_of(read_statements([line(PAID, order=name) for name in names]), book.vault)

    assert [claim.stream for claim in batch.claims] == [stream] * 3
    assert batch.new == []


def test_private_words_leave_the_event_for_the_vault(book):
    record(book, line(PLACED, data=TERMS | {"recipient": "player-7"}))

    (stored,) = book.store.rows_of([book.vault.find("no-1").stream])
    assert b"player-7" not in stored.entry
    assert [words.words for words in book.vault.words_of([stored.stream])[stored.stream]] == ["player-7"]


def test_lists_of_texts_reach_the_event(book):
    located = {
        "cause": "queue",
        "entries": ["ab" * 32],
        "holder": "brand",
        "nudge": "n",
        "stage": "activation",
    }
    said = line(PAID, kind="care.located", data=located, basis="observed")

    batch = claims_of(read_statements([line(PLACED), said]), book.vault)

    assert batch.claims[1].event == e.Located(**located | {"entries": ("ab" * 32,)})


def test_a_line_with_an_id_may_be_sent_again(book):
    lines = [line(PLACED, id="a"), line(PAID, id="b")]

    assert record(book, *lines) == record(book, *lines)
    assert size(book) == 2


def test_an_id_belongs_to_its_speaker(book):
    observed = {"basis": "observed", "id": "a"}
    record(book, line(PLACED), line(PAID, observed), line(PAID, observed, by="brand"))

    assert size(book) == 3


def test_an_id_that_stands_for_another_fact_is_refused(book):
    record(book, line(PLACED, id="a"))

    with pytest.raises(KeyReused) as caught:
        record(book, line(PAID, id="b"), line(PAID, id="a"))

    assert caught.value.evidence["line"] == 2
    assert size(book) == 1


def test_a_statement_without_a_time_happens_as_it_is_recorded(book):
    record(book, line(PLACED))
    order = book.order(book.vault.find("no-1").stream)

    assert (order.placed.at, order.placed.known) == (NOON, NOON)


def test_nobody_speaks_in_the_ledgers_name(book):
    told = read_statements([b'{"by": "ledger", "kind": "order.expired", "order": "my-7"}'])

    with pytest.raises(MalformedEntry):
        claims_of(told, book.vault)

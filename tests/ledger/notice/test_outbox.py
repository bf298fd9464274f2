"""What is still to be told: on SQLite and on PostgreSQL, wherever a process dies."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from mingdan.ledger.errors import NotFound
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.notice.address_book import AddressBook
from mingdan.ledger.notice.endpoint import draw_endpoint
from mingdan.ledger.notice.outbox import Outbox, Pending

from .receiver import NOON

SHOP = draw_endpoint("https://shop.example/hook", "shop", ["order"], now=NOON, reached=7)
EAST = draw_endpoint("https://east.example/hook", "east", [], now=NOON + 1, reached=7)


class Killed(BaseException):
    pass


@pytest.fixture
def vault(database_url):
    vault = Vault(open_engine(database_url, "mingdan_vault"))
    vault.create()
    for each in (SHOP, EAST):
        AddressBook(vault).add(each)
    yield vault
    vault.close()


def test_what_was_added_is_found_as_it_was_and_is_gone_once_removed(vault):
    book = AddressBook(vault)
    Outbox(vault).put({SHOP: [8]}, 9, NOON)

    assert book.find(EAST.id) == EAST
    assert [each.id for each in book.all()] == [SHOP.id, EAST.id]
    assert book.remove(SHOP.id).party == "shop"
    assert Outbox(vault).waiting() == {}
    with pytest.raises(NotFound):
        book.find(SHOP.id)


def test_what_is_put_in_twice_lies_there_once(vault):
    outbox = Outbox(vault)

    outbox.put({SHOP: [8, 9], EAST: []}, 9, NOON)
    outbox.put({SHOP: [8, 9], EAST: []}, 9, NOON)  # by a process that read the same log at the same time

    assert outbox.waiting() == {SHOP.id: 2}
    assert {each.reached for each in AddressBook(vault).all()} == {9}


def test_a_process_that_dies_in_the_midst_has_put_nothing_in(vault):
    def die(_connection, _cursor, statement, *_):
        if statement.startswith("INSERT INTO outbox"):
            raise Killed

    event.listen(vault.engine, "after_cursor_execute", die)
    with pytest.raises(Killed):
        Outbox(vault).put({SHOP: [8, 9]}, 9, NOON)
    event.remove(vault.engine, "after_cursor_execute", die)

    assert Outbox(vault).waiting() == {}
    assert AddressBook(vault).find(SHOP.id).reached == 7


def test_what_failed_is_due_later_and_what_was_taken_is_gone(vault):
    outbox = Outbox(vault)
    outbox.put({SHOP: [9, 8]}, 9, NOON)
    first, second = outbox.due(SHOP, NOON, 10)

    outbox.refused(first, "status 500", NOON + 5_000, NOON)
    outbox.refused(first, "status 500", NOON + 9_000, NOON)  # by another that tried the same
    outbox.taken(second)

    assert (first.position, second.position) == (8, 9)
    assert outbox.due(SHOP, NOON, 10) == []
    assert outbox.due(SHOP, NOON + 5_000, 10) == [Pending(SHOP.id, 8, 1, NOON + 5_000, "status 500")]


def test_an_endpoint_fails_since_the_first_failure_until_something_gets_through(vault):
    book, outbox = AddressBook(vault), Outbox(vault)
    outbox.put({SHOP: [8, 9]}, 9, NOON)
    first, second = outbox.due(SHOP, NOON, 10)

    outbox.refused(first, "status 500", NOON, NOON)
    outbox.refused(second, "status 500", NOON, NOON + 1)
    assert book.find(SHOP.id).failing == NOON
    outbox.taken(second._replace(attempts=1))
    assert book.find(SHOP.id).failing is None


def test_a_stopped_endpoint_keeps_what_it_was_to_be_told_and_goes_on_where_it_stopped(vault):
    book, outbox = AddressBook(vault), Outbox(vault)
    outbox.put({SHOP: [8]}, 9, NOON)
    outbox.refused(outbox.due(SHOP, NOON, 1)[0], "status 410", NOON, NOON)

    book.stop(SHOP.id, "gone", NOON)
    book.stop(SHOP.id, "unanswered", NOON + 1)

    stopped = book.find(SHOP.id)
    assert (stopped.stopped, stopped.reason) == (NOON, "gone")
    assert [each.id for each in book.live()] == [EAST.id]
    book.resume(SHOP.id, NOON + 9)
    assert outbox.due(book.live()[0], NOON + 9, 1)[0].attempts == 0


def test_how_far_all_were_told_is_before_the_first_that_waits(vault):
    outbox = Outbox(vault)
    outbox.put({SHOP: [8, 9], EAST: []}, 9, NOON)

    assert outbox.reached() == 7
    for each in outbox.due(SHOP, NOON, 10):
        outbox.taken(each)
    assert outbox.reached() == 9
    for each in (SHOP, EAST):
        AddressBook(vault).stop(each.id, "gone", NOON)
    assert outbox.reached() is None

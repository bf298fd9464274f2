from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, make_url, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.keeping import database
from mingdan.ledger.keeping.database import create, open_engine, reading
from mingdan.ledger.keeping.driver import Driver, named
from mingdan.ledger.keeping.store import Taken, converted

SCHEMA = "mingdan_test"
metadata = MetaData()
cards = Table(
    "cards", metadata, Column("card", Integer, primary_key=True), Column("pin", Integer, unique=True)
)
KEEP = insert(cards)
LOCK = "SELECT pg_advisory_xact_lock(7)"


@pytest.fixture
def driver(database_url):
    engine = open_engine(database_url, SCHEMA)
    create(engine, metadata, SCHEMA)
    made = Driver(engine, LOCK)
    yield made
    made.close()
    engine.dispose()


def keep(driver, *rows, then=lambda _cursor: None, pipelined=False):
    with driver.transaction(pipelined=pipelined) as cursor:
        cursor.executemany(driver.text(KEEP), rows)
        then(cursor)


def kept(driver):
    with reading(driver.engine).begin() as db:
        return [tuple(row) for row in db.execute(select(cards).order_by(cards.c.card))]


def test_rows_are_written_in_the_order_of_their_columns(driver):
    keep(driver, (1, 11), (2, 22))

    assert kept(driver) == [(1, 11), (2, 22)]


@pytest.mark.parametrize("pipelined", [False, True])
def test_an_error_of_the_driver_comes_out_as_any_other_and_undoes_the_transaction(driver, pipelined):
    with pytest.raises(IntegrityError):
        keep(driver, (1, 11), (2, 11), pipelined=pipelined)
    with pytest.raises(Taken), converted("nothing was kept"):
        keep(driver, (1, 11), (2, 11), pipelined=pipelined)

    assert kept(driver) == []


def test_what_others_commit_is_a_change_and_what_is_read_or_undone_is_none(driver):
    other = Driver(driver.engine, LOCK)
    before = driver.changes()
    kept(driver)
    with pytest.raises(KeyError):
        keep(other, (1, 11), then=lambda _cursor: {}["undone"])
    same = driver.changes()
    keep(other, (2, 22))
    other.close()

    if driver.engine.dialect.name == "sqlite":
        assert before == same != driver.changes()
    else:
        assert before is same is driver.changes() is None


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, SystemExit])
def test_any_other_error_undoes_the_transaction_and_passes_through(driver, error):
    def interrupt(_cursor):
        raise error

    with pytest.raises(error):
        keep(driver, (1, 11), then=interrupt)
    keep(driver, (2, 22))

    assert kept(driver) == [(2, 22)]


@pytest.mark.parametrize("pipelined", [False, True])
def test_writers_take_turns(driver, pipelined):
    def add(number):
        with driver.transaction(pipelined=pipelined) as cursor:
            (before,) = cursor.execute("SELECT count(*) FROM cards").fetchone()
            cursor.executemany(driver.text(KEEP), [(before, number)])

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(add, range(36)))

    assert [card for card, _ in kept(driver)] == [*range(36)]


def test_a_connection_that_was_read_from_is_written_to_as_any_other(driver):
    for number in range(3):
        assert len(kept(driver)) == number
        keep(driver, (number, number))
    if driver.engine.dialect.name == "postgresql":
        with driver.transaction() as cursor:
            assert cursor.execute("SHOW transaction_isolation").fetchone() == ("read committed",)


def test_each_of_several_names_is_asked_for_once(driver):
    keep(driver, (1, 11), (2, 22), (3, 33))
    asked = select(cards).where(named(driver.engine, cards.c.card))
    with driver.transaction() as cursor:
        assert sorted(driver.each(cursor, asked, [3, 1, 3, 9])) == [(1, 11), (3, 33)]
        assert driver.each(cursor, asked, []) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_is_lost_is_not_used_again(driver, database_url):
    plain = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)

    def lose(cursor):
        (number,) = cursor.execute("SELECT pg_backend_pid()").fetchone()
        with psycopg.connect(plain) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [number])

    with pytest.raises(Unavailable) as gone, converted("nothing was kept"):
        keep(driver, (1, 11), then=lose)
    keep(driver, (2, 22))

    assert "went away" in gone.value.message
    assert isinstance(gone.value.__cause__, DBAPIError)
    assert kept(driver) == [(2, 22)]


def pooled(driver):
    """Leaves two connections in the pool."""
    with driver.reading() as one, reading(driver.engine).begin() as other:
        one.execute("SELECT 1")
        other.execute(select(1))


def end_all(database_url):
    """How many connections a database had, which are ended."""
    plain = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as admin:
        return admin.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()[0]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_connections_that_ended_while_nobody_used_them_are_made_anew_unnoticed(driver, database_url):
    keep(driver, (1, 11))
    pooled(driver)

    assert end_all(database_url) == 3
    keep(driver, (2, 22))
    pooled(driver)
    assert kept(driver) == [(1, 11), (2, 22)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_where_one_is_lost_the_others_that_ended_without_a_word_go_with_it(driver, database_url, monkeypatch):
    monkeypatch.setattr(database, "is_lost", lambda *_: False)  # as where a whole machine went
    pooled(driver)
    end_all(database_url)
    with pytest.raises(OperationalError), driver.reading() as cursor:
        cursor.execute("SELECT 1")

    pooled(driver)


@pytest.mark.parametrize(
    "url",
    ["sqlite:////no/such/folder/x.db", "postgresql+psycopg://x@127.0.0.1:1/x"],
    ids=["sqlite", "postgresql"],
)
def test_that_there_is_no_connection_to_be_had_comes_out_as_any_other_error(url):
    driver = Driver(open_engine(url, SCHEMA), LOCK)

    for use in (driver.transaction, driver.reading):
        with pytest.raises(OperationalError), use():
            pass
        with pytest.raises(Unavailable), converted("nothing was kept"), use():
            pass

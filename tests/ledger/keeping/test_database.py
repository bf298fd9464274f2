import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from mingdan.ledger.errors import StoreConflict, Unavailable, WrongWorkspace
from mingdan.ledger.keeping.database import create, open_engine, reading, unavailable
from mingdan.ledger.keeping.store import converted

SCHEMA = "mingdan_test"
metadata = MetaData()
cards = Table(
    "cards", metadata, Column("card", Integer, primary_key=True), Column("pin", Integer, unique=True)
)


@pytest.fixture
def engine(database_url):
    opened = open_engine(database_url, SCHEMA)
    create(opened, metadata, SCHEMA)
    yield opened
    opened.dispose()


@pytest.fixture
def other(database_url, engine):  # noqa: ARG001  # made first
    opened = open_engine(database_url, SCHEMA)
    yield opened
    opened.dispose()


def numbers(db):
    return db.scalars(select(cards.c.card).order_by(cards.c.card)).all()


def plain(url):
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def asked(engine, *settings):
    ask = "PRAGMA" if engine.dialect.name == "sqlite" else "SHOW"
    with engine.connect() as db:
        return [db.exec_driver_sql(f"{ask} {setting}").scalar() for setting in settings]


# a server that says nothing any more -----------------------------------------------------------------------
def test_neither_side_waits_for_ever_for_the_other(postgres_url):
    opened = open_engine(f"{postgres_url}?connect_timeout=3", SCHEMA)
    with opened.connect() as db:
        told = db.connection.dbapi_connection.info.get_parameters()
    by_server = asked(opened, "tcp_keepalives_idle", "tcp_user_timeout")
    opened.dispose()

    assert (told["connect_timeout"], told["keepalives_idle"], told["tcp_user_timeout"]) == (
        "3",
        "10",
        "20000",
    )
    assert by_server == ["10", "20000"]


# what a commit means ------------------------------------------------------------------------------------
SYNCED = {
    "sqlite": (["journal_mode", "synchronous"], ["wal", 2]),
    "postgresql": (["synchronous_commit"], ["on"]),
}
FAST = {
    "sqlite": (["journal_mode", "synchronous"], ["wal", 1]),
    "postgresql": (["synchronous_commit"], ["off"]),
}


def test_every_commit_of_a_durable_store_is_synced_to_the_disk(engine):
    settings, expected = SYNCED[engine.dialect.name]
    with ThreadPoolExecutor(4) as pool:  # each connection of the pool, not the first alone
        found = [each.result() for each in [pool.submit(asked, engine, *settings) for _ in range(8)]]

    assert found == [expected] * 8


def test_a_store_that_can_be_made_again_does_not_wait_for_the_disk(database_url):
    engine = open_engine(database_url, SCHEMA, durable=False)
    settings, expected = FAST[engine.dialect.name]
    found = asked(engine, *settings)
    engine.dispose()

    assert found == expected


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_deleted_from_sqlite_is_overwritten(engine):
    assert asked(engine, "secure_delete") == [1]


def test_no_writer_waits_for_ever(engine):
    waits = {"sqlite": ("busy_timeout", 30_000), "postgresql": ("lock_timeout", "30s")}
    setting, expected = waits[engine.dialect.name]

    assert asked(engine, setting) == [expected]


# transactions -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writer_holds_the_lock_from_its_first_line(engine, other):
    with engine.begin(), other.connect() as db:
        db.connection.cursor().execute("PRAGMA busy_timeout = 0")
        with pytest.raises(OperationalError, match="locked"):
            db.execute(select(cards))


def test_a_reader_waits_for_no_writer_and_sees_nothing_half_done(engine, other):
    with engine.begin() as writer, reading(other).begin() as reader:
        writer.execute(insert(cards).values(card=1))

        assert numbers(reader) == []
    with reading(other).begin() as reader:
        assert numbers(reader) == [1]


def test_a_reader_sees_one_moment_for_the_length_of_its_transaction(engine, other):
    with reading(other).begin() as reader:
        first = numbers(reader)
        with engine.begin() as writer:
            writer.execute(insert(cards).values(card=1))

        assert (first, numbers(reader)) == ([], [])


def test_reading_does_not_change_how_the_same_connections_write(engine):
    with reading(engine).begin() as reader:
        numbers(reader)
    with engine.begin() as writer:
        if engine.dialect.name == "postgresql":
            assert writer.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
        writer.execute(insert(cards).values(card=1))
    with reading(engine).begin() as reader:
        assert numbers(reader) == [1]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_waited_for_the_lock_sees_what_its_last_holder_wrote_however_the_server_is_set(
    engine, database_url
):
    with closing(psycopg.connect(plain(database_url), autocommit=True)) as admin:
        admin.execute("ALTER DATABASE keeping SET default_transaction_isolation = 'serializable'")
        engine.dispose()
        try:
            with engine.begin() as db:
                found = db.exec_driver_sql("SHOW transaction_isolation").scalar()
        finally:
            admin.execute("ALTER DATABASE keeping RESET default_transaction_isolation")

    assert found == "read committed"


def test_more_threads_than_connections_take_turns(engine):
    def add(number):
        with engine.begin() as db:
            db.execute(insert(cards).values(card=number))

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(add, range(40)))
    with reading(engine).begin() as db:
        assert numbers(db) == [*range(40)]


def test_creating_again_changes_nothing(engine):
    with engine.begin() as db:
        db.execute(insert(cards).values(card=1))
    create(engine, metadata, SCHEMA)
    with reading(engine).begin() as db:
        assert numbers(db) == [1]


# errors -------------------------------------------------------------------------------------------------
MESSAGES = {
    "attempt to write a readonly database": (Unavailable, "may be read-only: make it writable"),
    "cannot execute INSERT in a read-only transaction": (Unavailable, "may be read-only: make it writable"),
    "could not open file: Read-only file system": (Unavailable, "may be read-only: make it writable"),
    "database or disk is full": (Unavailable, "space"),
    'could not extend file "base/1/2": No space left on device': (Unavailable, "space"),
    "disk I/O error": (Unavailable, "space is left"),
    "unable to open database file": (Unavailable, "its disk or folder may be read-only or full"),
    "database is locked": (StoreConflict, "another writer"),
    "canceling statement due to lock timeout": (StoreConflict, "another writer"),
    "database disk image is malformed": (Unavailable, "backup"),
    "file is not a database": (Unavailable, "backup"),
    "no such table: entries": (WrongWorkspace, "backup"),
    'relation "entries" does not exist': (WrongWorkspace, "restore"),
    'database "mingdan" does not exist': (WrongWorkspace, "mingdan.toml"),
    "connection failed: Connection refused": (Unavailable, "start the database"),
    "something nobody has met before": (Unavailable, "log"),
}


@pytest.mark.parametrize(("message", "expected"), MESSAGES.items(), ids=MESSAGES)
def test_an_error_of_a_database_says_what_was_not_done_why_and_what_to_do_next(message, expected):
    kind, step = expected
    ours = unavailable(OperationalError("INSERT", {}, sqlite3.OperationalError(message)), "nothing was kept")

    assert type(ours) is kind
    assert ours.exit_code == 3
    assert str(ours) == f"nothing was kept: {message}"
    assert step in ours.next_step


def fill(engine, cards_at_once):
    with converted("nothing was kept"), engine.begin() as db:
        db.exec_driver_sql("PRAGMA max_page_count = 1")
        db.execute(insert(cards), [{"card": card} for card in range(cards_at_once)])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_may_not_grow_is_full_and_keeps_what_it_had(engine):
    with pytest.raises(Unavailable) as full:
        fill(engine, 10_000)

    assert "free some space" in full.value.next_step
    with reading(engine).begin() as db:
        assert numbers(db) == []


def test_an_error_keeps_the_databases_detail_to_itself():
    quoting = "duplicate key value violates unique constraint\nDETAIL:  Key (alias)=(bao@example.org) exists."

    assert "bao" not in str(unavailable(sqlite3.Error(quoting), "nothing was kept"))


def test_an_error_hides_the_words_that_were_to_be_written(engine):
    with pytest.raises(DBAPIError) as refused, engine.begin() as db:
        db.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": "CARD-1-KEY"})

    assert "CARD-1-KEY" not in str(refused.value)


def test_an_error_that_is_not_the_databases_passes_through(engine):
    with pytest.raises(KeyError), converted("x"), engine.begin():
        raise KeyError


def test_an_error_keeps_its_cause(engine):
    with pytest.raises(WrongWorkspace) as refused, converted("x"), engine.begin() as db:
        db.execute(text("SELECT * FROM nowhere"))

    assert isinstance(refused.value.__cause__, DBAPIError)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_connection_that_is_closed_leaves_no_write_ahead_log(engine, tmp_path):
    with engine.begin() as db:
        db.execute(insert(cards).values(card=1))
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as db:
        found = db.execute("SELECT card FROM cards").fetchall()

    assert found == [(1,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger.db"]

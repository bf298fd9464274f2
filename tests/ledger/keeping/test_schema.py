import sqlite3
from contextlib import closing, suppress

import psycopg
import pytest
from sqlalchemy import insert, make_url

from mingdan.ledger.keeping.schema import checkpoints

from .scribe import history, record_history

APPEND_ONLY = ("entries", "checkpoints", "ledger_version")
TAMPERING = {
    "an entry altered": "UPDATE entries SET entry = leaf WHERE position = 2",
    "every entry altered": "UPDATE entries SET kind = 'order.noted'",
    "an entry deleted": "DELETE FROM entries WHERE position = 2",
    "the newest entry deleted": "DELETE FROM entries WHERE position = (SELECT max(position) FROM entries)",
    "all deleted": "DELETE FROM entries",
    "an entry moved": "UPDATE entries SET position = 99 WHERE position = 2",
    "an entry upserted": "INSERT INTO entries SELECT * FROM entries WHERE position = 2"
    " ON CONFLICT (position) DO UPDATE SET kind = 'order.noted'",
    "a key forgotten": "UPDATE entries SET key = NULL WHERE position = 2",
    "a checkpoint altered": "UPDATE checkpoints SET note = 'forged'",
    "a checkpoint deleted": "DELETE FROM checkpoints",
    "a checkpoint upserted": "INSERT INTO checkpoints VALUES (2, 0, 'forged')"
    " ON CONFLICT (size) DO UPDATE SET note = 'forged'",
    "the version altered": "UPDATE ledger_version SET version = 99",
    "the version deleted": "DELETE FROM ledger_version",
}
SQLITE_ONLY = {
    "an entry replaced": "REPLACE INTO entries SELECT * FROM entries WHERE position = 2",
    "an entry replaced by its place in the stream": "INSERT OR REPLACE INTO entries"
    " SELECT 99, stream, seq, kind, entry, leaf, NULL FROM entries WHERE position = 2",
    "an entry replaced by its key": "INSERT OR REPLACE INTO entries"
    " SELECT 99, 'order/other', 1, kind, entry, leaf, key FROM entries WHERE position = 2",
    "an entry replaced by an update": "UPDATE OR REPLACE entries SET position = 1 WHERE position = 2",
    "a checkpoint replaced": "REPLACE INTO checkpoints VALUES (2, 0, 'forged')",
    "a checkpoint replaced by its predecessor": "REPLACE INTO checkpoints VALUES (5, 0, 'forged')",
    "the version replaced": "REPLACE INTO ledger_version SELECT version FROM ledger_version",
    "the version replaced by an update": "UPDATE OR REPLACE ledger_version SET version = 99",
}
POSTGRES_ONLY = {
    "entries truncated": "TRUNCATE entries",
    "checkpoints truncated": "TRUNCATE checkpoints",
    "the version truncated": "TRUNCATE ledger_version",
    "both truncated": "TRUNCATE entries, checkpoints CASCADE",
    "an entry merged": "MERGE INTO entries USING (SELECT 2 AS p) AS o ON position = p"
    " WHEN MATCHED THEN DELETE",
}


@pytest.fixture
def written(stores):
    """A ledger with entries and a checkpoint."""
    record_history(stores, history())
    with stores.store.engine.begin() as db:
        db.execute(insert(checkpoints).values(size=2, previous=0, note=b"first"))
    return stores


def held(stores):
    with stores.store.reader.begin() as db:
        return [db.exec_driver_sql(f"SELECT * FROM {name}").all() for name in APPEND_ONLY]


def told_by_anyone(url, sql):
    """What another program says to the database, through no code and no settings of ours."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(parsed.database)) as db, db:
            db.execute(sql)
    else:
        plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, options="-csearch_path=mingdan_ledger") as db:
            db.execute(sql)


@pytest.mark.parametrize("sql", TAMPERING.values(), ids=TAMPERING)
def test_the_database_refuses_to_change_what_was_recorded(written, database_url, sql):
    before = held(written)

    with pytest.raises((sqlite3.IntegrityError, psycopg.Error), match="append-only"):
        told_by_anyone(database_url, sql)

    assert held(written) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sql", SQLITE_ONLY.values(), ids=SQLITE_ONLY)
def test_sqlite_refuses_to_replace_what_was_recorded(written, database_url, sql):
    before = held(written)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        told_by_anyone(database_url, sql)

    assert held(written) == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("sql", POSTGRES_ONLY.values(), ids=POSTGRES_ONLY)
def test_postgresql_refuses_to_empty_what_was_recorded(written, database_url, sql):
    before = held(written)

    with pytest.raises(psycopg.Error, match="append-only"):
        told_by_anyone(database_url, sql)

    assert held(written) == before


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_ledger_from_before_a_trigger_gets_it_when_it_is_made_again(written, database_url, table):
    on_sqlite = database_url.startswith("sqlite")
    lost = f"{table}_DELETE_refused" if on_sqlite else f"{table}_refused ON {table}"
    told_by_anyone(database_url, f"DROP TRIGGER {lost}")
    before = held(written)
    written.store.create()

    with pytest.raises((sqlite3.IntegrityError, psycopg.Error), match="append-only"):
        told_by_anyone(database_url, f"DELETE FROM {table}")
    assert held(written) == before


def test_skipping_what_is_taken_changes_nothing(written, database_url):
    before = held(written)
    with suppress(sqlite3.IntegrityError):  # PostgreSQL skips it, SQLite says that the place is taken
        told_by_anyone(
            database_url,
            "INSERT INTO entries SELECT * FROM entries WHERE position = 2 ON CONFLICT DO NOTHING",
        )

    assert held(written) == before


@pytest.mark.parametrize(
    "checkpoint", ["(2, 2, 'x')", "(1, 2, 'x')", "(3, -1, 'x')"], ids=["level", "shrinking", "before all"]
)
def test_the_database_refuses_a_checkpoint_that_does_not_grow(written, database_url, checkpoint):
    before = held(written)

    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        told_by_anyone(database_url, f"INSERT INTO checkpoints VALUES {checkpoint}")

    assert held(written) == before


def test_the_database_refuses_a_position_before_the_first(written, database_url):
    before = held(written)

    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        told_by_anyone(
            database_url, "INSERT INTO entries SELECT 0, 'order/x', 1, kind, entry, leaf, NULL FROM entries"
        )

    assert held(written) == before

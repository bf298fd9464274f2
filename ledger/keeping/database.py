"""One database for each kind of trust: SQLite files beside each other, or schemas of one PostgreSQL.

Every writer begins with the write lock, so that nothing is decided on what another is about to change.
"""

from __future__ import annotations

import select
import sqlite3
from typing import Any, Literal, cast

from sqlalchemy import ClauseElement, Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mingdan.ledger.errors import MingdanError, StoreConflict, Unavailable, WrongWorkspace

_KEPT = 16  # connections: more than a server has threads that read, or they are opened again and again
_LOCK_WAIT = 30_000  # ms a writer waits for another
_LINE = {  # when a PostgreSQL is given up that says nothing any more (libpq); a URL may say else
    "connect_timeout": 10,  # seconds
    "keepalives": 1,
    "keepalives_idle": 10,  # seconds
    "keepalives_interval": 5,  # seconds
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms
}
_OURS = (  # the same of us, by the server: else whoever is cut off holds the write lock for hours
    "-ctcp_keepalives_idle=10 -ctcp_keepalives_interval=5 -ctcp_keepalives_count=3 -ctcp_user_timeout=20000"
)


def open_engine(url: str, schema: str, *, durable: bool = True, one_file: bool = False) -> Engine:
    """An engine whose transactions take the write lock at BEGIN (SQLite) and see one schema (PostgreSQL).

    What is not `durable` may lose its last transactions in a power cut, never its consistency. Errors hide
    their parameters: these are private words. `one_file` keeps nothing committed beside an SQLite file.
    No statement has a time limit: rebuilding and publishing read for long. Who serves waits no longer than
    somebody asks, see `intake.clerk`.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        waiting = {"timeout": _LOCK_WAIT / 1000}
        engine = create_engine(parsed, connect_args=waiting, hide_parameters=True, pool_size=_KEPT)
        connect = _sqlite_durable if durable else _sqlite_fast
        event.listen(engine, "connect", _sqlite_alone if one_file else connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    synced = "on" if durable else "off"
    options = f"-csearch_path={schema} -csynchronous_commit={synced} -clock_timeout={_LOCK_WAIT} {_OURS}"
    line: dict[str, Any] = {name: value for name, value in _LINE.items() if name not in parsed.query}
    engine = create_engine(
        parsed,
        connect_args=line | {"options": options},
        isolation_level="READ COMMITTED",  # who waited for the write lock must see what its last holder wrote
        hide_parameters=True,
        pool_size=_KEPT,
    )

    def renewed(connection: Any, _record: object, _held: object) -> None:
        if is_lost(engine, connection):
            raise InvalidatePoolError  # the others are as old: all of them are made anew

    event.listen(engine, "checkout", renewed)
    return engine


def is_lost(engine: Engine, connection: Any) -> bool:
    """Whether PostgreSQL ended a connection while nobody used it: asked only of one that has news of itself.

    An idle server is silent, so that looking costs microseconds; a farewell waits to be read, or the end.
    """
    try:
        waiting = select.poll()
        waiting.register(connection.fileno(), select.POLLIN)
        return bool(waiting.poll(0)) and not engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return True


def reading(engine: Engine) -> Engine:
    """The same database for readers: no write lock, a snapshot for the length of a transaction."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(reader=True)
    return engine.execution_options(reader=True, isolation_level="REPEATABLE READ")


def create(engine: Engine, metadata: MetaData, schema: str) -> None:
    """Creates schema and tables where they are missing; where they are, no right to make any is needed."""
    with engine.begin() as db:
        if engine.dialect.name == "postgresql" and not inspect(db).has_schema(schema):
            db.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))  # a constant of this package
        metadata.create_all(db)


def forget(engine: Engine) -> None:
    """Overwrites what was deleted: SQLite keeps it in its write-ahead log until that is folded in.

    PostgreSQL does so in its own time; its write-ahead log and all backups are the operator's to keep short.
    Raises StoreConflict while a reader still needs the old log.
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()  # no transaction: inside one SQLite folds nothing
    try:
        busy = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.close()
    if busy:
        raise StoreConflict(
            "it is deleted, but a reader still holds the old pages",
            next_step="end that reader, then run the command again with the order's stream or handle",
        )


def unavailable(error: SQLAlchemyError | sqlite3.Error, what: str) -> MingdanError:
    """Our error for a database's: what could not be done, and what the operator does next."""
    reason = str(getattr(error, "orig", None) or error).partition("\n")[0]  # PostgreSQL's DETAIL quotes rows
    if getattr(error, "connection_invalidated", False):
        return Unavailable(
            f"the database went away before it answered: {reason}",
            next_step="what carries an id may simply be sent again; of anything else see first what is there",
        )
    low = reason.lower()
    for sign, kind, step in _SIGNS:
        if sign in low:
            return kind(f"{what}: {reason}", next_step=step)
    return Unavailable(f"{what}: {reason}", next_step="see the database's own log; nothing was changed")


def statement(engine: Engine, clause: ClauseElement) -> str:
    """The driver's own text of a Core statement, made once for the paths where microseconds count.

    Parameters are positional, in the statement's own order, so that rows are handed over as they are.
    """
    style: Literal["qmark", "format"] = "qmark" if engine.dialect.name == "sqlite" else "format"
    dialect = cast("type[DefaultDialect]", type(engine.dialect))
    return str(clause.compile(dialect=dialect(paramstyle=style)))


def _sqlite_durable(connection: sqlite3.Connection, _record: object) -> None:
    _sqlite_connect(connection, "WAL", "FULL")


def _sqlite_fast(connection: sqlite3.Connection, _record: object) -> None:
    _sqlite_connect(connection, "WAL", "NORMAL")


def _sqlite_alone(connection: sqlite3.Connection, _record: object) -> None:
    _sqlite_connect(connection, "DELETE", "EXTRA")  # the rollback journal's end is synced too


def _sqlite_connect(connection: sqlite3.Connection, journal: str, synchronous: str) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _sqlite_begin
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA journal_mode={journal}")
    cursor.execute(f"PRAGMA synchronous={synchronous}")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten
    cursor.close()


def _sqlite_begin(db: Connection) -> None:
    db.exec_driver_sql("BEGIN" if db.get_execution_options().get("reader") else "BEGIN IMMEDIATE")


_READ_ONLY = (
    "the disk, folder or database may be read-only: make it writable, or use a copy; nothing was changed"
)
_FULL = "free some space and run the command again; nothing was changed"
_FULL_OR_ILL = (
    "see whether space is left, then check the disk; what was acknowledged is safe"  # a full WAL's word
)
_SIGNS: tuple[tuple[str, type[MingdanError], str], ...] = (
    ("readonly", Unavailable, _READ_ONLY),
    ("read-only", Unavailable, _READ_ONLY),
    ("disk is full", Unavailable, _FULL),
    ("no space left", Unavailable, _FULL),
    ("disk i/o error", Unavailable, _FULL_OR_ILL),
    (
        "unable to open",
        Unavailable,
        "check that the workspace exists; its disk or folder may be read-only or full",
    ),
    ("locked", StoreConflict, "another writer holds the ledger; run the command again when it is done"),
    ("lock timeout", StoreConflict, "another writer holds the ledger; run the command again when it is done"),
    ("no such table", WrongWorkspace, "restore the store from a backup, or make a new workspace with init"),
    ("does not exist", WrongWorkspace, "correct `database` in mingdan.toml, or restore the database"),
    ("connection refused", Unavailable, "start the database, or correct `database` in mingdan.toml"),
    ("permission denied", Unavailable, "let the owner run what `mingdan database grants` prints once more"),
    ("malformed", Unavailable, "the database file is damaged: restore it from a backup"),
    ("not a database", Unavailable, "the database file is damaged: restore it from a backup"),
)

DatabaseError = (DBAPIError, PoolTimeout, sqlite3.Error)

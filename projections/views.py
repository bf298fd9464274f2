"""The views' tables: what the record means, disposable, rebuilt from the log to the same rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    insert,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.keeping.database import create, open_engine, statement
from mingdan.ledger.keeping.store import converted

SCHEMA = "mingdan_views"

metadata = MetaData()

progress = Table(
    "progress",
    metadata,
    Column("one", Integer, primary_key=True),  # always 1: every view stands at the same position
    Column("position", BigInteger, nullable=False),
)

folds = Table(
    "folds",
    metadata,
    Column("stream", String, primary_key=True),
    Column("state", LargeBinary, nullable=False),  # the folded order: catching up resumes from it
)

subjects = Table(
    "subjects",
    metadata,
    Column("stream", String, primary_key=True),
    Column("state", LargeBinary, nullable=False),  # the folded party, SKU, exception or policy
)

# Times are effective times in ms UTC; `…_known` is when the ledger, or the imported source, knew.
delays = Table(
    "delays",
    metadata,
    Column("stream", String, primary_key=True),
    Column("platform", String),
    Column("merchant", String),
    Column("sku", String),
    Column("form", String),
    Column("tier", String),
    Column("amount", BigInteger),
    Column("currency", String),
    Column("imported", Integer, nullable=False),
    Column("prepaid", Integer, nullable=False),
    Column("placed_at", BigInteger),  # none where the source gives only a bound
    Column("placed_known", BigInteger),
    Column("paid_at", BigInteger),
    Column("paid_known", BigInteger),
    Column("forwarded_at", BigInteger),
    Column("forwarded_known", BigInteger),
    Column("accepted_at", BigInteger),
    Column("due_at", BigInteger),
    Column("delivered_at", BigInteger),
    Column("delivered_known", BigInteger),
    Column("reversed_at", BigInteger),
    Column("refunded_at", BigInteger),
    Column("cancelled_at", BigInteger),
    Column("cancelled_by", String),
    Column("ended_at", BigInteger),  # left without delivery: cancelled, expired, or a prepaid refund paid
    Column("ended_known", BigInteger),
    Column("promised", BigInteger),  # the due time now in force
    Column("step", String, nullable=False),
    Column("side", String, nullable=False),  # without a clock: never "overdue"
    Column("deliveries", Integer, nullable=False),
    Column("disputes", Integer, nullable=False),
    Column("irregular", Integer, nullable=False),
)
Index("delays_platform", delays.c.platform)

backlog = Table(
    "backlog",
    metadata,
    Column("stream", String, primary_key=True),
    Column("platform", String),
    Column("merchant", String),
    Column("since", BigInteger, nullable=False),
    Column("promised", BigInteger),
    Column("stage", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("cause", String),
    Column("amount", BigInteger),
    Column("currency", String),
)
Index("backlog_promised", backlog.c.promised)

disputes = Table(
    "disputes",
    metadata,
    Column("stream", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("platform", String),
    Column("dispute", String, nullable=False),
    Column("claim", String, nullable=False),
    Column("freezes", String, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("outcome", String),
    PrimaryKeyConstraint("stream", "number"),
)

VIEWS = (folds, subjects, delays, backlog, disputes)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def open_views(url: str, schema: str = SCHEMA) -> Engine:
    """The views' database, its tables created where missing; it need not survive a power cut."""
    engine = open_engine(url, schema, durable=False)
    with converted("the views cannot be opened"):
        try:
            create(engine, metadata, schema)
        except DBAPIError as error:
            if getattr(error.orig, "sqlite_errorcode", None) not in _DAMAGED:
                raise
            raise Unavailable(
                "the views are damaged; deleting them loses nothing",
                next_step="run `mingdan rebuild`",
                reason=str(error.orig),
            ) from error
    return engine


def put(db: Connection, table: Table, rows: Sequence[Sequence[object]]) -> None:
    """Inserts or replaces whole rows by primary key, through the driver."""
    if rows:
        db.exec_driver_sql(_upsert(db.engine, table), list(map(tuple, rows)))


def drop(db: Connection, table: Table, streams: Sequence[str]) -> None:
    """Deletes the rows of these streams, through the driver."""
    if streams:
        clause = delete(table).where(table.c.stream == streams[0])
        db.exec_driver_sql(statement(db.engine, clause), [(stream,) for stream in streams])


def _upsert(engine: Engine, table: Table) -> str:
    if engine.dialect.name == "sqlite":
        return statement(engine, insert(table).prefix_with("OR REPLACE"))
    keys = [column.name for column in table.primary_key]
    fresh = postgresql.insert(table)
    return statement(
        engine,
        fresh.on_conflict_do_update(
            index_elements=keys, set_={c.name: fresh.excluded[c.name] for c in table.c}
        ),
    )

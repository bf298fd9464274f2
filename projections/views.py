"""The views' tables: what the record means, disposable, rebuilt from the log to the same rows.

Who changes a table, or what is folded into one, adds a step to `migrations`. Long: the tables are one list,
to be read as one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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
    bindparam,
    delete,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from mingdan.ledger.errors import MingdanError, Unavailable, WrongWorkspace
from mingdan.ledger.keeping.database import create, open_engine, reading, statement
from mingdan.ledger.keeping.store import converted

SCHEMA = "mingdan_views"
STEP = "0001"  # the newest of the views' `migrations`

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
    Column("policy", String),
    Column("version", BigInteger),  # of the policy, where it was published
    Column("qty", BigInteger),
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
    Column("kept_at", BigInteger),  # since when all units are there: the delivery that stands
    Column("kept_known", BigInteger),
    Column("refund_asked_at", BigInteger),
    Column("refund", String, nullable=False),
    Column("refunded_at", BigInteger),
    Column("compensated", BigInteger, nullable=False),
    Column("cancelled_at", BigInteger),
    Column("called_off_at", BigInteger),  # unless money came after that; or when it stood again
    Column("let_off_at", BigInteger),  # since when its buyer's cancellation frees it of its promise
    Column("ended_at", BigInteger),  # left without delivery: cancelled, expired, or a prepaid refund paid
    Column("ended_known", BigInteger),
    Column("promised", BigInteger),  # the due time now in force
    Column("step", String, nullable=False),
    Column("side", String, nullable=False),  # without a clock: never "overdue"
    Column("deliveries", Integer, nullable=False),
    Column("disputes", Integer, nullable=False),
    Column("holds", Integer, nullable=False),
    Column("waits", Integer, nullable=False),  # for the buyer
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
    Column("appealed_at", BigInteger),
    Column("escalated_to", String),
    Column("evidence", Integer, nullable=False),
    PrimaryKeyConstraint("stream", "number"),
)

# One row for each tier that an order was forwarded to. These times are as they were told, not effective
# ones: what is counted is how late they were known, None where a source does not say when it knew.
hops = Table(
    "hops",
    metadata,
    Column("stream", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("platform", String),
    Column("tier", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("forwarded_at", BigInteger, nullable=False),
    Column("forwarded_known", BigInteger),
    Column("accepted_at", BigInteger),
    Column("accepted_known", BigInteger),
    Column("started_at", BigInteger),
    Column("started_known", BigInteger),
    Column("finished_at", BigInteger),
    Column("finished_known", BigInteger),
    Column("imported", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),  # whether the order was
    PrimaryKeyConstraint("stream", "number"),
    sqlite_with_rowid=False,
)

stages = Table(
    "stages",
    metadata,
    Column("stream", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("platform", String),
    Column("merchant", String),
    Column("sku", String),
    Column("stage", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    PrimaryKeyConstraint("stream", "number"),
    sqlite_with_rowid=False,
)

holds = Table(
    "holds",
    metadata,
    Column("stream", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("platform", String),
    Column("policy", String),
    Column("version", BigInteger),
    Column("rule", String, nullable=False),
    Column("track", String, nullable=False),
    Column("held_at", BigInteger, nullable=False),
    Column("held_known", BigInteger, nullable=False),
    Column("review_by", BigInteger, nullable=False),
    Column("on_timeout", String, nullable=False),
    Column("noticed_known", BigInteger),
    Column("ended_at", BigInteger),
    Column("decision", String),
    PrimaryKeyConstraint("stream", "number"),
)

nudges = Table(
    "nudges",
    metadata,
    Column("stream", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("platform", String),
    Column("nudge", String, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("located_at", BigInteger),
    Column("offered_at", BigInteger),
    Column("option", String),
    Column("by_when", BigInteger),
    Column("closed_at", BigInteger),
    Column("outcome", String),
    PrimaryKeyConstraint("stream", "number"),
)

# Orders that the guard would have turned away, and those found without stock later: by the entry's number.
acceptances = Table(
    "acceptances",
    metadata,
    Column("stream", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("platform", String),
    Column("merchant", String),
    Column("sku", String, nullable=False),
    Column("at", BigInteger, nullable=False),  # when it was recorded
    Column("qty", BigInteger, nullable=False),
    Column("standing", BigInteger),  # units promised before it
    Column("carries", BigInteger),  # units that the supply did
    Column("reason", String, nullable=False),
    PrimaryKeyConstraint("stream", "seq"),
)

shelves = Table(
    "shelves",
    metadata,
    Column("sku", String, primary_key=True),  # where it is sold, a slash, and its name
    Column("promised", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)

# No view: what the site shows, so that the next publication renders only what differs from it.
editions = Table(
    "editions",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("look", String, nullable=False),
)

# Alembic's own; new views stand at the newest step.
steps = Table("alembic_version", metadata, Column("version_num", String(32), primary_key=True))


@event.listens_for(steps, "after_create")
def _number(_steps: Table, db: Connection, **_: object) -> None:
    db.execute(insert(steps).values(version_num=STEP))


VIEWS = (
    folds,
    subjects,
    delays,
    backlog,
    disputes,
    hops,
    stages,
    holds,
    nudges,
    acceptances,
    shelves,
)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_DENIED = "42501"  # PostgreSQL's insufficient_privilege


def open_views(url: str, schema: str = SCHEMA) -> Engine:
    """The views' database, its tables created where missing; it need not survive a power cut.

    Where they are there, neither a lock nor a right to make any is needed. Raises WrongWorkspace where it is,
    and is not had, and over views of another version.
    """
    engine = open_engine(url, schema, durable=False)
    try:
        with opening():
            check_step(engine)
            if metadata.tables.keys() - _there(engine):
                create(engine, metadata, schema)
    except MingdanError:
        engine.dispose()
        raise
    return engine


def check_step(engine: Engine) -> None:
    """Raises WrongWorkspace where the views' tables are not those of this version."""
    if (made := standing(engine)) != STEP:
        raise WrongWorkspace(
            "the views of this workspace are of another version",
            next_step="run `mingdan database migrate`",
            expected=STEP,
            got=made,
        )


def standing(engine: Engine) -> str | None:
    """The step that views stand at: the newest where there are none yet, None where none were counted."""
    names = _there(engine)
    if steps.name not in names:
        return None if progress.name in names else STEP
    with reading(engine).begin() as db:
        found: str | None = db.scalar(select(steps.c.version_num))
        return found


def _there(engine: Engine) -> set[str]:
    with reading(engine).begin() as db:
        return set(inspect(db).get_table_names())


def make_anew(db: Connection) -> None:
    """Puts empty tables of this version in the place of whatever is here, so that all of it is told again."""
    for name in inspect(db).get_table_names():
        if name != steps.name:
            Table(name, MetaData()).drop(db)
    metadata.create_all(db, [table for table in metadata.sorted_tables if table is not steps])


@contextmanager
def opening() -> Iterator[None]:
    """What a database has against views that are opened, in our words."""
    with converted("the views cannot be opened"):
        try:
            yield
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _DENIED:
                raise WrongWorkspace(
                    "views are missing here, and this role may make none",
                    next_step="let the owner of the tables run `mingdan database migrate`, "
                    "and then what `mingdan database grants` prints",
                    reason=str(error.orig).partition("\n")[0],
                ) from error
            if getattr(error.orig, "sqlite_errorcode", None) not in _DAMAGED:
                raise
            raise Unavailable(
                "the views are damaged; deleting them loses nothing",
                next_step="run `mingdan rebuild`",
                reason=str(error.orig),
            ) from error


def put(db: Connection, table: Table, rows: Sequence[Sequence[object]]) -> None:
    """Inserts or replaces whole rows by primary key, through the driver."""
    if rows:
        db.exec_driver_sql(_upsert(db.engine, table), list(map(tuple, rows)))


def drop(db: Connection, table: Table, keys: Sequence[Sequence[object]]) -> None:
    """Deletes the rows with these primary keys, through the driver."""
    if keys:
        clause = delete(table).where(*(column == bindparam(column.name) for column in table.primary_key))
        db.exec_driver_sql(statement(db.engine, clause), list(map(tuple, keys)))


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

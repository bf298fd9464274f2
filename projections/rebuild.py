"""Rebuilding the views: a fresh set is made beside the old one, compared with it, and swapped in at once.

Crash order: the old views serve until the swap; a half-made new set is simply made again.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from sqlalchemy import Engine, Table, select, text
from sqlalchemy.engine import make_url

from mingdan.ledger.errors import MingdanError, StoreConflict
from mingdan.ledger.keeping.database import create, open_engine, reading
from mingdan.ledger.keeping.staging import environment
from mingdan.ledger.keeping.store import Store, converted
from mingdan.projections import views
from mingdan.projections.catch_up import Progress, catch_up, position
from mingdan.projections.views import SCHEMA, VIEWS, check_step, open_views

Rows = dict[tuple[object, ...], int]  # key -> hash: two views of a million orders must fit in memory
FRESH = SCHEMA + "_new"


class Difference(Struct, frozen=True):
    """How a rebuilt view differs from the one it replaces, in rows."""

    view: str
    rows: int
    added: int
    removed: int
    changed: int


def rebuild(
    store: Store, url: str, *, progress: Progress = lambda _done, _all: None
) -> tuple[int, list[Difference]]:
    """Makes the views anew from the whole log; the position reached and the differences found.

    The old views are brought to the same position first, so that what differs is an error, not news. Of one
    that cannot be read, being damaged or of another version, every row differs; of all of them if they cannot
    be brought there.
    """
    fresh = _open_fresh(url)
    try:
        reached = catch_up(store, fresh, progress=progress)
        old = _open_old(store, url, reached)
        try:
            found = [_difference(table, _readable(table, old), _rows(table, fresh)) for table in VIEWS]
        finally:
            old.dispose()
        _swap(url, fresh)
    finally:
        fresh.dispose()
    return reached, found


def _difference(table: Table, before: Rows, after: Rows) -> Difference:
    shared = before.keys() & after.keys()
    return Difference(
        view=str(table.name),  # SQLAlchemy's own kind of text, which nothing else prints
        rows=len(after),
        added=len(after) - len(shared),
        removed=len(before) - len(shared),
        changed=sum(before[key] != after[key] for key in shared),
    )


def _rows(table: Table, engine: Engine) -> Rows:
    keys = [table.c.keys().index(column.name) for column in table.primary_key]
    with converted("the views cannot be read"), reading(engine).begin() as db:
        found = db.execute(select(table))
        return {tuple(row[key] for key in keys): hash(tuple(row)) for row in found}


def _readable(table: Table, engine: Engine) -> Rows:
    """The rows of an old view, none where it cannot be read. Raises StoreConflict while others work on it."""
    try:
        return _rows(table, engine)
    except StoreConflict:
        raise
    except MingdanError:
        return {}


def _open_old(store: Store, url: str, reached: int) -> Engine:
    """The views to be replaced, brought to the same position; empty ones where that cannot be done."""
    engine = open_engine(url, SCHEMA, durable=False)
    try:
        with converted("the views cannot be read"):
            check_step(engine)
            if position(engine) <= reached:
                catch_up(store, engine, upto=reached)
    except StoreConflict:
        engine.dispose()
        raise  # somebody is at work on them
    except MingdanError:
        engine.dispose()
        return open_views("sqlite://")
    return engine


def _open_fresh(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = open_engine(url, FRESH, durable=False)
        with converted("the new views cannot be made"):
            with engine.begin() as db:
                db.execute(text(f"DROP SCHEMA IF EXISTS {FRESH} CASCADE"))
            create(engine, views.metadata, FRESH)
        return engine
    path = Path(f"{parsed.database}.new")
    with environment("the new views cannot be made"):
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
    return open_views(str(parsed.set(database=str(path))))


def _swap(url: str, fresh: Engine) -> None:
    if fresh.dialect.name != "sqlite":
        with converted("the views were not swapped"), fresh.begin() as db:
            db.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
            db.execute(text(f"ALTER SCHEMA {FRESH} RENAME TO {SCHEMA}"))
        return
    path = Path(str(make_url(url).database))
    with converted("the views were not swapped"):
        _to_one_file(fresh)
    with environment("the views were not swapped"):
        for suffix in ("-wal", "-shm"):  # a log left behind would be folded into the new views
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        Path(f"{path}.new").replace(path)


def _to_one_file(engine: Engine) -> None:
    """Folds the write-ahead log in, so that a rename moves the whole database."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA journal_mode=DELETE")
        cursor.close()
    finally:
        connection.close()
    engine.dispose()

"""Catching up: the log's new entries are folded to each order's newest state before any SQL is touched.

Rows and position change in one transaction under the views' write lock, where the position is read anew: what
another process took in meanwhile is left out, and a position that is not head + 1 stops everything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
from sqlalchemy import Connection, Engine, Table, bindparam, insert, select, text, update

from mingdan.ledger.entry import read
from mingdan.ledger.errors import StoreConflict, Unavailable
from mingdan.ledger.evolve import evolve
from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.store import Store, converted
from mingdan.ledger.market import fold
from mingdan.ledger.order import Order
from mingdan.ledger.stream import is_market, is_order
from mingdan.projections import backlog, delay, dispute, hold, hop, nudge, register, stage, views
from mingdan.projections.acceptance import Shelves

Progress = Callable[[int, int], None]  # positions done, positions in all

BATCH = 20_000


def catch_up(
    store: Store,
    engine: Engine,
    *,
    upto: int | None = None,
    progress: Progress = lambda _done, _all: None,
    size: int = BATCH,
) -> int:
    """Brings every view to the log's head, or `upto` a position, and returns the position reached.

    Others may do so at the same time. Raises StoreConflict where the views do not continue the log:
    `mingdan rebuild` mends that.
    """
    with converted("the views cannot be read"):
        done = position(engine)
        head = store.max_notification_id() or 0
        if done > head:
            raise StoreConflict(
                "the views are ahead of the ledger: they belong to another one",
                next_step=_REBUILD,
                views=done,
                ledger=head,
            )
        stop = head if upto is None else min(upto, head)
        while done < stop:
            rows = next(store.scan(done, stop, size))
            with _writing(engine) as db:
                done = apply(db, rows)
            progress(done, max(done, head))
    return done


def position(engine: Engine) -> int:
    """The log position the views stand at; 0 before the first entry."""
    with reading(engine).begin() as db:
        return db.scalar(select(views.progress.c.position)) or 0


def apply(db: Connection, rows: Sequence[Row]) -> int:
    """Applies consecutive entries to every view, in the caller's transaction; the position reached.

    Entries that the views have are passed over. Raises StoreConflict where others are missing in between.
    """
    standing = db.scalar(select(views.progress.c.position)) or 0
    if rows[0].position > standing + 1:
        raise StoreConflict(
            "the views do not continue the log",
            next_step=f"run the command again; if it says so once more, {_REBUILD}",
            expected=standing + 1,
            got=rows[0].position,
        )
    new = [row for row in rows if row.position > standing]
    if not new:
        return standing
    _take_in(db, new)
    newest = {"position": new[-1].position}
    if standing == 0:
        db.execute(insert(views.progress).values(one=1, **newest))
    else:
        db.execute(update(views.progress).values(**newest))
    return new[-1].position


def _take_in(db: Connection, rows: Sequence[Row]) -> None:
    """Folds entries on from where the views stand, and writes the rows that follow from them."""
    before = states_of(db, {row.stream for row in rows if is_order(row.stream)})
    orders = dict(before)
    subjects = register.subjects(db, {row.stream for row in rows if is_market(row.stream)})
    shelves = Shelves(db, subjects)
    for row in rows:
        if is_order(row.stream):
            entry, order = read(row.entry, row.kind, row.leaf), orders[row.stream]
            _check_place(row, order.seq)
            orders[row.stream] = evolve(order, entry)
            shelves.turn(order, orders[row.stream], entry)
        elif is_market(row.stream):
            subject = subjects[row.stream]
            _check_place(row, subject.seq)
            subjects[row.stream] = fold.evolve(subject, read(row.entry, row.kind, row.leaf))
            shelves.restock(subject, subjects[row.stream])
    _write(db, before, orders)
    shelves.write()
    views.put(db, views.subjects, [register.row(subject) for subject in subjects.values()])


def _check_place(row: Row, seq: int) -> None:
    """Nothing is folded on to a state that is not the one before: rows of the views may have been deleted."""
    if row.seq != seq + 1:
        raise Unavailable(
            "the views have lost what came before an entry",
            next_step=_REBUILD,
            stream=row.stream,
            expected=row.seq - 1,
            got=seq,
        )


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    """A transaction under the views' write lock: what it reads, nobody changes before it ends."""
    with engine.begin() as db:
        if engine.dialect.name == "postgresql":  # SQLite begins with it
            db.execute(_TAKE_LOCK)
        yield db


def states(engine: Engine, streams: Iterable[str]) -> dict[str, Order]:
    """The folded orders of these streams, as the views have them."""
    with converted("the views cannot be read"), reading(engine).begin() as db:
        return {stream: order for stream, order in states_of(db, set(streams)).items() if order.seq}


def states_of(db: Connection, streams: Collection[str]) -> dict[str, Order]:
    """The same in the caller's transaction; an empty order where there is none."""
    names = sorted(streams)
    orders = dict.fromkeys(names, _NOTHING)
    for start in range(0, len(names), 1000):
        for stream, state in db.execute(_FOLDS, {"streams": names[start : start + 1000]}):
            orders[stream] = _decode(state)
    return orders


def _write(db: Connection, before: Mapping[str, Order], after: Mapping[str, Order]) -> None:
    """Each view's rows are a function of an order: those no longer told go, those that are new come."""
    views.put(db, views.folds, [(stream, _encode(order)) for stream, order in after.items()])
    known = [order for order in before.values() if order.seq]
    for table, rows_of in ROWS:
        key = len(table.primary_key)
        old = {row[:key]: row for order in known for row in rows_of(order)}
        new = [row for order in after.values() for row in rows_of(order)]
        views.put(db, table, [row for row in new if old.get(row[:key]) != row] if old else new)
        views.drop(db, table, list(old.keys() - {row[:key] for row in new}) if old else ())


_NOTHING = Order()
_REBUILD = "run `mingdan rebuild`"
_TAKE_LOCK = text("LOCK TABLE progress IN EXCLUSIVE MODE")  # readers are let through
_FOLDS = select(views.folds.c.stream, views.folds.c.state).where(
    views.folds.c.stream.in_(bindparam("streams", expanding=True))
)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Order).decode

# Whatever a view says of an order, it says by one function of it: rebuilt or followed, the rows are the same.
ROWS: tuple[tuple[Table, Callable[[Order], Sequence[tuple[object, ...]]]], ...] = (
    (views.delays, lambda order: (delay.row(order),)),
    (views.backlog, lambda order: () if (row := backlog.row(order)) is None else (row,)),
    (views.disputes, dispute.rows),
    (views.hops, hop.rows),
    (views.stages, stage.rows),
    (views.holds, hold.rows),
    (views.nudges, nudge.rows),
)

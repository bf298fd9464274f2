"""The append-only store of entries, an `ApplicationRecorder` on SQLAlchemy Core.

Positions are dense because they are taken as head + 1 under the write lock; streams have no holes because
each row's seq is its stream's last + 1; an acknowledged row was synced to disk by the commit.
This is the one module that imports the eventsourcing library: its contract, not its magic.
Long: an append transaction and the store it belongs to, with the library's words for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
    Subscription,
)
from sqlalchemy import ClauseElement, Engine, func, insert, select
from sqlalchemy import exc as sa
from sqlalchemy.dialects import postgresql, sqlite

from mingdan.ledger.entry import read
from mingdan.ledger.errors import StoreConflict, WrongWorkspace
from mingdan.ledger.event import Epoch
from mingdan.ledger.keeping import rows as sql
from mingdan.ledger.keeping.database import (
    DatabaseError,
    create,
    reading,
    unavailable,
)
from mingdan.ledger.keeping.driver import Driver, named
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.schema import VERSION, entries, ledger, ledger_version, shelves
from mingdan.ledger.map import Head
from mingdan.ledger.market.guard import Shelf
from mingdan.ledger.stream import is_order
from mingdan.ledger.tree import leaf_hash

_NO_CHANGE: Mapping[str, Shelf] = MappingProxyType({})
_FEW = 8  # rows; below that a COPY's two round trips cost more than they save


class Taken(StoreConflict, IntegrityError):
    """A position, a place in a stream or a key that is not free: the library's word and ours."""


class Appending:
    """One append transaction, held under the write lock: `head` and its leaf, `tip`, move only by `write`.

    `few` rows are sent row by row.
    """

    def __init__(self, store: Store, cursor: Any, *, few: bool) -> None:
        self.store = store
        self.cursor = cursor
        self.few = few
        found = self._one(sql.TIP)
        self.head: int = 0 if found is None else found[0]
        self.tip: bytes = b"" if found is None else found[1]

    def rows_of(self, streams: Iterable[str]) -> list[Row]:
        """All rows of these streams, each stream's in order."""
        return [Row(*row) for row in self.store.driver.each(self.cursor, self.store.stream, streams)]

    def rows_with(self, keys: Iterable[bytes]) -> dict[bytes, Row]:
        """The rows that already stand for these idempotency keys."""
        found = self.store.driver.each(self.cursor, self.store.key, keys)
        return {row[-1]: Row(*row) for row in found}

    def leaf_at(self, position: int) -> bytes | None:
        """The leaf hash at a position; None where the log does not reach."""
        found = self._one(sql.LEAF, position)
        return None if found is None else found[0]

    def leaves(self, leaves: Iterable[bytes]) -> set[bytes]:
        """Those of these leaf hashes that are in the log. It is searched whole: this is asked rarely."""
        return {leaf for (leaf,) in self.store.driver.each(self.cursor, self.store.leaf, leaves)}

    def streams_after(self, position: int) -> set[str]:
        """The streams that grew since a position."""
        return {stream for (stream,) in self.cursor.execute(self.store.driver.text(sql.GREW), (position,))}

    def last(self) -> Row | None:
        """The newest row of the log."""
        found = self._one(sql.LAST)
        return None if found is None else Row(*found)

    def newest_of(self, stream: str) -> Row | None:
        """The newest row of a stream."""
        found = self._one(sql.NEWEST_OF, stream, stream)
        return None if found is None else Row(*found)

    def shelves(self, names: Iterable[str]) -> dict[str, Shelf]:
        """What stands against each platform's supply of a SKU, by `guard.shelf_name`."""
        found = self.store.driver.each(self.cursor, self.store.shelf, names)
        return {name: Shelf(*units) for name, *units in found}

    def write(
        self,
        rows: Sequence[Row],
        seqs: Mapping[str, int] | None = None,
        shelves: Mapping[str, Shelf] = _NO_CHANGE,
    ) -> None:
        """Inserts rows that continue the log and their streams. Raises Taken, nothing written.

        `seqs`, the last seq of each stream, may be handed in by whoever read it under this same lock, and the
        `shelves` as these rows leave them.
        """
        if seqs is None:
            streams = (row.stream for row in rows)
            seqs = dict(self.store.driver.each(self.cursor, self.store.seq, streams))
        _continue(rows, self.head, seqs)
        self.insert(rows)
        if shelves:
            rows_of_shelves = [(name, *shelf) for name, shelf in shelves.items()]
            self.cursor.executemany(self.store.driver.text(self.store.put_shelf), rows_of_shelves)
        if rows:
            self.head, self.tip = rows[-1].position, rows[-1].leaf

    def insert(self, rows: Sequence[Row]) -> None:
        """Rows as they are: SQLite repeats one statement, PostgreSQL streams what is more than a few."""
        if self.few or self.store.engine.dialect.name == "sqlite":
            self.cursor.executemany(self.store.driver.text(sql.INSERT), rows)
            return
        with self.cursor.copy(sql.COPY) as copy:
            for row in rows:
                copy.write_row(row)

    def _one(self, clause: ClauseElement, *parameters: object) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self.cursor.execute(
            self.store.driver.text(clause), parameters
        ).fetchone()
        return found


class Store(ApplicationRecorder):
    """The ledger's database. `events` and `notifications` in the library's words are entries in ours."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.reader = reading(engine)
        self.driver = Driver(engine, sql.TAKE_LOCK)
        self.stream = select(*sql.COLUMNS).where(named(engine, entries.c.stream)).order_by(*_IN_ORDER)
        self.key = select(*sql.COLUMNS).where(named(engine, entries.c.key))
        self.seq = (
            select(entries.c.stream, func.max(entries.c.seq))
            .where(named(engine, entries.c.stream))
            .group_by(entries.c.stream)
        )
        self.leaf = select(entries.c.leaf).where(named(engine, entries.c.leaf))
        self.shelf = select(shelves).where(named(engine, shelves.c.sku))
        fresh = sqlite.insert(shelves) if engine.dialect.name == "sqlite" else postgresql.insert(shelves)
        self.put_shelf = fresh.on_conflict_do_update(
            index_elements=[shelves.c.sku],
            set_={name: fresh.excluded[name] for name in Shelf._fields},
        )

    def create(self) -> None:
        """Creates the tables and their triggers, and notes the version that made them."""
        with converted("the ledger cannot be created"):
            create(self.engine, ledger, "mingdan_ledger")
            with self.engine.begin() as db:
                if db.scalar(select(ledger_version.c.version)) is None:
                    db.execute(insert(ledger_version).values(version=VERSION))

    def close(self) -> None:
        """Closes its connections; the next use opens new ones."""
        self.driver.close()
        self.engine.dispose()

    def version(self) -> int:
        """The version that made this store. Raises WrongWorkspace where none was made to the end."""
        with converted("the ledger cannot be read"), self.reader.begin() as db:
            made = db.scalar(select(ledger_version.c.version))
        if made is None:
            raise WrongWorkspace("this ledger was never quite made", next_step=_RESTORE)
        return int(made)

    @contextmanager
    def appending(self, expected: int = _FEW) -> Iterator[Appending]:
        """One transaction under the write lock, committed and synced at the end of the block.

        `expected` is how many rows there will be: a few take the fewest round trips, more are streamed.
        """
        few = expected < _FEW
        with converted("nothing was recorded"), self.driver.transaction(pipelined=few) as cursor:
            yield Appending(self, cursor, few=few)

    def scan(self, after: int, upto: int | None = None, size: int = 10_000) -> Iterator[list[Row]]:
        """The log after a position in batches of `size`, up to a position or the head of this moment."""
        with converted("the ledger cannot be read"):
            with self.reader.begin() as db:
                head: int = db.execute(sql.HEAD).scalar_one() or 0
            stop = head if upto is None else min(upto, head)
            while after < stop:
                last = min(after + size, stop)
                with self.driver.reading() as cursor:
                    rows = [*map(Row._make, cursor.execute(self.driver.text(sql.RANGE), (after, last)))]
                if len(rows) != last - after:
                    raise StoreConflict("the log has a gap", next_step=_RESTORE, after=after, upto=last)
                yield rows
                after = last

    def rows_of(self, streams: Iterable[str]) -> list[Row]:
        """All rows of these streams, each stream's in order."""
        with converted("the ledger cannot be read"), self.driver.reading() as cursor:
            return [Row(*row) for row in self.driver.each(cursor, self.stream, streams)]

    def streams(self, upto: int) -> list[str]:
        """Every order that the log names up to a position, sorted."""
        named = select(entries.c.stream).distinct().where(entries.c.position <= upto, entries.c.seq == 1)
        with converted("the ledger cannot be read"), self.reader.begin() as db:
            return sorted(filter(is_order, db.scalars(named)))

    def heads(self, after: int, upto: int) -> dict[str, Head]:
        """Where each stream ends that grew after a position, as far as another one."""
        with converted("the ledger cannot be read"), self.reader.begin() as db:
            found = db.execute(sql.HEADS, {"after": after, "upto": upto})
            return {row.stream: Head(row.seq, row.position - 1, row.leaf) for row in found}

    def opened(self, after: int, upto: int) -> int:
        """How many streams began after a position, as far as another one."""
        with converted("the ledger cannot be read"), self.reader.begin() as db:
            return int(db.execute(sql.OPENED, {"after": after, "upto": upto}).scalar_one())

    def entry_at(self, index: int) -> bytes:
        """The bytes of the entry at an index of the log. Raises StoreConflict where it ends before."""
        row = next((rows[0] for rows in self.scan(index, index + 1)), None)
        if row is None:
            raise StoreConflict(
                "entries were lost: the ledger ends before one that it held",
                next_step=_RESTORE,
                index=index,
                ledger=self.max_notification_id() or 0,
            )
        return row.entry

    def epoch_at(self, size: int) -> Epoch | None:
        """The epoch that ends a log of so many entries; None before the first."""
        if size == 0:
            return None
        row = next((rows[0] for rows in self.scan(size - 1, size)), None)
        if row is None:
            raise StoreConflict(
                "the published site is ahead of this ledger, which was put back to before it",
                next_step="restore a younger backup; what was published since is in the site's own files",
                published=size,
                ledger=self.max_notification_id(),
            )
        event = read(row.entry, row.kind, row.leaf).event
        if not isinstance(event, Epoch):
            raise StoreConflict("the published log does not end in an epoch", next_step=_RESTORE, size=size)
        return event

    # the library's contract --------------------------------------------------------------------------
    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        with self.appending() as appending:
            start = appending.head + 1
            appending.write(
                [
                    Row(start + i, str(each.originator_id), each.originator_version, each.topic,
                        each.state, leaf_hash(each.state))
                    for i, each in enumerate(stored_events)
                ]
            )  # fmt: skip
        return [*range(start, start + len(stored_events))]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        order = entries.c.seq.desc() if desc else entries.c.seq
        query = select(*sql.COLUMNS).where(entries.c.stream == str(originator_id))
        query = query if gt is None else query.where(entries.c.seq > gt)
        query = query if lte is None else query.where(entries.c.seq <= lte)
        query = query.order_by(order).limit(limit)
        with converted("the ledger cannot be read"), self.reader.begin() as db:
            return [StoredEvent(originator_id, row.seq, row.kind, row.entry) for row in db.execute(query)]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        position = entries.c.position
        query = select(*sql.COLUMNS).order_by(position).limit(limit)
        if start is not None:
            query = query.where(position >= start if inclusive_of_start else position > start)
        query = query if stop is None else query.where(position <= stop)
        query = query.where(entries.c.kind.in_(topics)) if topics else query
        with converted("the ledger cannot be read"), self.reader.begin() as db:
            return [
                Notification(row.stream, row.seq, row.kind, row.entry, row.position)
                for row in db.execute(query)
            ]

    def max_notification_id(self) -> int | None:
        with converted("the ledger cannot be read"), self.reader.begin() as db:
            head: int | None = db.execute(sql.HEAD).scalar_one()
        return head

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        raise NotImplementedError("follow the log with `scan` from the position you hold")


@contextmanager
def converted(what: str) -> Iterator[None]:
    """Turns a database's errors into ours, once: `what` says what was not done."""
    try:
        yield
    except DatabaseError as error:
        if isinstance(error, sa.IntegrityError):
            reason = str(error.orig).partition("\n")[0]  # PostgreSQL's DETAIL quotes the row
            raise Taken(f"{what}: {reason}", next_step=_AGAIN) from error
        raise unavailable(error, what) from error


def _continue(rows: Sequence[Row], head: int, seqs: Mapping[str, int]) -> None:
    last = dict(seqs)
    for position, row in enumerate(rows, head + 1):
        seq = last[row.stream] = last.get(row.stream, 0) + 1
        if (row.position, row.seq) != (position, seq):
            raise Taken(
                "this entry does not continue the log and its stream",
                next_step=_AGAIN,
                stream=row.stream,
                expected=(position, seq),
                got=(row.position, row.seq),
            )


_IN_ORDER = (entries.c.stream, entries.c.seq)
_AGAIN = "another writer was first: run the command again"
_RESTORE = "restore the ledger from a backup"

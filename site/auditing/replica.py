"""The auditor's own copy of the log and of what follows from it, made from published files alone.

The same store and views that keep a ledger keep this one, so that it is counted by the very same code.
Crash order: these databases first, the standpoint last; who finds them elsewhere than it stands begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import file_digest, sha256
from pathlib import Path

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    not_,
    select,
)

from mingdan.ledger.entry import Entry, read
from mingdan.ledger.errors import Broken
from mingdan.ledger.event import KIND_OF, Epoch
from mingdan.ledger.keeping.database import create, forget, open_engine, statement
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.schema import entries
from mingdan.ledger.keeping.staging import environment
from mingdan.ledger.keeping.store import Appending, Store, converted
from mingdan.ledger.map import Head
from mingdan.ledger.map_tile import path_of
from mingdan.ledger.market.party import Keyed
from mingdan.ledger.replay import Chain, Told
from mingdan.ledger.stream import LOG
from mingdan.projections import views
from mingdan.projections.catch_up import position
from mingdan.projections.views import open_views

_metadata = MetaData()

_tiles = Table(
    "tiles",  # of the map, of every epoch there was
    _metadata,
    Column("node", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

_pages = Table(
    "pages",  # that were found right, and the tree they are of
    _metadata,
    Column("path", String, primary_key=True),
    Column("stream", String, nullable=False, index=True),
    Column("sha256", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("audit", Integer, nullable=False),
)


class Replica:
    """The copy in a folder, as far as it was read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with environment("the auditor's folder cannot be made"):
            folder.mkdir(parents=True, exist_ok=True)
        self.store = Store(open_engine(f"sqlite:///{folder / 'ledger.db'}", "", durable=False))
        self.store.create()
        create(self.store.engine, _metadata, "")
        self.views = open_views(f"sqlite:///{folder / 'views.db'}")

    def close(self) -> None:
        self.store.close()
        self.views.dispose()

    def settle(self) -> str:
        """Brings all that was written into the databases' own files; their digest."""
        with converted("the auditor's copy cannot be finished"):
            forget(self.store.engine)
            forget(self.views)
        return digest_of(self.folder)

    @property
    def size(self) -> int:
        return self.store.max_notification_id() or 0

    def stands_at(self, size: int) -> bool:
        """Whether both databases stand exactly there."""
        return self.size == size == position(self.views)

    def chain(self) -> Chain:
        """The rules from entry to entry, from where this copy ends."""
        size = self.size
        return Chain() if size == 0 else Chain(recorded=self.epoch_entry(size).recorded, last_epoch=size - 1)

    def take(self, part: Sequence[Told], chain: Chain) -> None:
        """Takes in entries that follow, all or none. Raises Broken with the first that does not."""
        with self.store.appending() as appending:
            chain.known = lambda stream: _head(appending, stream)
            chain.key_of = self._key
            chain.heads.clear()
            seqs: dict[str, int] = {}
            for told in part:
                chain.add(told)
                seqs.setdefault(told.stream, told.seq - 1)
            rows = [
                Row(told.place + 1, told.stream, told.seq, told.kind, told.raw, told.leaf) for told in part
            ]
            appending.write(rows, seqs)

    def _key(self, stream: str) -> str | None:
        """The key that a party gave last, in entries taken in before."""
        with self.store.driver.reading() as cursor:
            found = cursor.execute(self.store.driver.text(_KEYS), (stream, _KEYED)).fetchall()
        event = read(found[-1][0], _KEYED, found[-1][1]).event if found else None
        return event.key if isinstance(event, Keyed) else None

    def epoch_entry(self, size: int) -> Entry:
        """The entry that ends a tree of this size. Raises Broken where it is no epoch."""
        row = next(self.store.scan(size - 1, size), [None])[0] if 0 < size <= self.size else None
        if row is None or row.stream != LOG:
            raise Broken("no epoch of this log ends there", size=size)
        return read(row.entry, row.kind, row.leaf)

    def epoch(self, size: int) -> Epoch:
        event = self.epoch_entry(size).event
        assert isinstance(event, Epoch)
        return event

    def sizes(self, size: int) -> Iterator[int]:
        """The sizes of the trees that end in an epoch, from this one back to the first."""
        at: int | None = size
        while at is not None:
            yield at
            previous = self.epoch(at).previous
            at = None if previous is None else previous + 1

    def tile(self, node: bytes) -> bytes:
        """A tile of the map of some epoch. Raises Broken where no epoch had it."""
        with self.store.driver.reading() as cursor:
            found = cursor.execute(self.store.driver.text(_TILE), (node,)).fetchone()
        if found is None:
            raise Broken("no epoch of this log has this tile of the map", file=f"log/{path_of(node)}")
        content: bytes = found[0]
        return content

    def keep_tiles(self, tiles: dict[bytes, bytes]) -> None:
        with converted("the tiles cannot be kept"), self.store.driver.transaction() as cursor:
            cursor.executemany(statement(self.store.engine, _PUT_TILE), list(tiles.items()))

    def page(self, path: str) -> tuple[str, bytes, int] | None:
        """Of a page that was found right: its stream, its SHA-256, the size of the tree it is of."""
        with self.store.driver.reading() as cursor:
            found = cursor.execute(self.store.driver.text(_PAGE), (path,)).fetchone()
        return None if found is None else (found[0], found[1], found[2])

    def pages_of(self, stream: str) -> list[str]:
        """The paths of an order's pages, as far as they were seen."""
        with converted("the pages cannot be read"), self.store.reader.begin() as db:
            return list(db.scalars(select(_pages.c.path).where(_pages.c.stream == stream)))

    def shows(self, size: int) -> bool:
        """Whether a page was found right that is of a tree of this size."""
        with converted("the pages cannot be read"), self.store.reader.begin() as db:
            return db.scalar(select(_pages.c.path).where(_pages.c.size == size).limit(1)) is not None

    def grew(self, stream: str, after: int) -> bool:
        """Whether a stream has entries behind a position."""
        with self.store.driver.reading() as cursor:
            position: int = cursor.execute(self.store.driver.text(_LATEST), (stream,)).fetchone()[0] or 0
        return position > after

    def keep_pages(self, audit: int, pages: Sequence[tuple[str, str, bytes, int]]) -> None:
        """Notes path, stream, SHA-256 and size of pages that this audit found right."""
        with converted("the pages cannot be noted"), self.store.driver.transaction() as cursor:
            cursor.executemany(statement(self.store.engine, _PUT_PAGE), [(*page, audit) for page in pages])

    def unseen(self, audit: int, files: int) -> list[str]:
        """The orders of which this audit saw too few files but feeds; notes of those gone are dropped."""
        with converted("the pages cannot be compared"), self.store.engine.begin() as db:
            db.execute(delete(_pages).where(_pages.c.audit != audit))
            return list(db.scalars(_UNSEEN, {"files": files}))

    def unfollowed(self, languages: int) -> list[str]:
        """The orders that are not over, and of which too few feeds were seen."""
        with converted("the pages cannot be compared"), self.store.reader.begin() as db:
            followed = set(db.scalars(_FOLLOWED, {"languages": languages}))
        with converted("the views cannot be read"), self.views.begin() as db:
            return [stream for stream in db.scalars(_OPEN) if stream not in followed]


def digest_of(folder: Path) -> str:
    """The SHA-256 (hex) over those of the databases of a copy."""
    told = sha256()
    for name in ("ledger.db", "views.db"):
        path = folder / name
        if path.exists():
            with path.open("rb") as file:
                told.update(file_digest(file, "sha256").digest())
    return told.hexdigest()


def _head(appending: Appending, stream: str) -> Head | None:
    row = appending.newest_of(stream)
    return None if row is None else Head(row.seq, row.position - 1, row.leaf)


_KEYED = KIND_OF[Keyed]
_KEYS = (
    select(entries.c.entry, entries.c.leaf)
    .where(entries.c.stream == bindparam("stream"), entries.c.kind == bindparam("kind"))
    .order_by(entries.c.seq)
)
_TILE = select(_tiles.c.content).where(_tiles.c.node == bindparam("node"))
_PUT_TILE = insert(_tiles).prefix_with("OR IGNORE")
_PAGE = select(_pages.c.stream, _pages.c.sha256, _pages.c.size).where(_pages.c.path == bindparam("path"))
_PUT_PAGE = insert(_pages).prefix_with("OR REPLACE")
_LATEST = select(func.max(entries.c.position)).where(entries.c.stream == bindparam("stream"))
_IS_FEED = _pages.c.path.endswith(".atom")
_FOLLOWED = (
    select(_pages.c.stream)
    .where(_IS_FEED)
    .group_by(_pages.c.stream)
    .having(func.count() >= bindparam("languages"))
)
_OPEN = (
    select(views.delays.c.stream)
    .where(
        views.delays.c.imported == 0, views.delays.c.step != "completed", views.delays.c.ended_at.is_(None)
    )
    .order_by(views.delays.c.stream)
)
_UNSEEN = (
    select(entries.c.stream)
    .outerjoin_from(entries, _pages, and_(entries.c.stream == _pages.c.stream, not_(_IS_FEED)))
    .where(entries.c.seq == 1, entries.c.stream.like("order/%"))
    .group_by(entries.c.stream)
    .having(func.count(_pages.c.path) < bindparam("files"))
    .order_by(entries.c.stream)
)

"""What only the operator and the holder of a link may know: secrets, handles, the words behind commitments.

Written before the entry that commits to it: an orphan here is harmless, a missing opening is not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from mingdan.ledger.commitment import SECRET_SIZE, opening
from mingdan.ledger.entry import Entry
from mingdan.ledger.errors import NotFound
from mingdan.ledger.event import Disavowed, Placed, RecipientCorrected
from mingdan.ledger.handle import SIZE, handle_of, stream_of
from mingdan.ledger.keeping.database import create, forget, reading
from mingdan.ledger.keeping.driver import Driver
from mingdan.ledger.keeping.rows import chunks
from mingdan.ledger.keeping.schema import ONCE_INDEXES, PREFIX, SOURCE_INDEXES, orders, vault, words
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.timeline import Opening

Draw = Callable[[int], bytes]  # n random bytes; a simulation hands in its own


class NewOrder(NamedTuple):
    """An order before its first entry: its link, its stream, its secret, its name at the source."""

    stream: str
    handle: str
    secret: bytes | None
    alias: str | None


class Words(NamedTuple):
    stream: str
    seq: int
    field: str
    words: str


def draw_order(alias: str | None = None, draw: Draw = secrets.token_bytes) -> NewOrder:
    """Draws a new order's handle and secret; nothing is written yet."""
    handle = handle_of(draw(SIZE))
    return NewOrder(stream_of(handle), handle, draw(SECRET_SIZE), alias)


class Vault:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.reader = reading(engine)
        self.driver = Driver(engine)
        fresh = sqlite.insert(orders) if engine.dialect.name == "sqlite" else postgresql.insert(orders)
        self._open = fresh.on_conflict_do_nothing(index_elements=[orders.c.stream])

    def close(self) -> None:
        """Closes its connections; the next use opens new ones."""
        self.driver.close()
        self.engine.dispose()

    def create(self) -> None:
        with converted("the vault cannot be created"):
            create(self.engine, vault, "mingdan_vault")

    def keep(self, new: Sequence[NewOrder], spoken: Sequence[Words]) -> None:
        """Keeps new orders and words, synced when it returns. Repeating it after a crash changes nothing.

        Raises Taken, nothing kept, where another order already has a new one's alias.
        """
        if not new and not spoken:
            return
        with converted("nothing was recorded"), self.driver.transaction(pipelined=True) as cursor:
            if new:
                cursor.executemany(self.driver.text(self._open), new)
            if spoken:
                places = {(each.stream, each.seq) for each in spoken}
                cursor.executemany(self.driver.text(_FORGET), sorted(places))
                cursor.executemany(self.driver.text(_SAY), spoken)

    def secrets_of(self, streams: Iterable[str]) -> dict[str, bytes]:
        """The secrets of these orders; an erased order has none."""
        return {
            order.stream: order.secret for order in self._orders(orders.c.stream, streams) if order.secret
        }

    def orders_of(self, streams: Iterable[str]) -> dict[str, NewOrder]:
        return {order.stream: order for order in self._orders(orders.c.stream, streams)}

    def by_alias(self, aliases: Iterable[str]) -> dict[str, NewOrder]:
        """The orders that an imported source has already named."""
        return {order.alias: order for order in self._orders(orders.c.alias, aliases) if order.alias}

    def by_handle(self, handles: Iterable[str]) -> dict[str, NewOrder]:
        """The orders of these tracking links."""
        return {order.handle: order for order in self._orders(orders.c.handle, handles)}

    def words_of(self, streams: Iterable[str]) -> Mapping[str, list[Words]]:
        """The words behind these orders' commitments, and after a crash some that no entry commits to."""
        found: dict[str, list[Words]] = {}
        with converted("the vault cannot be read"), self.reader.begin() as db:
            for names in chunks(streams):
                query = select(words).where(words.c.stream.in_(names)).order_by(words.c.seq, words.c.field)
                for row in db.execute(query):
                    found.setdefault(row.stream, []).append(Words(*row))
        return found

    def same_words(self, streams: Iterable[str], field: str) -> dict[str, list[str]]:
        """For each of these orders the others that hold the same words in `field`, contact or recipient."""
        found: dict[str, list[str]] = {}
        with converted("the vault cannot be read"), self.reader.begin() as db:
            for names in chunks(streams):
                for stream, other in db.execute(_SAME[field], {"streams": names}):
                    found.setdefault(stream, []).append(other)
        return found

    def holders(self, said: Collection[tuple[str, str]]) -> list[Words]:
        """Where these words of a field were said before."""
        found: list[Words] = []
        for field in {field for field, _ in said}:
            asked = sorted({words for name, words in said if name == field})
            with converted("the vault cannot be read"), self.reader.begin() as db:
                for start in range(0, len(asked), _TOGETHER):
                    texts = asked[start : start + _TOGETHER]
                    these = {"texts": texts, "starts": [text[:PREFIX] for text in texts]}
                    found += [Words(*row) for row in db.execute(_HELD[field], these).all()]
        return found

    def openings(self, stream: str, fields: Collection[str]) -> list[Opening]:
        """What opens these private fields of an order. Raises NotFound where there is nothing to open."""
        secret = self.secrets_of([stream]).get(stream)
        spoken = [each for each in self.words_of([stream]).get(stream, ()) if each.field in fields]
        if secret is None or not {each.field for each in spoken}.issuperset(fields):
            raise NotFound(
                "this order has no such words, or they were erased",
                next_step="name fields that were told in private, such as recipient or order_no",
                fields=", ".join(sorted(fields)),
            )
        return [
            Opening(
                field=each.field,
                opening=opening(secret, each.seq, each.field).hex(),
                seq=each.seq,
                words=each.words,
            )
            for each in spoken
        ]

    def recipient(self, stream: str, told: Iterable[Entry]) -> str:
        """The words of the recipient that an order's entries name last and none disavows. Raises NotFound."""
        entries = list(told)
        gone = {each.event.entry for each in entries if isinstance(each.event, Disavowed)}
        naming = [
            each.seq if each.event.recipient else None  # a recipient that was told without its words
            for each in entries
            if isinstance(each.event, Placed | RecipientCorrected) and each.leaf.hex() not in gone
        ]
        for each in self.words_of([stream]).get(stream, ()):
            if each.field == "recipient" and [each.seq] == naming[-1:]:
                return each.words
        raise NotFound(
            "the vault has no words of this order's recipient",
            next_step="they were never told, or were erased; `mingdan show` lists the entries",
            stream=stream,
        )

    def find(self, name: str) -> NewOrder:
        """The order of a handle, a stream or a source's name. Raises NotFound."""
        for column in (orders.c.handle, orders.c.stream, orders.c.alias):
            for order in self._orders(column, [name]):
                return order
        raise NotFound(
            "no such order",
            next_step="give a tracking handle, a stream (order/…) or the name the source gave it",
            order=name[:80],
        )

    def erase(self, stream: str) -> None:
        """Deletes an order's secret and words: what they committed to can never be opened again.

        Order: the rows, then what is left of them in the files; erasing again mends a crash between.
        Where SQLite's indexes split a page, copies stay that no deletion overwrites: they are made anew.
        """
        with converted("nothing was erased"), self.engine.begin() as db:
            db.execute(delete(words).where(words.c.stream == stream))
            db.execute(update(orders).where(orders.c.stream == stream).values(secret=None, alias=None))
            if self.engine.dialect.name == "sqlite":
                for table in (words, orders):
                    db.exec_driver_sql(f"REINDEX {table.name}")
        with converted("it is deleted, but not yet overwritten"):
            forget(self.engine)

    def _orders(self, column: ColumnElement[str], names: Iterable[str]) -> list[NewOrder]:
        if not (unique := set(names)):
            return []
        queries = [select(*_ORDER).where(column.in_(chunk)) for chunk in chunks(unique)]
        with converted("the vault cannot be read"), self.reader.begin() as db:
            return [NewOrder(*row) for query in queries for row in db.execute(query)]


def _held(field: str) -> Select[str, int, str, str]:
    """Who said these words in a field; written out like the index of this field, else it is not used."""
    named: ColumnElement[str] = literal_column(f"'{field}'")
    return select(words.c.stream, words.c.seq, words.c.field, words.c.words).where(
        words.c.field == named,
        func.substr(words.c.words, *_PREFIX).in_(bindparam("starts", expanding=True)),
        words.c.words.in_(bindparam("texts", expanding=True)),
    )


def _same(field: str) -> Select[str, str]:
    """Pairs of orders with the same words; written out like the index of this field, else it is not used."""
    mine, other = words.alias("mine"), words.alias("other")
    named: ColumnElement[str] = literal_column(f"'{field}'")
    start, end = (func.substr(each.c.words, *_PREFIX) for each in (mine, other))
    return (
        select(mine.c.stream, other.c.stream)
        .distinct()
        .where(mine.c.stream.in_(bindparam("streams", expanding=True)), mine.c.field == named)
        .where(other.c.field == named, start == end, other.c.words == mine.c.words)
        .where(other.c.stream != mine.c.stream)
        .order_by(mine.c.stream, other.c.stream)
    )


_ORDER = (orders.c.stream, orders.c.handle, orders.c.secret, orders.c.alias)
_SAY = insert(words)
_PREFIX: tuple[ColumnElement[int], ...] = (literal_column("1"), literal_column(str(PREFIX)))
_SAME = {field: _same(field) for field in SOURCE_INDEXES.values()}
_HELD = {field: _held(field) for field in ONCE_INDEXES.values()}
_TOGETHER = 500  # texts that one statement asks for: each is two parameters
_FORGET = delete(words).where(words.c.stream == bindparam("s"), words.c.seq == bindparam("q"))

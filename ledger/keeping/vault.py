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
    bindparam,
    delete,
    insert,
    inspect,
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
from mingdan.ledger.keeping.driver import Driver, named
from mingdan.ledger.keeping.rows import chunks
from mingdan.ledger.keeping.schema import (
    STEP,
    crossings,
    orders,
    steps,
    vault,
    words,
)
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
        self._named = {
            column.name: select(*_ORDER).where(named(engine, column))
            for column in (orders.c.alias, orders.c.handle, orders.c.stream)
        }
        self._open = fresh.on_conflict_do_nothing(index_elements=[orders.c.stream])

    def close(self) -> None:
        """Closes its connections; the next use opens new ones."""
        self.driver.close()
        self.engine.dispose()

    def create(self) -> None:
        """Creates the tables; those of another version are left for `migrate`."""
        with converted("the vault cannot be created"):
            fresh = not inspect(self.engine).has_table(orders.name)
            create(self.engine, vault, "mingdan_vault")
            if fresh:
                with self.engine.begin() as db:
                    db.execute(insert(steps).values(version_num=STEP))

    def step(self) -> str | None:
        """The migration that it stands at; None where it was made before these were counted."""
        with converted("the vault cannot be read"):
            if not inspect(self.reader).has_table(steps.name):
                return None
            with self.reader.begin() as db:
                found: str | None = db.scalar(select(steps.c.version_num))
            return found

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

    def handles_of(self, streams: Iterable[str]) -> dict[str, str]:
        """The tracking handles of these orders: all that who publishes may read of the vault."""
        queries = [_LINKS.where(orders.c.stream.in_(chunk)) for chunk in chunks(streams)]
        with converted("the vault cannot be read"), self.reader.begin() as db:
            return {stream: handle for query in queries for stream, handle in db.execute(query)}

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

    def erase(self, *streams: str) -> None:
        """Deletes the secrets and words of orders: what they committed to can never be opened again.

        Order: the rows, then what is left of them in the files; erasing again mends a crash between.
        Where SQLite's indexes split a page, copies stay that no deletion overwrites: they are made anew.
        """
        with converted("nothing was erased"), self.engine.begin() as db:
            for chunk in chunks(streams):
                db.execute(delete(words).where(words.c.stream.in_(chunk)))
                db.execute(delete(crossings).where(crossings.c.stream.in_(chunk)))
                db.execute(update(orders).where(orders.c.stream.in_(chunk)).values(secret=None, alias=None))
            if self.engine.dialect.name == "sqlite":
                for table in (words, orders, crossings):
                    db.exec_driver_sql(f"REINDEX {table.name}")
        with converted("it is deleted, but not yet overwritten"):
            forget(self.engine)

    def _orders(self, column: ColumnElement[str], names: Iterable[str]) -> list[NewOrder]:
        if not (unique := set(names)):
            return []
        with converted("the vault cannot be read"), self.driver.reading() as cursor:
            return [NewOrder(*row) for row in self.driver.each(cursor, self._named[column.name], unique)]


_ORDER = (orders.c.stream, orders.c.handle, orders.c.secret, orders.c.alias)
_LINKS = select(orders.c.stream, orders.c.handle)
_SAY = insert(words)
_FORGET = delete(words).where(words.c.stream == bindparam("s"), words.c.seq == bindparam("q"))

"""The real thing: books over SQLite files in a folder of their own, a clock turned by hand, and views."""

import json
import sqlite3
from base64 import b64encode
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import convert
from sqlalchemy import Engine, event, select

from mingdan.ledger.claim import Claim, claimed
from mingdan.ledger.event import Erased
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.intake.statement import claims_of, read_statements
from mingdan.ledger.intake.statement import record as record_batch
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.schema import shelves
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.market.signing import key_id, signed_text
from mingdan.projections import views
from mingdan.projections.catch_up import catch_up
from mingdan.projections.rebuild import rebuild

from ..ledger.keeping.scribe import NOON, Stores
from .words import KEYS, PUBLIC

DESKS = (0, 1)  # two processes that write into one ledger


def _unsynced(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(
        "PRAGMA synchronous=OFF"
    )  # no power is cut here, and every step would wait for the disk


class Shop:
    """Two desks, each with connections and a book of its own, over one ledger and one vault."""

    def __init__(self) -> None:
        self.now = NOON
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(TemporaryDirectory()))
        self.desks: dict[int, tuple[ExitStack, Stores, Book]] = {}
        for desk in DESKS:
            self._open(desk)
        self.stores.store.create()
        self.stores.vault.create()
        self.views = views.open_views("sqlite://")
        self.stack.callback(self.views.dispose)

    def _open(self, desk: int) -> None:
        held = ExitStack()
        stores = held.enter_context(
            closing(Stores(Store(self._engine("ledger")), Vault(self._engine("vault"))))
        )
        self.desks[desk] = held, stores, stores.book(lambda: self.now)

    def _engine(self, name: str) -> Engine:
        engine = open_engine(f"sqlite:///{self.folder / name}.db", f"mingdan_{name}", durable=False)
        event.listen(engine, "connect", _unsynced)
        return engine

    @property
    def stores(self) -> Stores:
        return self.desks[0][1]

    def close(self) -> None:
        for held, _, _ in self.desks.values():
            held.close()
        self.stack.close()

    # what is done there --------------------------------------------------------------------------------
    def tell(self, statements: list[dict], desk: int = 0) -> list[Receipt]:
        """What `mingdan record` does with these lines. Raises what it raises."""
        _, stores, book = self.desks[desk]
        lines = [json.dumps(each, ensure_ascii=False).encode() for each in statements]
        return record_batch(book, claims_of(read_statements(lines), stores.vault))

    def erase(self, stream: str, *, dies_between: bool) -> None:
        """What `mingdan erase` does: the entry first, then the words."""
        _, stores, book = self.desks[0]
        if book.order(stream).erased is None:
            book.record([Claim(stream=stream, by=LEDGER, event=convert({"reason": "mistake"}, Erased))])
        if not dies_between:
            stores.vault.erase(stream)

    def reopen(self, desk: int) -> None:
        """A process ends and another begins: nothing is known but what is written."""
        self.desks[desk][0].close()
        self._open(desk)

    def sign(self, statement: dict, stream: str, key: str) -> dict:
        """The statement with a signature over it by the hand that owns a public key."""
        fact, _ = claimed(statement["kind"], statement["data"])
        text = signed_text(stream, statement["by"], fact, statement["at"], statement.get("basis"))
        hand = KEYS[PUBLIC.index(key)].sign(text)
        return statement | {"sig": {"ed25519": b64encode(hand).decode(), "key": key_id(key)}}

    # what is there -------------------------------------------------------------------------------------
    def log(self) -> list[Row]:
        return self.stores.log()

    def kept(self) -> tuple[list, ...]:
        """Everything there is: the log, the vault's orders and words, the shelves."""
        with self.stores.store.reader.begin() as db:
            standing = sorted(map(tuple, db.execute(select(shelves))))
        return (*self.stores.kept(), standing)

    def names(self, stream: str) -> list[str]:
        """What an order is called: its stream, its handle, and its alias while it has one."""
        found = self.stores.vault.orders_of([stream])
        return [name for each in found.values() for name in (each.stream, each.handle, each.alias) if name]

    # views ---------------------------------------------------------------------------------------------
    def catch_up(self) -> None:
        catch_up(self.stores.store, self.views)

    def rebuild(self) -> list:
        """How the views on disk differ from the same made anew; they are as new afterwards."""
        url = f"sqlite:///{self.folder / 'views.db'}"
        views.open_views(url).dispose()
        _, found = rebuild(self.stores.store, url)
        return [each for each in found if (each.added, each.removed, each.changed) != (0, 0, 0)]

    def viewed(self, *, anew: bool) -> dict[str, list[tuple]]:
        """Every row of every view, as caught up or made anew."""
        engine = views.open_views("sqlite://") if anew else self.views
        catch_up(self.stores.store, engine)
        try:
            with engine.begin() as db:
                return {str(table.name): sorted(map(tuple, db.execute(select(table))), key=repr)
                        for table in views.VIEWS}  # fmt: skip
        finally:
            if anew:
                engine.dispose()

"""Recording in SQLite: commands decided, appended and synced before the answer, alone and by the hundred.

Not measured here, for want of their registries: immudb (embedded) and Tessera (POSIX), the verifiable stores.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ground.disk import Turn
from ground.goal import Goal, report
from ground.ledger import record, rows_of, workspace_in
from ground.library import CACHED, Orders
from ground.orders import ABREAST, FACTS, commands, grouped, told
from ground.parts import parts
from sqlalchemy import insert
from table import Lane, asked, race

from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.schema import entries

BARE = MappingProxyType[str, str]({})
INSERT = f"INSERT INTO entries ({', '.join(Row._fields)}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # names


class Ours(Turn):
    """`Book.record`: claims decided, sealed, hashed; private words into the vault, with their own sync."""

    def __init__(self, orders: int, group: int) -> None:
        self.commands = commands(orders, group)

    def open(self) -> None:
        self.workspace = workspace_in(self.folder, self.room)

    def work(self) -> None:
        record(self.workspace, self.commands)


class Library(Turn):
    def __init__(self, orders: int, group: int, env: Mapping[str, str] = BARE) -> None:
        self.groups = [*grouped(told(orders), group)]
        self.env = env

    def open(self) -> None:
        where = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": f"{self.folder}/events.db"}
        self.app = self.room.enter_context(Orders({**where, **self.env}))

    def work(self) -> None:
        for group in self.groups:
            self.app.tell(group)


class Inserted(Turn):
    """Rows that were made before, into our own table."""

    def __init__(self, rows: Sequence[Row], group: int) -> None:
        self.groups = [rows[start : start + group] for start in range(0, len(rows), group)]

    def open(self) -> None:
        self.workspace = workspace_in(self.folder, self.room)


class Core(Inserted):
    """SQLAlchemy Core alone: an insert of dictionaries in a transaction."""

    def work(self) -> None:
        for rows in self.groups:
            with self.workspace.store.engine.begin() as db:
                db.execute(insert(entries), [row._asdict() for row in rows])


class Raw(Inserted):
    """The driver alone, on the same table with the same indexes, write-ahead log and sync."""

    def open(self) -> None:
        super().open()
        self.db = sqlite3.connect(self.workspace.folder / "ledger.db", isolation_level=None)
        self.room.callback(self.db.close)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")

    def work(self) -> None:
        for rows in self.groups:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.executemany(INSERT, rows)
            self.db.execute("COMMIT")


def alone(orders: int) -> list[Lane]:
    n = orders * len(FACTS)
    return [
        Ours(orders, 1).lane("mingdan", n),
        Library(orders, 1).lane("eventsourcing", n, "peer"),
        Library(orders, 1, CACHED).lane("eventsourcing, every cache on", n, "peer"),
        Raw(rows_of(orders), 1).lane("sqlite3, 1-row transactions", n, "limit"),
    ]


def a_hundred(orders: int) -> list[Lane]:
    n, rows = orders * len(FACTS), rows_of(orders)
    return [
        Ours(orders, ABREAST).lane("mingdan", n),
        Library(orders, ABREAST).lane("eventsourcing, batched", n, "peer"),
        Library(orders, ABREAST, CACHED).lane("eventsourcing, batched, every cache on", n, "peer"),
        Core(rows, ABREAST).lane("SQLAlchemy Core, insert alone", n, "peer"),
        Raw(rows, ABREAST).lane("sqlite3, 100-row transactions", n, "limit"),
    ]


if __name__ == "__main__":
    given = asked(__doc__)
    report(
        "one command a transaction, SQLite",
        race(alone(50 if given.quick else 400), given.repeats),
        "commands",
        [
            Goal("mingdan", 3, "eventsourcing"),
            Goal("mingdan", 0.8, "sqlite3, 1-row transactions"),
        ],
    )
    parts("one command a transaction", 50 if given.quick else 400, 1)
    report(
        "a hundred commands a transaction, SQLite",
        race(a_hundred(200 if given.quick else 4_000), given.repeats),
        "commands",
        [
            Goal("mingdan", 3, "eventsourcing, batched, every cache on"),
            Goal("mingdan", 0.65, "sqlite3, 100-row transactions"),
        ],
    )
    parts("a hundred commands a transaction", 200 if given.quick else 4_000, ABREAST)

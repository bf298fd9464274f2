"""Recording in PostgreSQL: commands decided, appended, flushed before the answer, alone and by the hundred.

The server is started here on the disk of this repository, as it comes: fsync and synchronous_commit are on.
Not measured here, for want of its registry: message-db.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import psycopg
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.postgres_tt import PostgresTTDCBFactory
from eventsourcing.utils import Environment
from ground.disk import Turn
from ground.goal import Goal, report
from ground.ledger import record, rows_of, workspace_in
from ground.library import CACHED, Orders
from ground.orders import ABREAST, FACTS, commands, grouped, told
from ground.server import database, server
from psycopg.conninfo import conninfo_to_dict
from table import Lane, asked, race

from mingdan.ledger.keeping.rows import COPY, Row

BARE = MappingProxyType[str, str]({})
FUNCTIONS = {"POSTGRES_ENABLE_DB_FUNCTIONS": "y"}
INSERT = f"INSERT INTO entries ({', '.join(Row._fields)}) VALUES (%s, %s, %s, %s, %s, %s, %s)"  # noqa: S608  # names


class Served(Turn):
    """A contestant with a fresh database of one server."""

    def __init__(self, url: str) -> None:
        self.server = url

    def open(self) -> None:
        self.url = database(self.server)

    def env(self) -> dict[str, str]:
        return env_of(self.url)


class Ours(Served):
    """`Book.record`: claims decided, sealed, hashed; private words into the vault, with their own flush."""

    def __init__(self, url: str, orders: int, group: int) -> None:
        super().__init__(url)
        self.commands = commands(orders, group)

    def open(self) -> None:
        super().open()
        url = self.url.replace("postgresql:", "postgresql+psycopg:")
        self.workspace = workspace_in(self.folder, self.room, url)

    def work(self) -> None:
        record(self.workspace, self.commands)


class Library(Served):
    def __init__(self, url: str, orders: int, group: int, env: Mapping[str, str] = BARE) -> None:
        super().__init__(url)
        self.groups = [*grouped(told(orders), group)]
        self.extra = env

    def open(self) -> None:
        super().open()
        self.app = self.room.enter_context(Orders({**self.env(), **self.extra}))

    def work(self) -> None:
        for group in self.groups:
            self.app.tell(group)


class Inserted(Served):
    """Rows that were made before, in groups."""

    def __init__(self, url: str, rows: Sequence[Row], group: int) -> None:
        super().__init__(url)
        self.groups = [rows[start : start + group] for start in range(0, len(rows), group)]


class DynamicBoundary(Inserted):
    """The library's other recorder, made for dynamic consistency boundaries: its append alone."""

    def open(self) -> None:
        super().open()
        self.recorder = PostgresTTDCBFactory(Environment("bench", self.env())).dcb_recorder()
        self.room.callback(self.recorder.datastore.close)
        self.events = [
            [DCBEvent(type=row.kind, data=row.entry, tags=[row.stream]) for row in rows]
            for rows in self.groups
        ]

    def work(self) -> None:
        for events in self.events:
            self.recorder.append(events)


class Raw(Inserted):
    """The driver alone, on our own table with the same indexes."""

    def open(self) -> None:
        super().open()
        workspace_in(self.folder, self.room, self.url.replace("postgresql:", "postgresql+psycopg:"))
        options = "-csearch_path=mingdan_ledger"
        self.db = self.room.enter_context(psycopg.connect(self.url, options=options, autocommit=True))

    def work(self) -> None:
        cursor = self.db.cursor()
        for rows in self.groups:
            with self.db.transaction():
                cursor.executemany(INSERT, rows)


class RawOne(Raw):
    def work(self) -> None:
        cursor = self.db.cursor()
        for (row,) in self.groups:
            cursor.execute(INSERT, row)  # a transaction of its own: the connection commits by itself


class RawCopy(Raw):
    def work(self) -> None:
        cursor = self.db.cursor()
        for rows in self.groups:
            with cursor.copy(COPY) as copy:
                for row in rows:
                    copy.write_row(row)


def env_of(url: str) -> dict[str, str]:
    """A database as the library wants to be told of it."""
    names = {"dbname": "DBNAME", "host": "HOST", "port": "PORT", "user": "USER"}
    where = {f"POSTGRES_{names[part]}": str(value) for part, value in conninfo_to_dict(url).items()}
    return {"PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_PASSWORD": "", **where}


def alone(url: str, orders: int) -> list[Lane]:
    n = orders * len(FACTS)
    return [
        Ours(url, orders, 1).lane("mingdan", n),
        Library(url, orders, 1).lane("eventsourcing", n, "peer"),
        Library(url, orders, 1, FUNCTIONS).lane("eventsourcing, database functions", n, "peer"),
        RawOne(url, rows_of(orders), 1).lane("psycopg, 1-row transactions", n, "limit"),
    ]


def a_hundred(url: str, orders: int) -> list[Lane]:
    n, rows = orders * len(FACTS), rows_of(orders)
    every = {**CACHED, **FUNCTIONS}
    return [
        Ours(url, orders, ABREAST).lane("mingdan", n),
        Library(url, orders, ABREAST).lane("eventsourcing, batched", n, "peer"),
        Library(url, orders, ABREAST, every).lane("eventsourcing, batched, every cache on", n, "peer"),
        DynamicBoundary(url, rows, ABREAST).lane("eventsourcing, DCB recorder alone", n, "peer"),
        Raw(url, rows, ABREAST).lane("psycopg, executemany of 100 rows", n, "limit"),
        RawCopy(url, rows, ABREAST).lane("psycopg, COPY of 100 rows", n, "limit"),
    ]


if __name__ == "__main__":
    given = asked(__doc__)
    with server() as url:
        report(
            "one command a transaction, PostgreSQL",
            race(alone(url, 25 if given.quick else 200), given.repeats),
            "commands",
            [
                Goal("mingdan", 4, "eventsourcing"),
                Goal("mingdan", 0.5, "psycopg, 1-row transactions"),
            ],
        )
        report(
            "a hundred commands a transaction, PostgreSQL",
            race(a_hundred(url, 200 if given.quick else 2_000), given.repeats),
            "commands",
            [
                Goal("mingdan", 2, "eventsourcing, batched, every cache on"),
                Goal("mingdan", 2, "eventsourcing, DCB recorder alone"),
                Goal("mingdan", 0.8, "psycopg, executemany of 100 rows"),
            ],
        )

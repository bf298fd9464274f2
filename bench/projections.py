"""Catching up: all views brought to the head of a log that is already there, and to a few entries more.

The peer commits once for each event, as its tracking does: a row and the position in one transaction. Its
runner needs subscriptions, which its SQLite recorder has not, so that the loop over its log is ours.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder
from ground.disk import Turn, folder
from ground.goal import Goal, report
from ground.ledger import fill, workspace_in
from ground.library import Orders
from ground.orders import FACTS, told
from ground.typed import KINDS, decoder
from sqlalchemy import Engine
from table import Lane, asked, race

from mingdan.ledger.keeping.workspace import Workspace
from mingdan.projections.catch_up import BATCH, catch_up
from mingdan.projections.views import open_views

NEW = 1_000  # entries of the news
SECTION = 500  # notifications read at once


class Ours(Turn):
    """Every view from nothing."""

    def __init__(self, filled: Workspace) -> None:
        self.filled = filled

    def open(self) -> None:
        self.engine = _views(self.folder, self.room)

    def work(self) -> None:
        catch_up(self.filled.store, self.engine)


class View(SQLiteTrackingRecorder):
    """One row an order: the last that was heard of it, and when."""

    def construct_create_table_statements(self) -> list[str]:
        table = "CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, step TEXT, at REAL)"
        return [*super().construct_create_table_statements(), table]

    def keep(self, event: Aggregate.Event, tracking: Tracking) -> None:
        row = (event.originator_id.hex, type(event).__name__, event.timestamp.timestamp())
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", row)
            self._insert_tracking(cursor, tracking)


class Tracked(Turn):
    """The library's log read in sections, its events rebuilt, each kept with its position."""

    def __init__(self, orders: int, *, synced: bool) -> None:
        self.orders = orders
        self.synced = synced

    def open(self) -> None:
        where = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": f"{self.folder}/events.db"}
        self.app = self.room.enter_context(Orders(where))
        self.app.tell_all(told(self.orders))
        store = SQLiteDatastore(db_name=f"{self.folder}/views.db")
        self.room.callback(store.close)
        self.view = View(store)
        self.view.create_table()
        if not self.synced:
            with store.get_connection(commit=True) as connection, connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=NORMAL")

    def work(self) -> None:
        for start in range(1, self.orders * len(FACTS) + 1, SECTION):
            for notification in self.app.recorder.select_notifications(start, SECTION):
                event = self.app.mapper.to_domain_event(notification)
                self.view.keep(event, Tracking("orders", notification.id))


class Folded(Turn):
    """The driver alone: rows read, decoded typed, the last of each order kept, one upsert for each batch."""

    def __init__(self, filled: Workspace) -> None:
        self.log = filled.folder / "ledger.db"
        self.decode = {kind: decoder(kind) for kind in KINDS}

    def open(self) -> None:
        self.ledger = self.room.enter_context(closing(sqlite3.connect(self.log)))
        self.views = self.room.enter_context(closing(sqlite3.connect(self.folder / "views.db")))
        self.views.execute("PRAGMA journal_mode=WAL")
        self.views.execute("PRAGMA synchronous=NORMAL")
        self.views.execute("CREATE TABLE orders (id TEXT PRIMARY KEY, step TEXT, at INTEGER)")

    def work(self) -> None:
        found = self.ledger.execute("SELECT stream, kind, entry FROM entries ORDER BY position")
        while rows := found.fetchmany(BATCH):
            last = {stream: (stream, kind, self.decode[kind](entry).at) for stream, kind, entry in rows}
            with self.views:
                self.views.executemany("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", last.values())


class News:
    """Views that follow a log, which grows by the same number of entries before each turn."""

    def __init__(self, workspace: Workspace, room: ExitStack) -> None:
        self.workspace = workspace
        self.engine = _views(workspace.folder, room)
        self.seed = 1
        self.follow()

    def grow(self) -> None:
        self.seed += 1
        fill(self.workspace, NEW // len(FACTS), self.seed)
        os.sync()

    def follow(self) -> None:
        catch_up(self.workspace.store, self.engine)

    def lane(self, name: str) -> Lane:
        return Lane(name, NEW, self.follow, before=self.grow)


def whole(filled: Workspace, orders: int, few: int) -> list[Lane]:
    n, less = orders * len(FACTS), few * len(FACTS)
    return [
        Ours(filled).lane("mingdan, all views", n),
        Tracked(few, synced=True).lane("eventsourcing, tracking", less, "peer"),
        Tracked(few, synced=False).lane("eventsourcing, tracking, not synced", less, "peer"),
        Folded(filled).lane("sqlite3 and msgspec, last states upserted", n, "limit"),
    ]


def news(filled: Workspace, orders: int, few: int, repeats: int) -> None:
    """What is new costs the same after a log sixteen times as long."""
    with ExitStack() as room:
        small = workspace_in(folder(), room)
        fill(small, few)
        long = f"after a log of {orders * len(FACTS):,}"
        short = f"after a log of {few * len(FACTS):,}"
        lanes = [News(filled, room).lane(long), News(small, room).lane(short)]
        report(f"{NEW:,} new entries", race(lanes, repeats), "entries", [Goal(long, 0.8, short)])


def _views(place: Path, room: ExitStack) -> Engine:
    engine = open_views(f"sqlite:///{place}/views.db")
    room.callback(engine.dispose)
    return engine


if __name__ == "__main__":
    given = asked(__doc__)
    orders = 1_000 if given.quick else 10_000
    with ExitStack() as room:
        filled = workspace_in(folder(), room)
        fill(filled, orders)
        report(
            "views catch up with a log",
            race(whole(filled, orders, 100 if given.quick else 400), given.repeats),
            "entries",
            [
                Goal("mingdan, all views", 20, "eventsourcing, tracking"),
                Goal("mingdan, all views", 0.3, "sqlite3 and msgspec, last states upserted"),
            ],
        )
        news(filled, orders, orders // 16, given.repeats)

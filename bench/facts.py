"""Facts over HTTP: clients that each wait for their answer, one event at a time and a hundred in a request.

The peer: the eventsourcing library behind the same server. The limits: that server answering 201 to the same
bytes without doing anything, and the driver alone, as many rows as there are events under way in each synced
transaction. The client has one of two cores: processor time is told apart.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

import append
import msgspec
import postgres
from ground.answers import Answers, show_answers, spent
from ground.disk import Turn
from ground.goal import Goal, report
from ground.ledger import rows_of, workspace_in
from ground.orders import ABREAST, FACTS, words
from ground.server import database, server
from ground.wire import Request, Wire
from table import asked, race

from mingdan.ledger.event import KIND_OF
from mingdan.ledger.gate.api_key import draw_key
from mingdan.ledger.gate.outgoing import event, printed
from mingdan.ledger.gate.told import LIST, ONE
from mingdan.ledger.keeping.clock import now_ms
from mingdan.ledger.keeping.key_ring import KeyRing

CROWDS = (1, 8, 64)  # clients
LIBRARY, NOTHING = "eventsourcing behind the same server", "201 and nothing else"
ORDERS, QUICK = {1: 40, 8: 10, 64: 3}, {1: 8, 8: 3, 64: 1}  # of each client, told event by event
GROUND = Path(__file__).parent / "ground"


class Crowd(Turn):
    """Clients that each tell all of their own orders; `waits` is how long every answer took (s)."""

    keeper = "gatekeeper.py"

    def __init__(self, clients: int, orders: int, together: int) -> None:
        self.clients = clients
        self.orders = orders  # of each client
        self.together = together  # events in a request
        self.waits: list[float] = []

    def open(self) -> None:
        self.waits = []  # of the last turn
        keys = dict.fromkeys({fact.by for fact in FACTS}, "")
        command = [sys.executable, GROUND / self.keeper, *self.made(keys)]
        where = {**os.environ, "PYTHONPATH": str(GROUND.parent), **self.env()}
        self.process = self.room.enter_context(
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=where)
        )
        self.room.callback(self.process.terminate)
        assert self.process.stdout is not None
        found = re.search(r":([0-9]+)/", self.process.stdout.readline())
        assert found is not None
        self.port = int(found[1])
        self.queues = [_requests(range(n, n + self.orders), self.together, keys) for n in self._firsts()]

    def made(self, keys: dict[str, str]) -> Sequence[str | Path]:  # noqa: ARG002  # nothing is opened
        """Makes what is served, and the keys of who speaks."""
        return []

    def env(self) -> dict[str, str]:
        """What its server finds in the environment."""
        return {}

    def _firsts(self) -> range:
        return range(0, self.clients * self.orders, self.orders)

    def work(self) -> None:
        client, server = process_time(), spent(self.process.pid)
        asyncio.run(self._all())
        self.answers = Answers(self.waits, process_time() - client, spent(self.process.pid) - server)

    async def _all(self) -> None:
        await asyncio.gather(*map(self._one, self.queues))

    async def _one(self, queue: list[Request]) -> None:
        wire = await Wire.to(self.port)
        for request in queue:
            begun = perf_counter()
            await wire.post(request)
            self.waits.append(perf_counter() - begun)
        wire.close()


class Ours(Crowd):
    def __init__(self, clients: int, orders: int, together: int, url: str | None = None) -> None:
        super().__init__(clients, orders, together)
        self.server = url

    def made(self, keys: dict[str, str]) -> Sequence[str | Path]:
        url = None if self.server is None else database(self.server)
        url = None if url is None else url.replace("postgresql:", "postgresql+psycopg:")
        workspace = workspace_in(self.folder, self.room, url)
        for party in keys:
            key, keys[party] = draw_key(party, (), now_ms())
            KeyRing(workspace.vault).add(key)
        return [workspace.folder]


class Library(Crowd):
    keeper = "librarian.py"

    def __init__(self, clients: int, orders: int, together: int, url: str | None = None) -> None:
        super().__init__(clients, orders, together)
        self.server = url

    def env(self) -> dict[str, str]:
        if self.server is None:
            return {
                "PERSISTENCE_MODULE": "eventsourcing.sqlite",
                "SQLITE_DBNAME": f"{self.folder}/events.db",
            }
        return postgres.env_of(database(self.server))


def _requests(orders: range, together: int, keys: dict[str, str]) -> list[Request]:
    """Every fact of these orders, so many of one fact in a request."""
    told: list[Request] = []
    for fact, said in enumerate(FACTS):
        events = [printed(_event(order, fact)) for order in orders]
        for start in range(0, len(events), together):
            some = events[start : start + together]
            body, kind = (some[0], ONE) if together == 1 else (b"[" + b",".join(some) + b"]", LIST)
            told.append(
                Request.of("/v1/events", body, Content_Type=kind, Authorization=f"Bearer {keys[said.by]}")
            )
    return told


def _event(order: int, fact: int) -> object:
    said = FACTS[fact].event
    fields = msgspec.to_builtins(said) | words(order, fact)
    return event(KIND_OF[type(said)], f"no-{order}", fields, name=f"{order}/{fact}", source="/bench")


def contest(clients: int, orders: int, together: int, repeats: int, url: str | None = None) -> None:
    """The table of one crowd, its goals, and how long the answers took."""
    n, where = clients * orders * len(FACTS), "SQLite" if url is None else "PostgreSQL"
    ours, bare = Ours(clients, orders, together, url), Crowd(clients, orders, together)
    peer = Library(clients, orders, together, url)
    rows, group = rows_of(clients * orders), clients * together
    raw = append.Raw(rows, group) if url is None else postgres.Raw(url, rows, group)
    lanes = [
        ours.lane("mingdan", n),
        peer.lane(LIBRARY, n, "peer"),
        bare.lane(NOTHING, n, "limit"),
        raw.lane("driver", n, "limit"),
    ]
    what = "single events" if together == 1 else f"{together} events a request"
    goals = [Goal("mingdan", 4, LIBRARY), Goal("mingdan", 0.6, NOTHING)] if together == 1 else []
    title, timings = f"{clients} clients, {what}, {where}", race(lanes, repeats)
    report(title, timings, "events", goals)
    show_answers(title, timings, {"mingdan": ours.answers, LIBRARY: peer.answers, NOTHING: bare.answers})


def contests(repeats: int, url: str | None = None, *, quick: bool) -> None:
    for clients, orders in (QUICK if quick else ORDERS).items():
        contest(clients, orders, 1, repeats, url)
    for clients in CROWDS[:2] if quick else CROWDS:
        contest(clients, ABREAST, ABREAST, repeats, url)


if __name__ == "__main__":
    given = asked(__doc__)
    contests(given.repeats, quick=given.quick)
    with server() as url:
        contests(given.repeats, url, quick=given.quick)

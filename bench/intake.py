"""The clerk: one-claim submissions handed in by many at once, each committed and synced before its answer.

Every submitter waits for its answer before it hands in the next; what waits meanwhile is one transaction. The
limit is the driver alone: as many rows as there are submitters in each synced transaction.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, process_time

import append
import postgres
from ground.answers import Answers, show_answers
from ground.disk import Turn
from ground.goal import Goal, report
from ground.ledger import rows_of, workspace_in
from ground.library import Orders
from ground.orders import FACTS, Command, Told, commands, told
from ground.server import database, server
from table import asked, race

from mingdan.ledger.intake.clerk import Clerk

CROWDS = (1, 8, 64)  # submitters
Hand = Callable[[Told, Command], Awaitable[object]]


class Crowd(Turn):
    """Submitters that each tell of orders of their own; `waits` is how long every answer took (s)."""

    def __init__(self, orders: int, size: int, url: str | None = None) -> None:
        self.size = size
        self.server = url
        self.told = [*zip(told(orders), commands(orders), strict=True)]
        self.waits: list[float] = []

    def open(self) -> None:
        self.waits = []  # of the last turn
        self.url = None if self.server is None else database(self.server)
        self.begin_with()

    @abstractmethod
    def begin_with(self) -> None:
        """Opens what is told."""

    @abstractmethod
    async def hand_in(self, fact: Told, command: Command) -> None: ...

    def work(self) -> None:
        begun = process_time()
        asyncio.run(self._all())
        self.answers = Answers(self.waits, process_time() - begun)

    async def _all(self) -> None:
        queues = [[each for each in self.told if each[0].order % self.size == n] for n in range(self.size)]
        await asyncio.gather(*map(self._one, queues))

    async def _one(self, queue: Iterable[tuple[Told, Command]]) -> None:
        for fact, command in queue:
            begun = perf_counter()
            await self.hand_in(fact, command)
            self.waits.append(perf_counter() - begun)


class Ours(Crowd):
    def begin_with(self) -> None:
        url = None if self.url is None else self.url.replace("postgresql:", "postgresql+psycopg:")
        folder = workspace_in(self.folder, self.room, url).folder
        self.clerk = self.room.enter_context(Clerk(folder))

    async def hand_in(self, fact: Told, command: Command) -> None:  # noqa: ARG002  # the claim says it
        await asyncio.wrap_future(self.clerk.submit(command.claims, command.new))


class Library(Crowd):
    """The library saves command by command, in a thread of its own."""

    def begin_with(self) -> None:
        self.thread = self.room.enter_context(ThreadPoolExecutor(1))
        self.app = self.room.enter_context(Orders(self.env()))

    def env(self) -> dict[str, str]:
        if self.url is None:
            return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": f"{self.folder}/events.db"}
        return postgres.env_of(self.url)

    async def hand_in(self, fact: Told, command: Command) -> None:  # noqa: ARG002  # the fact says it
        await asyncio.wrap_future(self.thread.submit(self.app.tell, [fact]))


def contest(orders: int, size: int, repeats: int, url: str | None = None) -> None:
    """The table of one crowd, its goals, and how long the answers took."""
    n, where = orders * len(FACTS), "SQLite" if url is None else "PostgreSQL"
    ours, peer = Ours(orders, size, url), Library(orders, size, url)
    raw = append.Raw(rows_of(orders), size) if url is None else postgres.Raw(url, rows_of(orders), size)
    lanes = [ours.lane("mingdan", n), peer.lane("eventsourcing", n, "peer"), raw.lane("driver", n, "limit")]
    goals = [Goal("mingdan", 3, "eventsourcing")] if size > 1 else []
    title, timings = f"{size} submitters, {where}", race(lanes, repeats)
    report(title, timings, "submissions", goals)
    show_answers(title, timings, {"mingdan": ours.answers, "eventsourcing": peer.answers})


def orders(size: int, *, quick: bool) -> int:
    """Enough for each submitter to come around."""
    return 8 + 2 * size if quick else 40 + 8 * size


if __name__ == "__main__":
    given = asked(__doc__)
    for size in CROWDS:
        contest(orders(size, quick=given.quick), size, given.repeats)
    with server() as url:
        for size in CROWDS:
            contest(orders(size, quick=given.quick), size, given.repeats, url)

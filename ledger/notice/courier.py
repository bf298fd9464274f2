"""One round of sending: the outbox is filled from the log, then what is due goes out to each endpoint.

Crash order: the outbox and how far it reaches (one transaction), then the call, then that it was taken. A
process that dies after the call sends the same notice again under the same id; none is ever left out.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import NamedTuple

import httpx
from msgspec import Struct

from mingdan.ledger.entry import read
from mingdan.ledger.event import KIND_OF, Placed
from mingdan.ledger.keeping.clock import Clock, now_ms
from mingdan.ledger.keeping.finding import rows_at
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.note import Signer
from mingdan.ledger.notice.address_book import AddressBook
from mingdan.ledger.notice.concern import Skus
from mingdan.ledger.notice.endpoint import Endpoint
from mingdan.ledger.notice.filling import fill
from mingdan.ledger.notice.ladder import Again, Answer, Draw, Stop, after
from mingdan.ledger.notice.message import Notice, notice_of, trial_of
from mingdan.ledger.notice.outbox import Outbox, Pending
from mingdan.ledger.notice.post import Call, calling, post
from mingdan.ledger.notice.seal import headers
from mingdan.ledger.stream import is_order

Post = Callable[[httpx.AsyncClient, Call], Awaitable[Answer]]

MOST = 100  # notices of one endpoint in a round
LONGEST = 10_000  # ms after which a round begins nothing more
TOGETHER = 16  # endpoints at once


class Stopped(NamedTuple):
    endpoint: str
    party: str
    reason: Stop


class Round(Struct, frozen=True):
    """How many notices were taken and how many were not, and which endpoints stopped."""

    taken: int
    refused: int
    stopped: tuple[Stopped, ...] = ()


class Courier:
    """Tells parties what is recorded; one that runs beside another at worst tells something twice."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        signer: Callable[[], Signer],
        skus: Skus,
        *,
        clock: Clock = now_ms,
        draw: Draw = secrets.randbelow,
        send: Post = post,
    ) -> None:
        self.store = store
        self.vault = vault
        self.signer = signer
        self.skus = skus
        self.clock = clock
        self.draw = draw
        self.send = send
        self.book = AddressBook(vault)
        self.outbox = Outbox(vault)

    def run(self) -> Round:
        """Fills the outbox and sends what is due. Raises Unavailable where the machine says no."""
        live = self.book.live()
        if not live:
            return Round(0, 0)
        fill(self.store, self.outbox, live, self.skus, self.clock())
        return asyncio.run(self._deliver(self.book.live()))

    def try_out(self, endpoint: Endpoint) -> Answer:
        """Sends a test; an endpoint that had stopped and takes it is told all that it missed."""
        answer = asyncio.run(self._tried(endpoint))
        if answer.taken and endpoint.stopped is not None:
            self.book.resume(endpoint.id, self.clock())
        return answer

    async def _deliver(self, live: Sequence[Endpoint]) -> Round:
        room, until = asyncio.Semaphore(TOGETHER), self.clock() + LONGEST
        rounds = await asyncio.gather(*(self._tell(each, room, until) for each in live))
        return Round(
            sum(each.taken for each in rounds),
            sum(each.refused for each in rounds),
            tuple(stopped for each in rounds for stopped in each.stopped),
        )

    async def _tell(self, endpoint: Endpoint, room: asyncio.Semaphore, until: int) -> Round:
        """What is due to one endpoint; one that is away is not asked for the rest at once."""
        taken = refused = 0
        async with room, calling() as client:
            for pending, notice in self._notices(endpoint, self.outbox.due(endpoint, self.clock(), MOST)):
                if self.clock() >= until:
                    break
                answer = await self.send(client, self._call(endpoint, notice))
                if answer.taken:
                    self.outbox.taken(pending)
                    taken += 1
                    continue
                refused += 1
                stop = self._refused(endpoint, pending, answer)
                if stop is not None:
                    return Round(taken, refused, (Stopped(endpoint.id, endpoint.party, stop),))
                if answer.away:
                    break
        return Round(taken, refused)

    def _refused(self, endpoint: Endpoint, pending: Pending, answer: Answer) -> Stop | None:
        """Notes a failed attempt; why the endpoint was stopped by it, if it was."""
        now = self.clock()
        following = after(answer, pending.attempts + 1, now, self.draw)
        due = following.due if isinstance(following, Again) else now
        self.outbox.refused(pending, answer.said, due, now)
        if isinstance(following, Again):
            return None
        self.book.stop(endpoint.id, following, now)
        return following

    def _notices(self, endpoint: Endpoint, due: Sequence[Pending]) -> Iterator[tuple[Pending, Notice]]:
        """What is sent of each; all of it is looked up at once."""
        rows = rows_at(self.store, [pending.position - 1 for pending in due])
        names = self._names(endpoint, {row.stream for row in rows.values() if is_order(row.stream)})
        for pending in due:
            row = rows[pending.position - 1]  # the log is only ever added to
            yield pending, notice_of(endpoint, row, names.get(row.stream))

    def _names(self, endpoint: Endpoint, streams: set[str]) -> dict[str, str]:
        """The platform's own names of orders, for the platform alone; an erased one has none."""
        named = {order.stream: order.alias for order in self.vault.orders_of(streams).values() if order.alias}
        placing = (row for row in self.store.rows_of(named) if row.kind == _PLACED)
        told = ((row.stream, read(row.entry, row.kind, row.leaf).event) for row in placing)
        own = {
            stream for stream, event in told if isinstance(event, Placed) and event.platform == endpoint.party
        }
        return {stream: named[stream] for stream in own}

    def _call(self, endpoint: Endpoint, notice: Notice) -> Call:
        signed = headers(notice.id, self.clock() // 1000, notice.body, endpoint.secret, self.signer())
        return Call(endpoint.url, signed, notice.body, endpoint.private)

    async def _tried(self, endpoint: Endpoint) -> Answer:
        async with calling() as client:
            return await self.send(client, self._call(endpoint, trial_of(endpoint, self.clock())))


_PLACED = KIND_OF[Placed]

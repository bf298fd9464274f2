"""Everybody who means harm at once: each is refused, the server grows no larger, and others are served."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import httpx
import pytest

from mingdan.ledger.gate.patience import CONNECTIONS, UNREAD

from .fortress import TERMS, Fortress, found

pytestmark = pytest.mark.slow
MEBIBYTE = 1 << 20
SLOW = 700  # connections that come to no end: more than are kept
DEAF = 150  # connections that ask and never read: more than are kept, too
FORGED = "mdk_aaaaaaaa_" + "a" * 52
HUGE = {
    "/v1/orders": {413},
    "/v1/events": {413, 415},
    "/v1/docking/none/callback": {404},
    "/v1/o/none/nudges": {404, 405, 413},
    "/index.html": {405},
}
BODIES = {
    "ten thousand names": b"{%s}" % b",".join(b'"%d":1' % n for n in range(10_000)),
    "a hundred thousand lists": b"[" * 100_000,
    "a hundred thousand objects": b'{"a":' * 100_000,
    "a number without end": b'{"qty":' + b"9" * 100_000 + b"}",
    "text without end": b'{"order":"' + b"x" * 1_000_000,
}


async def zeros(mebibytes: int) -> AsyncIterator[bytes]:
    for _ in range(mebibytes):
        yield bytes(MEBIBYTE)


def status_of(asked: Request) -> int:
    """What a request is refused with."""
    with pytest.raises(HTTPError) as refused:
        urlopen(asked)
    with refused.value as answer:
        return answer.status


@pytest.fixture(scope="module")
def fortress(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strangers") / "w"
    with Fortress(folder, found(folder)) as fortress:
        yield fortress


@pytest.fixture(scope="module")
def siege(fortress) -> Siege:
    return asyncio.run(Siege(fortress).run())


class Siege:
    """What each was answered, and how much memory the server had before and at most."""

    def __init__(self, fortress: Fortress) -> None:
        self.fortress = fortress
        self.served: list[int] = []
        self.huge: dict[str, int] = {}  # of programs that read an answer once all is sent
        self.flowing: list[int] = []  # of one that may see it meanwhile
        self.odd: dict[str, int] = {}
        self.strange: list[int] = []

    async def run(self) -> Siege:
        async with AsyncExitStack() as room:
            self.http = await room.enter_async_context(
                httpx.AsyncClient(base_url=self.fortress.url, timeout=60)
            )
            await self._serve("first", 1)
            self.before = self.fortress.memory()
            slow: list[asyncio.StreamReader] = []
            for _ in range(SLOW):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.fortress.port)
                room.callback(writer.close)
                writer.write(b"POST /v1/orders HTTP/1.1\r\nHost: gate\r\nX-Slow: ")
                slow.append(reader)
            deaf = [await self._deaf(room) for _ in range(DEAF)]
            async with asyncio.TaskGroup() as group:
                group.create_task(self._serve("meanwhile", 30))
                group.create_task(self._strangers(100))
                group.create_task(self._stream("/v1/orders"))
                for path in HUGE:
                    group.create_task(self._send(path))
                for name in BODIES:
                    group.create_task(self._puzzle(name))
            self.hung_up = sum(reader.at_eof() for reader in slow)
            self.cut_off = sum(each.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0 for each in deaf)
        self.most = self.fortress.memory("VmHWM")
        return self

    async def _deaf(self, room: AsyncExitStack) -> socket.socket:
        """A connection that asks for much, and of which nobody reads."""
        connection = room.enter_context(socket.socket())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(0)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(connection, ("127.0.0.1", self.fortress.port))
        with suppress(OSError):  # hung up on at once
            await loop.sock_sendall(connection, b"GET /openapi.json HTTP/1.1\r\nHost: gate\r\n\r\n" * 20)
        return connection

    async def _serve(self, name: str, count: int) -> None:
        for number in range(count):
            told = TERMS | {"order": f"{name}-{number}"}
            answer = await self.http.post("/v1/orders", json=told, headers=self.fortress.headers)
            self.served.append(answer.status_code)

    async def _strangers(self, count: int) -> None:
        for _ in range(count):
            answer = await self.http.post("/v1/orders", headers={"Authorization": f"Bearer {FORGED}"})
            self.strange.append(answer.status_code)

    async def _send(self, path: str) -> None:
        headers = self.fortress.headers | {"Content-Type": "application/json"}
        asked = Request(f"{self.fortress.url}{path}", bytes(100 * MEBIBYTE), headers)
        self.huge[path] = await asyncio.to_thread(status_of, asked)

    async def _stream(self, path: str) -> None:
        headers = self.fortress.headers | {"Content-Type": "application/json"}
        answer = await self.http.post(path, content=zeros(100), headers=headers)
        self.flowing.append(answer.status_code)

    async def _puzzle(self, name: str) -> None:
        kind = {"Content-Type": "application/json"}
        headers = self.fortress.headers | kind
        answer = await self.http.post("/v1/orders", content=BODIES[name], headers=headers)
        self.odd[name] = answer.status_code


def test_who_sends_what_is_asked_for_is_served_meanwhile(siege):
    assert siege.served == [201] * 31


def test_who_only_waits_makes_room_for_others(siege):
    assert siege.hung_up >= SLOW - CONNECTIONS


def test_who_does_not_read_makes_room_for_others(siege):
    assert siege.cut_off >= DEAF - UNREAD


def test_the_server_grows_no_larger(siege):
    assert siege.most - siege.before < 64 * MEBIBYTE


@pytest.mark.parametrize("path", HUGE)
def test_a_hundred_mebibytes_are_refused_wherever_they_are_sent(siege, path):
    assert siege.huge[path] in HUGE[path]


def test_a_hundred_mebibytes_are_refused_as_they_come(siege):
    assert siege.flowing == [413]


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_a_puzzle_is_refused(siege, name):
    assert siege.odd[name] == 400


def test_a_forged_key_opens_nothing(siege):
    assert siege.strange == [401] * 100


def test_nothing_but_what_was_served_is_recorded(fortress, siege):
    told = httpx.get(f"{fortress.url}/metrics").text
    recorded = next(line for line in told.splitlines() if 'facts_total{outcome="recorded"}' in line)

    assert float(recorded.split()[1]) == len(siege.served)
    assert httpx.get(f"{fortress.url}/healthz").status_code == 200

"""Who is refused and still sends: it may read its answer, and is not read on for ever."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.responses import Response
from uvicorn.server import ServerState

from mingdan.ledger.gate import patience
from mingdan.ledger.gate.gauges import Gauges
from mingdan.ledger.gate.journal import TEMPLATE, Journal
from mingdan.ledger.gate.patience import Patient

PIECE = bytes(1 << 16)


async def refusing(scope, receive, send) -> None:
    """Refuses without a look at the body; `/kept` keeps the connection, `/never` is never answered."""
    if scope["path"] == "/never":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    close = {} if scope["path"] == "/kept" else {"Connection": "close"}
    await Response("no", 413, close)(scope, receive, send)


def head(path: str, length: int) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: gate\r\nContent-Length: {length}\r\n\r\n".encode()


class Line:
    """One end of a connection, at whose other end a server is patient."""

    def __init__(
        self, connection: Patient, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connection = connection
        self.reader = reader
        self.writer = writer

    async def sent(self, most: int) -> int:
        """How many bytes it takes until it hangs up."""
        sent = 0
        with suppress(OSError):
            while sent < most:
                self.writer.write(PIECE)
                await self.writer.drain()
                sent += len(PIECE)
        return sent


@asynccontextmanager
async def connected(state: ServerState | None = None, app=refusing) -> AsyncIterator[Line]:
    config, state = uvicorn.Config(app, log_config=None, lifespan="off"), state or ServerState()
    ours, theirs = socket.socketpair()
    made = Patient(config, state, {})
    await asyncio.get_running_loop().connect_accepted_socket(lambda: made, theirs)
    reader, writer = await asyncio.open_connection(sock=ours)
    yield Line(made, reader, writer)
    writer.close()


@pytest.mark.parametrize("path", ["/closed", "/kept"])
def test_whoever_is_refused_reads_why_once_all_is_sent(path):
    async def asked() -> tuple[int, bytes]:
        size = 64 * len(PIECE)
        async with connected() as line:
            line.writer.write(head(path, size))
            return await line.sent(size), await line.reader.read(12)

    assert asyncio.run(asked()) == (64 * len(PIECE), b"HTTP/1.1 413")


def test_what_is_no_request_is_told_so_however_much_of_it_there_is():
    async def asked() -> tuple[int, bytes]:
        async with connected() as line:
            line.writer.write(b"\x16\x03\x01 nothing\r\n\r\n")
            return await line.sent(64 * len(PIECE)), await line.reader.read()

    sent, answer = asyncio.run(asked())

    assert sent == 64 * len(PIECE)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_an_answer_is_not_waited_for_where_its_request_turns_out_to_be_none():
    gone = []

    async def app(scope, receive, send) -> None:
        await refusing(scope, receive, send)
        gone.append(scope["path"])

    async def asked() -> bytes:
        async with connected(app=app) as line:
            line.writer.write(
                b"POST /never HTTP/1.1\r\nHost: gate\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n"
            )
            await line.sent(64 * len(PIECE))
            answer = await line.reader.read()
            await asyncio.sleep(0)
            return answer

    assert asyncio.run(asked()).startswith(b"HTTP/1.1 400")
    assert gone == ["/never"]


def test_an_answer_to_who_has_gone_is_noted_as_none(market):
    noted: list[dict[str, object]] = []

    async def late(scope, receive, send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await Response("too late", 503)(scope, receive, send)

    gauges = Gauges(market.workspace.store, lambda: 0, {})
    journal = Journal(late, gauges, lambda: 0, lambda line: noted.append(json.loads(line)))

    async def app(scope, receive, send) -> None:
        scope[TEMPLATE] = "/late"
        await journal(scope, receive, send)

    async def asked() -> None:
        async with connected(app=app) as line:
            line.writer.write(head("/late", 0))
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)

    asyncio.run(asked())

    assert [each.keys() & {"route", "status"} for each in noted] == [{"route"}]


def test_who_goes_on_sending_is_hung_up_on_after_so_much(monkeypatch):
    monkeypatch.setattr(patience, "THROWN", 1 << 20)

    async def asked() -> int:
        async with connected() as line:
            line.writer.write(head("/closed", 1 << 30))
            return await line.sent(1 << 30)

    assert asyncio.run(asked()) < 1 << 23


def test_who_goes_on_sending_is_hung_up_on_after_so_long(monkeypatch):
    monkeypatch.setattr(patience, "LINGER", 0.05)

    async def asked() -> bool:
        async with connected() as line:
            line.writer.write(head("/closed", 1 << 30))
            answer = await line.reader.read()  # to its end: no more is answered
            lingering = line.connection.lingering
            while not line.connection.line.is_closing():
                line.writer.write(b"x")
                await asyncio.sleep(0.005)
            return lingering and answer.endswith(b"no")

    assert asyncio.run(asyncio.wait_for(asked(), 5))


def test_who_has_nothing_more_to_send_is_hung_up_on_at_once():
    async def asked() -> bool:
        async with connected() as line:
            line.writer.write(head("/closed", 1) + b"x")
            await line.reader.read()
            return line.connection.lingering

    assert not asyncio.run(asked())


def test_whose_words_are_thrown_away_makes_room_for_others(monkeypatch):
    monkeypatch.setattr(Patient, "most", 2)
    state = ServerState()

    async def asked() -> list[bool]:
        async with connected(state) as refused:
            refused.writer.write(head("/closed", 1 << 30))
            await refused.reader.read()
            async with connected(state) as waiting, connected(state) as newest:
                lines = [refused, waiting, newest]
                return [each.connection.line.is_closing() for each in lines]

    assert asyncio.run(asked()) == [True, False, False]


def test_a_server_that_ends_throws_nothing_more_away():
    async def asked() -> bool:
        async with connected() as line:
            line.writer.write(head("/closed", 1 << 30))
            await line.reader.read()
            line.connection.shutdown()
            return line.connection.line.is_closing()

    assert asyncio.run(asked())

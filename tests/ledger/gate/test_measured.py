"""What surrounds every request: so many at once, answers in pieces, and no address that is nearly another."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.responses import Response
from starlette.routing import Route

from mingdan.ledger.gate import listening
from mingdan.ledger.gate.measured import PIECE, Measured
from mingdan.ledger.gate.patience import CONNECTIONS
from mingdan.site.serve import serving


def asking(app) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gate")


def test_one_request_too_many_is_refused_until_another_is_answered():
    async def asked() -> list[httpx.Response]:
        going, come = asyncio.Event(), asyncio.Event()

        async def app(scope, receive, send):
            come.set()
            await going.wait()
            await Response("here")(scope, receive, send)

        async with asking(Measured(app, 1)) as client:
            first = asyncio.create_task(client.get("/"))
            await come.wait()
            second = await client.get("/")
            going.set()
            return [await first, second, await client.get("/")]

    first, second, third = asyncio.run(asked())

    assert [first.text, third.text] == ["here", "here"]
    assert (second.status_code, second.headers["retry-after"]) == (503, "1")
    assert second.headers["content-type"] == "application/problem+json"
    assert second.json()["type"] == "/docs#unavailable"


@pytest.mark.parametrize("size", [0, PIECE, PIECE + 1, 3 * PIECE])
def test_an_answer_is_sent_in_pieces_and_whole(size):
    body, sent = bytes(range(256)) * (size // 256) + b"x" * (size % 256), []

    async def send(message) -> None:
        sent.append(message)

    asyncio.run(Measured(Response(body), 1)({"type": "http"}, None, send))
    pieces = sent[1:]

    assert b"".join(each["body"] for each in pieces) == body
    assert max(len(each["body"]) for each in pieces) <= PIECE
    assert [each.get("more_body", False) for each in pieces] == [True] * (len(pieces) - 1) + [False]


@pytest.mark.parametrize(
    ("files", "most", "room"),
    [(1024, 1024, 384), (1024, 4096, CONNECTIONS), (1 << 20, 1 << 20, CONNECTIONS), (-1, -1, CONNECTIONS)],
)
def test_connections_leave_files_for_the_stores(monkeypatch, files, most, room):
    limits = [(files, most)]
    monkeypatch.setattr(listening.resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(listening.resource, "setrlimit", lambda _, limit: limits.append(limit))

    assert listening.room() == room
    assert limits[-1][0] == -1 or limits[-1][0] >= 2 * room + listening.SPARE


def test_an_intake_without_a_site_leads_nobody_from_what_is_not_to_what_is():
    async def asked() -> list[int]:
        async with asking(serving(None, Route("/healthz", lambda _: Response()))) as client:
            return [(await client.get(path)).status_code for path in ("/healthz", "/healthz/")]

    assert asyncio.run(asked()) == [200, 404]

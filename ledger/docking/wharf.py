"""Where shops call back: a callback is verified, bound to its order, recorded, and answered in their words.

No header, body, number or secret goes to any log. A shop is told that it was heard once it is recorded, and
not before: what is not acknowledged comes again.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from mingdan.ledger.docking.dock import Message, Unbelieved
from mingdan.ledger.docking.harbour import Dock
from mingdan.ledger.docking.hearing import Scribe, hear
from mingdan.ledger.errors import MingdanError, Refused
from mingdan.ledger.gate.reply import lost
from mingdan.ledger.keeping.clock import Clock, now_ms

LARGEST = 256 << 10  # bytes of a callback: read before it is known whose it is


class Wharf:
    """The docks of a workspace by their names, and who records what they hear."""

    def __init__(self, scribe: Scribe, docks: Mapping[str, Dock], clock: Clock = now_ms) -> None:
        self.scribe = scribe
        self.docks = docks
        self.clock = clock

    async def take(self, request: Request) -> Response:
        dock = self.docks.get(request.path_params["dock"])
        if dock is None:
            return lost()
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        if body is None:
            return _reply(dock, 413)
        path = urlsplit(dock.callback).path if dock.callback is not None else request.url.path
        message = Message(body, headers=dict(request.headers), path=path)
        return _reply(dock, await run_in_threadpool(self._status, dock, message))

    def _status(self, dock: Dock, message: Message) -> int:
        """The status that a callback is answered with; 200 as soon as it is recorded, or was before."""
        now = self.clock()
        try:
            word = dock.dialect.called_back(dock.account, message, now)
            hear(self.scribe, dock, word, word.ref, now)
        except Unbelieved as error:
            return _STATUS.get(str(error.evidence["rule"]), 401)
        except Refused:
            return 409
        except (MingdanError, TimeoutError):
            return 503
        return 200


def routes(scribe: Scribe, docks: Mapping[str, Dock], clock: Clock = now_ms) -> list[Route]:
    """Where the shops of these docks call back, on a server."""
    return [Route("/v1/docking/{dock}/callback", Wharf(scribe, docks, clock).take, methods=["POST"])]


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _reply(dock: Dock, status: int) -> Response:
    words, kind = dock.dialect.reply(taken=status == 200)
    return Response(words, status, media_type=kind)


_STATUS = {
    "unreadable": 400,
    "no-callbacks": 404,
    "no-reference": 400,
    "unknown-reference": 404,
    "other-hop": 409,
    "other-number": 409,
}

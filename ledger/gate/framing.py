"""How long a request is, said once: two ways to say it are how one request is smuggled inside another."""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mingdan.ledger.errors import MalformedEntry
from mingdan.ledger.gate.problem import problem
from mingdan.ledger.gate.reply import HEADERS, PROBLEM


class Framed:
    """Answers 400 to a request of two lengths, and hangs up: what follows may be anybody's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ambiguous = scope["type"] == "http" and {name for name, _ in scope["headers"]} >= _LENGTHS
        await (_twice if ambiguous else self.app)(scope, receive, send)


async def _twice(scope: Scope, receive: Receive, send: Send) -> None:
    error = MalformedEntry(
        "a request says its length once", header="transfer-encoding", expected="Content-Length alone"
    )
    answer = Response(msgspec.json.encode(problem(error)), 400, HEADERS | {"Connection": "close"}, PROBLEM)
    await answer(scope, receive, send)


NO_REQUEST = MalformedEntry("this is no HTTP request", expected="HTTP/1.1")
_LENGTHS = {b"content-length", b"transfer-encoding"}  # a server hands names over in lower case

"""How a request is framed: its length is said once, and its target may be a whole address.

Two ways to say a length are how one request is smuggled inside another.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

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
        await (_twice if ambiguous else self.app)(_within(scope), receive, send)


def _within(scope: Scope) -> Scope:
    """The same, its target as a path of the host that it names (RFC 9112, 3.2.2)."""
    whole = _WHOLE.fullmatch(scope["raw_path"]) if scope["type"] == "http" and "raw_path" in scope else None
    if whole is None:
        return scope
    headers = [each for each in scope["headers"] if each[0] != b"host"]
    path = whole[2] or b"/"
    told = {"path": unquote(path.decode("ascii")), "raw_path": path}
    return {**scope, **told, "headers": [(b"host", whole[1]), *headers]}


async def _twice(scope: Scope, receive: Receive, send: Send) -> None:
    error = MalformedEntry(
        "a request says its length once", header="transfer-encoding", expected="Content-Length alone"
    )
    answer = Response(msgspec.json.encode(problem(error)), 400, HEADERS | {"Connection": "close"}, PROBLEM)
    await answer(scope, receive, send)


NO_REQUEST = MalformedEntry("this is no HTTP request", expected="HTTP/1.1")
_WHOLE = re.compile(rb"https?://([^/]+)(/.*)?", re.IGNORECASE)
_LENGTHS = {b"content-length", b"transfer-encoding"}  # a server hands names over in lower case

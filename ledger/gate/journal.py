"""One JSON line for each request: which route, who asked, how it ended; no path, no body, no words.

A path may hold the key to an order, and a body always holds somebody's affairs: neither is written anywhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from time import perf_counter_ns

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mingdan.ledger.gate.gauges import Gauges
from mingdan.ledger.instant import instant
from mingdan.ledger.keeping.clock import Clock

Write = Callable[[str], object]
TEMPLATE = "mingdan.route"  # of the scope: a path without what is asked for
GONE = "mingdan.gone"  # of the scope of a request: nobody is there any more to be answered
_VISIT = "mingdan.visit"


class Visit(Struct, omit_defaults=True):
    """A request as its line tells it; `request` is what a problem names as its instance."""

    at: str
    request: str
    method: str
    route: str
    status: int = 0
    ms: int = -1
    key: str = ""
    party: str = ""
    error: str = ""


class Journal:
    """`app` finds the visit in its scope, and adds who it is."""

    def __init__(
        self,
        app: ASGIApp,
        gauges: Gauges,
        clock: Clock,
        write: Write,
        draw: Callable[[int], str] = secrets.token_hex,
    ) -> None:
        self.app = app
        self.gauges = gauges
        self.clock = clock
        self.write = write
        self.draw = draw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        visit = Visit(instant(self.clock()), self.draw(8), _method(scope), scope[TEMPLATE])
        scope[_VISIT] = visit

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start" and GONE not in scope:
                visit.status = message["status"]
            await send(message)

        begun = perf_counter_ns()
        with self.gauges.under_way.track_inprogress():
            try:
                await self.app(scope, receive, noting)
            finally:
                spent = perf_counter_ns() - begun
                visit.ms = spent // 1_000_000
                self.gauges.answered(visit.route, visit.method, visit.status, spent)
                self.write(msgspec.json.encode(visit).decode())


def visit_of(request: Request) -> Visit:
    visit: Visit = request.scope[_VISIT]
    return visit


def _method(scope: Scope) -> str:
    """One of a few: whoever asks chooses no label."""
    method: str = scope["method"]
    return method if method in ("GET", "HEAD", "POST") else "other"

"""The gate as an ASGI application: its routes in one table, and what surrounds each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mingdan.ledger.errors import MingdanError
from mingdan.ledger.gate.admission import RATE, Admission
from mingdan.ledger.gate.desk import Desk
from mingdan.ledger.gate.elsewhere import CALLBACK
from mingdan.ledger.gate.gauges import Gauges, Reached
from mingdan.ledger.gate.guide import show_description, show_guide
from mingdan.ledger.gate.journal import TEMPLATE, Journal, Write
from mingdan.ledger.gate.outcomes import Outcomes
from mingdan.ledger.gate.problem import Declined
from mingdan.ledger.gate.receipts import Receipts
from mingdan.ledger.gate.reply import declined, unexpected
from mingdan.ledger.gate.window import Window
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.checkpoints import newest_checkpoint
from mingdan.ledger.keeping.clock import Clock, now_ms
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.log import published_size
from mingdan.ledger.keeping.workspace import Workspace

ROOM = "/v1/"  # all of it is answered in one form
Lags: TypeAlias = Mapping[str, Reached]


class Gate(BaseRoute):
    """All routes of the gate as one, beside others: it answers for its own paths in every method.

    `rest` answers for what is left below `/v1/`.
    """

    def __init__(self, app: ASGIApp, routes: list[Route], rest: Rest) -> None:
        self.app = app
        self.routes = routes
        self.rest = rest

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        for route in self.routes if scope["type"] == "http" else ():
            if route.matches(scope)[0] != Match.NONE:
                return Match.FULL, {TEMPLATE: route.path}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class Rest(BaseRoute):
    """What nothing else takes below `/v1/`, and no file of the site is: to be asked last."""

    def __init__(self, app: ASGIApp, site: Path) -> None:
        self.app = app
        self.site = site

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(ROOM):
            return Match.NONE, {}
        given = scope["method"] in ("GET", "HEAD") and is_given(self.site, scope["path"])
        return (Match.NONE, {}) if given else (Match.FULL, {TEMPLATE: ROOM})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def is_given(site: Path, path: str) -> bool:
    """Whether a site has a file at a path, which may be anything; what lies beside the site is not told."""
    if ".." in path.split("/"):
        return False
    try:
        return (site / path.lstrip("/")).is_file()
    except (OSError, ValueError):
        return False  # too long, or no path at all


def gate(
    clerk: Clerk,
    workspace: Workspace,
    *,
    page_of: Callable[[str], str],
    reached: Lags | None = None,
    rate: int = RATE,
    clock: Clock = now_ms,
    write: Write = print,
) -> Gate:
    """The gate of a workspace, whose `clerk` records; `page_of` is the address of a handle's page.

    `reached` says of what follows the log how far it has come, `rate` is of one key (requests a second), and
    `write` takes a line for each request.
    """
    lags: Lags = {"publication": lambda: _published(workspace)}
    gauges = Gauges(workspace.store, clock, {**lags, **(reached or {})})
    window = Window(
        Admission(KeyRing(workspace.vault), workspace.store, clock, rate),
        Desk(clerk, workspace.store, workspace.vault, clock),
        Outcomes(Receipts(workspace, page_of), gauges),
    )
    routes = routes_of(window)
    around = partial(
        Starlette,
        middleware=[Middleware(Journal, gauges=gauges, clock=clock, write=write), Middleware(Calm)],
        exception_handlers={
            MingdanError: _decline,
            HTTPException: _stray,
            ClientDisconnect: _hang_up,
        },
    )
    app = around(routes=routes)
    rest = around(routes=[Route(CALLBACK, _stray_call, methods=["POST"])])
    for each in (app, rest):
        each.router.redirect_slashes = False
    return Gate(app, routes, Rest(rest, workspace.site))


class Calm:
    """Answers our own mistakes before anybody prints their words: they may be private."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:  # noqa: BLE001  # whatever it is
            await unexpected(Request(scope), error)(scope, receive, send)


def routes_of(window: Window) -> list[Route]:
    """Every route, as `description` tells it."""
    return [
        Route("/v1/events", window.events, methods=["POST"]),
        Route("/v1/orders", window.orders, methods=["POST"]),
        Route("/v1/orders/{order}/receipt", window.receipt_of_order),
        Route("/v1/receipts/{leaf}", window.receipt_of_leaf),
        Route("/healthz", window.health),
        Route("/readyz", window.ready),
        Route("/metrics", window.metrics),
        Route("/openapi.json", show_description),
        Route("/docs", show_guide),
    ]


def _published(workspace: Workspace) -> int:
    """How many entries are published: as the site here has it, else as the ledger does."""
    if workspace.is_published:
        return published_size(workspace.staging(), workspace.vkey())
    return newest_checkpoint(workspace.store)[0]


async def _decline(request: Request, error: Exception) -> Response:
    assert isinstance(error, MingdanError)
    return declined(request, error)


async def _stray(request: Request, error: Exception) -> Response:
    """What no route takes in this method."""
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow", "")
    if error.status_code == 405:
        return declined(request, Declined("method", "this is not asked for so", allow=allowed))
    return declined(request, Declined("not-found", "there is nothing here"))


async def _stray_call(_request: Request) -> Response:
    raise Declined("not-found", "no shop calls back here")


class Unsent(Response):
    """No answer: nobody is there to read one, and none is noted."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pass


async def _hang_up(_request: Request, _error: Exception) -> Response:
    return Unsent()

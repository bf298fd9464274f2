"""How a request is answered: JSON, or a problem with what it rests on; nothing of it is kept in between."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from mingdan.ledger.errors import MingdanError
from mingdan.ledger.gate.complaint import place_of
from mingdan.ledger.gate.journal import visit_of
from mingdan.ledger.gate.problem import ALONE, Declined, Layout, problem, wait_of

PROBLEM = "application/problem+json"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def json(told: Struct | Mapping[str, object], status: int = 200, **headers: str) -> Response:
    """An answer; what is None or left at its default is left out where its type says so."""
    return Response(msgspec.json.encode(told), status, HEADERS | headers, "application/json")


def lost() -> Response:
    """That there is nothing here, for whoever asks outside the gate."""
    told = problem(Declined("not-found", "there is nothing here"))
    return Response(msgspec.json.encode(told), told.status, HEADERS, PROBLEM)


def declined(request: Request, error: MingdanError) -> Response:
    """Why not, and how to go on."""
    told = problem(error, layout_in(request), f"urn:mingdan:request:{visit_of(request).request}")
    return Response(msgspec.json.encode(told), told.status, HEADERS | _way_out(told.status, error), PROBLEM)


def unexpected(request: Request, error: Exception) -> Response:
    """Our own mistake: its place goes to the journal, its words nowhere, since they may be private."""
    visit_of(request).error = place_of(error)
    return declined(request, MingdanError("a mistake of this server"))


def lay_out(request: Request, layout: Layout) -> None:
    """Notes how the body of a request is laid out, for a problem's pointer."""
    request.state.layout = layout


def layout_in(request: Request) -> Layout:
    layout: Layout = getattr(request.state, "layout", ALONE)
    return layout


def _way_out(status: int, error: MingdanError) -> dict[str, str]:
    wait = wait_of(error)
    headers = {} if wait == 0 else {"Retry-After": str(-(-wait // 1000))}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="mingdan"'
    if status in (408, 413):
        headers["Connection"] = "close"  # the rest of the body is not waited for
    if "allow" in error.evidence:
        headers["Allow"] = str(error.evidence["allow"])
    return headers

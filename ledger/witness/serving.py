"""A witness over HTTP: c2sp.org/tlog-witness@v1.0.0 at the edge, everything else behind it in threads."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mingdan.ledger.errors import MingdanError
from mingdan.ledger.witness.memory import Witness
from mingdan.ledger.witness.request import Declined

MAX_BODY = 1 << 20  # bytes; a note of 1 MB and its proof


def application(witness: Witness) -> Starlette:
    """The ASGI application of one witness: POST /add-checkpoint, and its key for people."""
    vkey = f"{witness.signer.key}\n"

    async def add_checkpoint(request: Request) -> Response:
        body = await _body(request)
        return PlainTextResponse(await run_in_threadpool(witness.add_checkpoint, body))

    async def introduce(_request: Request) -> Response:
        return PlainTextResponse(f"witness {witness.signer.name}\nvkey {vkey}")

    async def show_vkey(_request: Request) -> Response:
        return PlainTextResponse(vkey)

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/vkey", show_vkey),
            Route("/", introduce),
        ],
        exception_handlers={Declined: _decline, MingdanError: _fail, ClientDisconnect: _hang_up},
    )


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Declined(413, f"a request has at most {MAX_BODY} bytes")
    return bytes(body)


def _decline(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Declined)
    return Response(error.body, error.status, {"Content-Type": error.content_type})  # nothing may be added


def _fail(_request: Request, error: Exception) -> Response:
    """The machine's own trouble; the log may ask again."""
    assert isinstance(error, MingdanError)
    return PlainTextResponse(f"{error.message}\n", 503)


def _hang_up(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it

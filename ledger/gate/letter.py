"""A request's body, read within bounds while it comes: so many bytes, and so long."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from mingdan.ledger.gate.problem import Declined

LARGEST = 1 << 20  # bytes
SECONDS = 15.0  # in which a body has come


async def read_body(request: Request, most: int = LARGEST, seconds: float = SECONDS) -> bytes:
    """The body, whatever its headers say of its length. Raises Declined; ClientDisconnect."""
    _check_length(request.headers.get("content-length"), most)
    _check_plain(request.headers.get("content-encoding"))
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
    except TimeoutError as error:
        raise Declined("too-slow", "the body did not come in time") from error
    return bytes(body)


def _check_length(said: str | None, most: int) -> None:
    """What is too long by its own word is not read at all; a server holds nobody to a shorter one."""
    if said is not None and said.isascii() and said.isdigit() and (len(said) > 18 or int(said) > most):
        raise _too_large(most)


def _check_plain(coding: str | None) -> None:
    if coding not in (None, "identity"):
        raise Declined("media-type", "a body is sent as it is", expected="no Content-Encoding")


def _too_large(most: int) -> Declined:
    return Declined("too-large", f"a request has at most {most} bytes")

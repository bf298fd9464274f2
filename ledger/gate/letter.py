"""A request's body, taken within bounds while it comes, so many bytes and so long, and then read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request

from mingdan.ledger.gate.mailbag import Take
from mingdan.ledger.gate.problem import Declined

LARGEST = 1 << 20  # bytes
SECONDS = 15.0  # in which a body has come
SHORT = 4096  # bytes that are read at once
_Told = TypeVar("_Told")


class Lectern:
    """Where what is long is read, one after another: meanwhile it is many times its size. One loop's own."""

    def __init__(self) -> None:
        self._taken = asyncio.Lock()

    async def read(self, body: bytes, read: Callable[[], _Told]) -> _Told:
        """What a body tells; beside the loop where it is long."""
        if len(body) <= SHORT:
            return read()
        async with self._taken:
            return await asyncio.to_thread(read)


async def read_body(request: Request, take: Take, most: int = LARGEST, seconds: float = SECONDS) -> bytes:
    """The body, whatever its headers say of its length. Raises Declined, ClientDisconnect, and as `take`."""
    _check_length(request.headers.get("content-length"), most)
    _check_plain(request.headers.get("content-encoding"))
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
                take(len(chunk))
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

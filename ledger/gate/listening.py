"""Listening for requests: nobody holds a connection by being slow, and an end is told to who waits.

Told to end, it takes no more, answers what it has begun, and leaves by `SystemExit`: what waits is done.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.gate.framing import Framed
from mingdan.ledger.gate.letter import LARGEST

GRACE = 20  # seconds for what was begun when an end is told
YOUNG = 5_000  # objects made before the cycle collector comes
CONNECTIONS = 500  # at once: with the files of its stores, below what a process may open (1,024)


class Patient(H11Protocol):
    """HTTP/1.1 that hangs up on a request that does not come to its end."""

    seconds = 30.0  # in which a request has come, from its connection's first moment or the last answer on
    arriving: asyncio.TimerHandle | None = None
    unread = LARGEST  # bytes of a body that nobody reads, once its request is answered

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > CONNECTIONS:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._unasked():
            self._pass_over(len(data))
        if not self._under_way():
            self._wait()
        else:
            self._arrived()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self.unread = LARGEST
        self._arrived()  # from here on the time between two requests is counted
        super().on_response_complete()

    def _asks(self) -> bool:
        """Whether the head of a request has come, and it is not yet answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _unasked(self) -> bool:
        """Whether more of a body is coming than it took to answer."""
        return self.conn.their_state is h11.SEND_BODY and not self._asks()

    def _pass_over(self, size: int) -> None:
        self.unread -= size
        if self.unread < 0:
            self.transport.close()

    def _under_way(self) -> bool:
        """Whether a whole request has come, and is not yet answered."""
        return self._asks() and not self.cycle.more_body

    def _wait(self) -> None:
        if self.arriving is None:
            self.arriving = self.loop.call_later(self.seconds, self.transport.close)

    def _make_room(self) -> None:
        """Hangs up on who asks for nothing yet, else on whose request is longest in coming."""
        here = [each for each in self.connections if isinstance(each, Patient) and each is not self]
        others = [each for each in here if not each.transport.is_closing()]
        waiting = [each for each in others if each.arriving]
        if len(others) >= CONNECTIONS and waiting:
            min(waiting, key=Patient.turn).transport.close()

    def turn(self) -> tuple[bool, float]:
        """Whose turn it is to be hung up on, the least first."""
        assert self.arriving is not None
        return self._asks(), self.arriving.when()

    def _arrived(self) -> None:
        if self.arriving is not None:
            self.arriving.cancel()
            self.arriving = None


def listen(served: Any, what: str, host: str, port: int, say: Callable[[str], object] = print) -> None:
    """Serves an ASGI application until told to end; says where first. Raises Unavailable on a taken port."""
    config = uvicorn.Config(
        Framed(served),
        http=Patient,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,  # its lines would hold paths, and these hold keys to orders
        server_header=False,
        limit_concurrency=2 * CONNECTIONS,  # of requests under way; connections are kept within bounds above
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE,
    )
    _settle()
    with bound(host, port) as listening, _leaving():
        say(f"serving {what} on http://{host}:{listening.getsockname()[1]}/")
        uvicorn.Server(config).run(sockets=[listening])


def _settle() -> None:
    """Keeps the cycle collector from walking, while requests wait, over what was loaded for good.

    Requests under way outlive its youngest generation at once: it comes less often, to find them gone.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens. Raises Unavailable where somebody else does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends without delay only where the protocol is said; else every answer waits 40 ms for Nagle
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(CONNECTIONS)  # before anybody is told of it
        except OSError as error:
            raise Unavailable(
                f"cannot listen here: {error.strerror}",
                next_step="choose another --port",
                at=f"{host}:{port}",
            ) from error
        yield listening


@contextmanager
def _leaving() -> Iterator[None]:
    """Lets SIGTERM, once the server has ended by it, unwind the command instead of cutting it off."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

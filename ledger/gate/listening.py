"""Listening for requests, within the files that a process may open; and an end that is told to who waits.

Told to end, it takes no more, answers what it has begun, and leaves by `SystemExit`: what waits is done.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import msgspec
import uvicorn

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.gate.complaint import Complaint, heard
from mingdan.ledger.gate.framing import Framed
from mingdan.ledger.gate.journal import Write
from mingdan.ledger.gate.measured import Measured
from mingdan.ledger.gate.patience import CONNECTIONS, Patient
from mingdan.ledger.instant import instant
from mingdan.ledger.keeping.clock import now_ms

GRACE = 20  # seconds for what was begun when an end is told
FINISH = 5  # seconds more for what waits and what is done beside; a service manager kills after 30
YOUNG = 5_000  # objects made before the cycle collector comes
SPARE = 256  # files of the stores, and connections that come before others have gone
ACCEPTED = 100  # connections at a time, before room is made
ON_THE_WAY = 1 << 17  # bytes of an answer that the kernel takes ahead of its reader


class Parting(uvicorn.Server):
    """A server whose end does not wait for answers to be read, nor for ever for a silent database.

    Threads of its own are waited for until the process is gone: once an end is told, so is its last moment.
    """

    def __init__(self, config: uvicorn.Config, write: Write) -> None:
        super().__init__(config)
        self.write = write

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for each in sockets or ():  # so many wait to be accepted: uvicorn has as many as it accepts at a time
            each.listen(CONNECTIONS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        last = Timer(GRACE + FINISH, _cut_off, (self.write,))
        last.daemon = True
        last.start()
        later = asyncio.get_running_loop().call_later(GRACE, self._abandon)
        try:
            await super().shutdown(sockets)
        finally:
            later.cancel()
            self._abandon()

    def _abandon(self) -> None:
        for each in tuple(self.server_state.connections):
            if isinstance(each, Patient) and each.leaving:
                each.abandon()


def _cut_off(write: Write) -> None:
    """Ends the process whatever it waits for: what was acknowledged is committed, the rest told to nobody."""
    said = "ended without what was still under way: it did not come to its end in time"
    write(msgspec.json.encode(Complaint(instant(now_ms()), "error", "mingdan", said)).decode())
    os._exit(Unavailable.exit_code)


def write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def listen(
    served: Any,
    what: str,
    host: str,
    port: int,
    say: Callable[[str], object] = print,
    write: Write = write_line,
) -> None:
    """Serves an ASGI application until told to end; says where first. Raises Unavailable on a taken port.

    `write` takes a line for whatever is complained of.
    """
    Patient.most = room()
    config = uvicorn.Config(
        Measured(Framed(served), Patient.most),
        http=Patient,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,  # its lines would hold paths, and these hold keys to orders
        server_header=False,
        backlog=ACCEPTED,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE + 1,  # once nobody is left who does not read
    )
    _settle()
    with bound(host, port) as listening, heard(write), _leaving():
        say(f"serving {what} on http://{host}:{listening.getsockname()[1]}/")
        Parting(config, write).run(sockets=[listening])


def room() -> int:
    """How many connections there may be: each has a socket, and may have a file."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS + SPARE
    if files != resource.RLIM_INFINITY and files < wanted:
        files = wanted if most == resource.RLIM_INFINITY else min(most, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return CONNECTIONS if files == resource.RLIM_INFINITY else max(1, min(CONNECTIONS, (files - SPARE) // 2))


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
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ON_THE_WAY)  # of every connection
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

"""HTTP/1.1 with whoever is slow, to send or to read: nobody holds a connection, or memory, by that.

Who is refused and still sends is read on for a while: hung up on at once, it would never see its answer.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import h11
import msgspec
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol, RequestResponseCycle

from mingdan.ledger.gate.framing import NO_REQUEST
from mingdan.ledger.gate.journal import GONE
from mingdan.ledger.gate.letter import LARGEST, SECONDS
from mingdan.ledger.gate.problem import problem
from mingdan.ledger.gate.reply import HEADERS, PROBLEM

CONNECTIONS = 500  # at once, where a process may open files enough
UNREAD = 100  # connections at once whose answers wait to be read: each holds an answer in memory
LINGER = SECONDS  # in which what a refused request still sends is thrown away (RFC 9112, 9.6)
THROWN = 1 << 27  # bytes of it
RESET = struct.pack("ii", 1, 0)  # closing waits for nobody (SO_LINGER)


class Patient(H11Protocol):
    """Hangs up on a request that does not come to its end, and on an answer that is not read."""

    seconds = 30.0  # in which a request has come, from its connection's first moment or the last answer on
    most = CONNECTIONS
    arriving: asyncio.TimerHandle | None = None
    leaving: asyncio.TimerHandle | None = None  # while a piece of an answer waits to be read, as long
    put_off = False  # requests that came before the last answer was read
    unread = LARGEST  # bytes of a body that nobody reads, once its request is answered
    lingering = False  # all is answered, and what comes is thrown away

    def connection_made(self, transport: Any) -> None:
        self.line = transport
        parting: Any = Farewell(transport, self)
        super().connection_made(parting)
        transport.set_write_buffer_limits(0)  # writing is paused while anything waits
        self._wait()
        if len(self.connections) > self.most:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        if not self.lingering:
            super().data_received(data)
        if self._unasked():
            self._pass_over(len(data))
        if self.lingering:
            return
        if not self._under_way():
            self._wait()
        else:
            self._arrived()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self._left()
        if self._asks():
            scope: Any = self.cycle.scope
            scope[GONE] = True
        super().connection_lost(exc)

    def handle_events(self) -> None:
        if not self.flow.write_paused:
            super().handle_events()
            return
        self.put_off = True
        self.flow.pause_reading()
        self._unset_keepalive_if_required()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.leaving = self.loop.call_later(self.seconds, self.abandon)
        unread = [each for each in self._others() if each.leaving]
        if len(unread) >= UNREAD:
            min(unread, key=Patient.turn).abandon()

    def resume_writing(self) -> None:
        self._left()
        super().resume_writing()
        if self.put_off and not self.transport.is_closing():
            self._go_on()

    def _go_on(self) -> None:
        """Takes up what was put off until the last answer was read."""
        self.put_off = False
        self.flow.resume_reading()
        if not self._asks():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        self.handle_events()

    def part(self) -> None:
        """Closes: what was answered is sent, and who still sends may yet read it."""
        if self.lingering or self.line.is_closing() or not self._is_coming():
            self.hang_up()
            return
        self.lingering, self.unread = True, THROWN
        self._unset_keepalive_if_required()
        self._arrived()
        self.arriving = self.loop.call_later(LINGER, self.hang_up)
        try:
            self.line.write_eof()
        except OSError:  # it has gone
            self.hang_up()
        self.flow.resume_reading()

    def hang_up(self) -> None:
        self.lingering = False
        self.line.close()

    def abandon(self) -> None:
        """Hangs up, and keeps nothing that was to be sent: closing would wait for its reader."""
        self._left()
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # it is said in words of our own
        """Answers what is no HTTP; nothing, where another answer has begun."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            told = msgspec.json.encode(problem(NO_REQUEST))
            length = {"Content-Length": str(len(told))}
            names = HEADERS | length | {"Content-Type": PROBLEM, "Connection": "close"}
            head = h11.Response(status_code=400, headers=[*names.items()], reason=STATUS_PHRASES[400])
            events = (head, h11.Data(data=told), h11.EndOfMessage())
            self.transport.write(b"".join(self.conn.send(each) or b"" for each in events))
            self._tell_gone()
        self.transport.close()

    def on_response_complete(self) -> None:
        if not self.lingering:
            self.unread = LARGEST
            self._arrived()  # from here on the time between two requests is counted
        super().on_response_complete()

    def _asks(self) -> bool:
        """Whether the head of a request has come, and it is not yet answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _tell_gone(self) -> None:
        """Whoever would answer the request has nobody to answer any more."""
        if self._asks():
            self.cycle.disconnected = self.cycle.response_complete = True
            self.cycle.message_event.set()

    def _unasked(self) -> bool:
        """Whether more of a body is coming than it took to answer."""
        return self.lingering or (self.conn.their_state is h11.SEND_BODY and not self._asks())

    def _is_coming(self) -> bool:
        """Whether what is answered may still be sent: the rest of a body, or what is no HTTP."""
        return self.conn.their_state in (h11.SEND_BODY, h11.ERROR) and not self._asks()

    def _pass_over(self, size: int) -> None:
        self.unread -= size
        if self.unread < 0:
            self.transport.close()

    def _under_way(self) -> bool:
        """Whether a whole request has come, and is not yet answered."""
        return self._asks() and not self.cycle.more_body

    def _wait(self) -> None:
        if self.arriving is None:
            self.arriving = self.loop.call_later(self.seconds, self.hang_up)

    def _make_room(self) -> None:
        """Hangs up on who does not read, else on who asks for nothing yet, else on the slowest request."""
        here = self._others()
        waiting = [each for each in here if each.leaving or each.arriving]
        if len(here) >= self.most and waiting:
            last = min(waiting, key=Patient.turn)
            (last.abandon if last.leaving else last.hang_up)()

    def _others(self) -> list[Patient]:
        """Whoever else is connected; who was hung up on too, while an answer waits to be read."""
        here = [each for each in self.connections if isinstance(each, Patient) and each is not self]
        return [each for each in here if each.leaving or not each.line.is_closing()]

    def turn(self) -> tuple[bool, bool, float]:
        """Whose turn it is to be hung up on, the least first."""
        until = self.leaving or self.arriving
        assert until is not None
        late = self.seconds - LINGER if self.lingering else 0.0  # as if it were waited for as long as others
        return self.leaving is None, self._asks(), until.when() + late

    def _arrived(self) -> None:
        if self.arriving is not None:
            self.arriving.cancel()
            self.arriving = None

    def _left(self) -> None:
        if self.leaving is not None:
            self.leaving.cancel()
            self.leaving = None


class Farewell:
    """A connection's transport, for whoever answers on it: how it is closed, the connection knows."""

    def __init__(self, line: asyncio.Transport, connection: Patient) -> None:
        self.line = line
        self.connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self.line, name)

    def close(self) -> None:
        self.connection.part()

    def is_closing(self) -> bool:
        return self.connection.lingering or self.line.is_closing()

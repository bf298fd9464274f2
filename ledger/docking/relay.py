"""A platform's way to a shop: it is told before the call that the order is sent, and after it what came back.

No call is made twice. Where no answer came, the order is in doubt until the shop says of this very reference
that it has it, or that it has not (I10).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import httpx
from msgspec.structs import replace

from mingdan.ledger.docking.crossing import Crossing, crossing_of, settle, unsettled
from mingdan.ledger.docking.dock import MINUTE, Call, Message, Unbelieved, Wanted, Word, unbelieved
from mingdan.ledger.docking.harbour import Dock
from mingdan.ledger.docking.hearing import Scribe, begin, hear
from mingdan.ledger.errors import Refused
from mingdan.ledger.hops import hop_of
from mingdan.ledger.intake.clerk import PATIENCE
from mingdan.ledger.keeping.clock import Clock, now_ms

LARGEST = 1 << 20  # bytes of an answer
SETTLING = 2 * MINUTE  # ms in which a call may still be under way: until then a no may only mean "not yet"


class Polled(NamedTuple):
    """What a shop answered of an order; or why that is not recorded, as when it hands a card over twice."""

    crossing: Crossing
    word: Word | None = None
    refused: Refused | None = None


class Relay:
    """Sends orders through one dock and asks what became of them."""

    def __init__(self, scribe: Scribe, dock: Dock, client: httpx.Client, clock: Clock = now_ms) -> None:
        self.scribe = scribe
        self.dock = dock
        self.client = client
        self.clock = clock

    def place(self, stream: str, wanted: Wanted) -> Word:
        """Sends an order, once. Raises what the ledger has against it; then nothing was sent."""
        dock = self.dock
        if wanted.callback is None and dock.callback is not None:
            wanted = replace(wanted, callback=dock.callback)
        call = dock.dialect.place(dock.account, wanted, self.clock())
        begin(self.scribe, dock, stream, wanted.ref, self.clock())
        word = self._placed(call)
        try:
            hear(self.scribe, dock, word, wanted.ref, self.clock())
        except Unbelieved:  # the answer is about another order: what became of this one, nobody knows
            word = _MISTAKEN
            hear(self.scribe, dock, word, wanted.ref, self.clock())
        return word

    def query(self, ref: str) -> Word:
        """Asks what became of the order under a reference, and records the answer. Raises Unbelieved."""
        asked = self.scribe.ask(lambda book: crossing_of(book.vault.engine, self.dock.name, ref))
        crossing = asked.result(PATIENCE)
        if crossing is None:
            raise unbelieved("unknown-reference")
        return self._asked(crossing)

    def poll(self, over: Callable[[], bool] = lambda: False) -> list[Polled]:
        """Asks for every order that is not over; what is refused of one does not keep up the others.

        `over` is asked before each: whether that is to be the end of it.
        """
        waiting = self.scribe.ask(lambda book: unsettled(book.vault.engine, self.dock.name)).result(PATIENCE)
        ready = [each for each in waiting if each.upstream or self.clock() - each.sent >= SETTLING]
        return [self._polled(each) for each in ready if not over()]

    def _polled(self, crossing: Crossing) -> Polled:
        try:
            return Polled(crossing, self._asked(crossing))
        except Refused as error:
            return Polled(crossing, refused=error)

    def _asked(self, crossing: Crossing) -> Word:
        """A call that was never answered, for whatever reason, is first told as the doubt that it is."""
        dock, ref = self.dock, crossing.ref
        early = self.clock() - crossing.sent < SETTLING
        if not early and self._is_unanswered(crossing):
            hear(self.scribe, dock, _SILENCE, ref, self.clock())
        call = dock.dialect.query(dock.account, ref, crossing.upstream, self.clock())
        word = _NO_ANSWER if call is None else self._queried(call)
        if word.said == "absent" and (early or crossing.upstream is not None):
            word = Word(said="unknown", status=word.status)  # it had the order a while ago
        hear(self.scribe, dock, word, ref, self.clock())
        if call is None:  # and never will be: there is no number to ask by
            self.scribe.ask(lambda book: settle(book.vault.engine, crossing, self.clock())).result(PATIENCE)
        return word

    def _is_unanswered(self, crossing: Crossing) -> bool:
        order = self.scribe.ask(lambda book: book.order(crossing.stream)).result(PATIENCE)
        hop = hop_of(order, self.dock.upstream)
        return hop is not None and hop.state == "forwarded"

    def _placed(self, call: Call) -> Word:
        """What a shop says to an order. Without a connection nothing was sent; after that, nobody knows."""
        try:
            return self.dock.dialect.placed(self.dock.account, self._answer(call))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return _UNREACHED
        except httpx.HTTPError:
            return _SILENCE

    def _queried(self, call: Call) -> Word:
        try:
            return self.dock.dialect.queried(self.dock.account, self._answer(call))
        except httpx.HTTPError:
            return _NO_ANSWER

    def _answer(self, call: Call) -> Message:
        """The answer to a call; nothing of either is logged. Raises HTTPError, also for one without end."""
        with self.client.stream(
            call.method, self.dock.url + call.path, content=call.body, headers=call.headers,
            timeout=self.dock.patience, follow_redirects=False,
        ) as answer:  # fmt: skip
            body = bytearray()
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise httpx.ReadError("an answer without end")
            return Message(bytes(body), answer.status_code)


_UNREACHED = Word(said="rejected", status="unreachable", code="outage", retryable=True)
_SILENCE = Word(said="doubtful", status="no answer")
_MISTAKEN = Word(said="doubtful", status="an answer about another order")
_NO_ANSWER = Word(said="unknown", status="no answer")

"""Where requests are met: who speaks is let in, what they send is read and recorded, and it is answered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import ParamSpec, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from mingdan.ledger.errors import MalformedEntry, MingdanError, NotFound
from mingdan.ledger.fact import DIGEST
from mingdan.ledger.gate.admission import Admission
from mingdan.ledger.gate.answer import Receipted
from mingdan.ledger.gate.desk import Desk
from mingdan.ledger.gate.journal import visit_of
from mingdan.ledger.gate.letter import SHORT, Lectern, read_body
from mingdan.ledger.gate.mailbag import Mailbag
from mingdan.ledger.gate.order_form import read_order
from mingdan.ledger.gate.outcomes import Outcomes
from mingdan.ledger.gate.problem import Declined, Layout
from mingdan.ledger.gate.reply import HEADERS, json, lay_out
from mingdan.ledger.gate.speaker import Speaker
from mingdan.ledger.gate.told import Headers, Told, layout_of, read_told, statements_of
from mingdan.ledger.intake.clerk import in_time, read_in_time
from mingdan.ledger.intake.statement import Statement

LENIENT = "handling=lenient"  # RFC 7240
_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


class Window:
    """What each route does. The workspace is read from any thread, and written by the clerk alone."""

    def __init__(self, admission: Admission, desk: Desk, outcomes: Outcomes) -> None:
        self.admission = admission
        self.desk = desk
        self.outcomes = outcomes
        self.receipts = outcomes.receipts
        self.gauges = outcomes.gauges
        self.mailbag = Mailbag()
        self.lectern = Lectern()
        self._searching = Lock()

    async def events(self, request: Request) -> Response:
        """Records one event, or a list of them: all or none, or each for itself."""
        speaker, headers = await self._let_in(request), _headers(request)
        with self.admission.admitted(speaker), self.mailbag.opened(speaker.key) as take:
            lay_out(request, layout := layout_of(headers))
            body = await read_body(request, take)
            told, stated = await self.lectern.read(body, partial(_read, headers, body, speaker.name))
            do = _at_once if len(body) <= SHORT else asyncio.to_thread
            if layout.listed and _lenient(headers):
                outcomes = await self.desk.record_each(speaker, stated)
                status, answer = await do(self.outcomes.of_each, told, outcomes)
                return json(answer, status, **{"Preference-Applied": LENIENT})
            recorded = await self.desk.record(speaker, stated)
            status, answer = await do(self.outcomes.of_all, told, recorded)
            return json(answer, status)

    async def orders(self, request: Request) -> Response:
        """Places an order."""
        speaker, headers = await self._let_in(request), _headers(request)
        with self.admission.admitted(speaker), self.mailbag.opened(speaker.key) as take:
            lay_out(request, Layout(data="", name="/order"))
            body = await read_body(request, take)
            order = await self.lectern.read(body, partial(read_order, headers, body, speaker.name))
            status, answer = self.outcomes.of_order(await self.desk.record(speaker, [order]))
            return json(answer, status)

    async def receipt_of_order(self, request: Request) -> Response:
        """The promise for every entry of an order."""
        with self.admission.admitted(await self._let_in(request)):
            stream = f"order/{_digest(request.path_params['order'])}"
            return json(await read_in_time(self.receipts.of_order, stream))

    async def receipt_of_leaf(self, request: Request) -> Response:
        """The promise for one entry, and its proof once it is published."""
        with self.admission.admitted(await self._let_in(request)):
            leaf, index = _digest(request.path_params["leaf"]), _index(request)
            if index is not None:
                return json(await read_in_time(self.receipts.of_leaf, leaf, index))
            return json(await read_in_time(self._searched, leaf))

    def _searched(self, leaf: str) -> Receipted:
        """One search at a time; one that nobody waits for any more counts until it ends. Raises Declined."""
        if not self._searching.acquire(blocking=False):
            raise Declined("too-often", "the log is being searched: give the entry's index", wait=1_000)
        try:
            return self.receipts.of_leaf(leaf, None)
        finally:
            self._searching.release()

    async def health(self, _request: Request) -> Response:
        """That this process answers."""
        return json({"alive": True})

    async def ready(self, _request: Request) -> Response:
        """That the ledger answers as well."""
        entries = await in_time(self.desk.clerk.ask(lambda book: book.store.max_notification_id()))
        return json({"entries": entries or 0, "ready": True})

    async def metrics(self, _request: Request) -> Response:
        text = await read_in_time(self.gauges.text)
        return Response(text, headers=HEADERS, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _let_in(self, request: Request) -> Speaker:
        said = request.headers.getlist("authorization")
        if len(said) > 1:
            raise MalformedEntry("a key is sent once", header="authorization", expected="one header")
        speaker = await self.admission.known(said[0] if said else None)
        visit = visit_of(request)
        visit.key, visit.party = speaker.key, speaker.name
        return speaker


def _read(headers: Headers, body: bytes, party: str) -> tuple[Told, list[Statement | MingdanError]]:
    """The events of a body, and what they state."""
    told = read_told(headers, body)
    return told, statements_of(told, party)


async def _at_once(do: Callable[_Given, _Answer], *given: _Given.args, **named: _Given.kwargs) -> _Answer:
    """What is short is done where it comes: a thread would cost more."""
    return do(*given, **named)


def _headers(request: Request) -> Headers:
    return [(name.lower(), value) for name, value in request.headers.items()]


def _lenient(headers: Headers) -> bool:
    preferred = ",".join(value for name, value in headers if name == "prefer").lower()
    return LENIENT in [each.partition(";")[0].strip().replace('"', "") for each in preferred.split(",")]


def _digest(text: str) -> str:
    if re.fullmatch(DIGEST, text) is None:
        raise NotFound("nothing has this hash", next_step="give its 64 digits in lower case")
    return text


def _index(request: Request) -> int | None:
    """The entry's index from the query. Raises MalformedEntry."""
    told = request.query_params.getlist("index")
    if not told:
        return None
    if len(told) > 1 or re.fullmatch("[0-9]{1,15}", told[0]) is None:
        raise MalformedEntry("`index` is a whole number", expected="an entry's index, from 0")
    return int(told[0])

"""Where link holders are heard: what an order's page sends is recorded by a clerk, and answered.

No handle and no words go to any log: the link is the key to the order, and the words are private.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Mount, Route
from starlette.types import Scope

from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import Malformed, MingdanError, NotFound, Unavailable
from mingdan.ledger.handle import drawn_of
from mingdan.ledger.intake.allowance import Allowance
from mingdan.ledger.intake.clerk import Clerk, in_time
from mingdan.ledger.intake.holder import ACTION_OF, FORMS, Action, AnyForm, claim_of, is_ahead, read_form
from mingdan.ledger.keeping.clock import Clock, now_ms
from mingdan.ledger.keeping.draft import Receipt, key_digest
from mingdan.ledger.keeping.finding import rows_of_keys
from mingdan.ledger.keeping.settings import Settings
from mingdan.ledger.keeping.vault import NewOrder
from mingdan.site.actions import ROOM
from mingdan.site.letter import Declined, language_of, queried, read_letter, speaks_json
from mingdan.site.reply import Asked, asking, declined, receipt, recorded, see

MINUTE = 60_000


class Counter:
    """An order is heard three times at once, then six times an hour; links that lead nowhere, briefly."""

    def __init__(self, clerk: Clerk, settings: Settings, clock: Clock = now_ms) -> None:
        self.clerk = clerk
        self.settings = settings
        self.clock = clock
        self.holders = Allowance(burst=3, every=10 * MINUTE)
        self.strangers = Allowance(burst=10, every=MINUTE)

    async def meet(self, request: Request) -> Response:
        """Gives the form to who follows its link, and takes it from who sends it."""
        return await self.take(request) if request.method == "POST" else self.ask(request)

    def ask(self, request: Request) -> Response:
        """The form that an order's page leads to; its link fills in nothing that its holder is to say."""
        asked = self._asked(request, "../../../")
        try:
            told = queried(request)
            action, handle = _action(request.path_params["action"]), _handle(request.path_params["handle"])
        except MingdanError as error:
            return declined(asked, _declined(error))
        asked = self._asked(request, asked.root, told.get("lang"))
        fields = {name: words for name, words in told.items() if name in ("seq", "dispute")}
        return asking(asked._replace(handle=handle, action=action, fields=fields))

    async def take(self, request: Request) -> Response:
        """Records what a form or a program says of an order."""
        asked = self._asked(request, "../../../")
        try:
            action = _action(request.path_params["action"])
            fields = await read_letter(request)
            asked = self._asked(request, asked.root, fields.pop("lang", None))
            order = await self._order(request)
            asked = asked._replace(handle=order.handle, action=action, fields=fields)
            done = await self._recorded(order, read_form(action, fields))
        except MingdanError as error:
            return declined(asked, _declined(error))
        if asked.json:
            return receipt(asked, done.leaf, done.seq, done.recorded, status=200 if done.duplicate else 201)
        return see(asked, done.leaf)

    async def show(self, request: Request) -> Response:
        """What was recorded, for who loads it again."""
        asked = self._asked(request, "../../../../")
        try:
            asked = self._asked(request, asked.root, queried(request).get("lang"))
            order = await self._order(request)
            entry = await in_time(self.clerk.entry(order.stream, request.path_params["leaf"]))
            if entry is None or entry.kind not in ACTION_OF:
                raise _unknown()
        except MingdanError as error:
            return declined(asked, _declined(error))
        return recorded(asked._replace(handle=order.handle), ACTION_OF[entry.kind], entry)

    async def stray(self, request: Request, error: Exception) -> Response:
        """What no route takes."""
        assert isinstance(error, HTTPException)
        allowed = (error.headers or {}).get("Allow", "")
        lost = Declined(405, "method", "send a form here", evidence={"allow": allowed})
        return declined(self._asked(request, "../"), lost if error.status_code == 405 else _unknown())

    async def _order(self, request: Request) -> NewOrder:
        """The order of the link. Raises Declined, with 404 for the first few that lead nowhere."""
        order = await in_time(self.clerk.find(request.path_params["handle"]))
        if order is None:
            _granted(self.strangers.take(_client(request), self.clock()))
            raise _unknown()
        return order

    async def _recorded(self, order: NewOrder, form: AnyForm) -> Receipt:
        wait = self.holders.take(order.stream, self.clock())
        stands = await in_time(self.clerk.ask(lambda book: book.order(order.stream)))
        claim = claim_of(form, order, stands)
        if wait and not await self._is_known(claim):  # the same again is no more to record
            _granted(wait)
        if is_ahead(form, stands):
            raise Declined(409, "ahead", "the record has no entry yet that this could be sent from")
        done = await in_time(self.clerk.record(claim))
        if done.duplicate and not wait:
            self.holders.give_back(order.stream)
        return done

    async def _is_known(self, claim: Claim) -> bool:
        """Whether just this was recorded before."""
        keys = [digest for digest in [key_digest(claim.key)] if digest]
        return bool(await in_time(self.clerk.ask(lambda book: rows_of_keys(book.store, keys))))

    def _asked(self, request: Request, root: str, language: str | None = None) -> Asked:
        tag = language_of(request, language, self.settings.languages)
        return Asked(self.settings, tag, speaks_json(request), root)


def application(clerk: Clerk, settings: Settings, clock: Clock = now_ms) -> Starlette:
    """The ASGI application below an intake's `v1/o`."""
    counter = Counter(clerk, settings, clock)
    routes = [
        Route("/{handle}/receipts/{leaf}", counter.show),
        Route("/{handle}/{action}", counter.meet, methods=["GET", "POST"]),
    ]
    told = Starlette(
        routes=routes, exception_handlers={HTTPException: counter.stray, ClientDisconnect: _hang_up}
    )
    told.router.redirect_slashes = False  # a redirect would repeat the handle
    return told


class Room(Mount):
    """Where an intake lies on a server; the twins of orders lie there too, and are the site's to give."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if reads and scope["path"].endswith(".json"):
            return Match.NONE, {}
        return super().matches(scope)


def heard(clerk: Clerk, settings: Settings, clock: Clock = now_ms) -> Room:
    """Where link holders are heard on a server, beside the pages of the site."""
    return Room(f"/{ROOM}", application(clerk, settings, clock))


def _action(name: str) -> Action:
    for action in FORMS:
        if action == name:
            return action
    raise _unknown()


def _handle(words: str) -> str:
    """A handle by its looks: whether there is such an order, only who sends something is told."""
    try:
        drawn_of(words)
    except Malformed as error:
        raise _unknown() from error
    return words


def _granted(wait: int) -> None:
    if wait:
        raise Declined(429, "too_often", "that was too often", wait=wait)


def _client(request: Request) -> str:
    """Whom an address stands for: of IPv6, all that one customer has."""
    host = "" if request.client is None else request.client.host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else host


def _unknown() -> Declined:
    return Declined(404, "not_found", "no order has this link")


def _declined(error: MingdanError) -> Declined:
    """How an error of the ledger is answered; the machine's own trouble is nobody else's to read."""
    match error:
        case Declined():
            return error
        case Unavailable():
            return Declined(503, "unavailable", "the ledger is busy or out of service", wait=MINUTE)
        case Malformed():
            return Declined(400, "malformed", error.message, evidence=error.evidence)
        case NotFound():
            return _unknown()
        case _:
            return Declined(409, "against", error.message, evidence=error.evidence)


def _hang_up(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it

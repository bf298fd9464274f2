"""The operator's page of endpoints: which parties are told, and since when one hears nothing.

Answered by `serve`, never published: it rests on the vault, so that nobody could recompute it. It names no
address.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.intake.clerk import read_in_time
from mingdan.ledger.keeping.settings import Settings
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.notice.address_book import AddressBook
from mingdan.ledger.notice.endpoint import Endpoint
from mingdan.ledger.notice.outbox import Outbox
from mingdan.site.html import Html, Line, described, escaped
from mingdan.site.letter import language_of
from mingdan.site.moment import Calendar
from mingdan.site.page import answer
from mingdan.site.reply import HEADERS, STYLE
from mingdan.site.texts import Texts, texts

SOON = 60_000  # ms


def webhooks_route(vault: Vault, settings: Settings) -> Route:
    """Where a server shows the page; keep it to yourself, like its metrics."""

    async def show(request: Request) -> Response:
        language = language_of(request, request.query_params.get("lang"), settings.languages)
        status, headers = 200, HEADERS
        try:
            content = await read_in_time(webhooks_page, vault, settings, language)
        except Unavailable:
            content = silent_page(settings, language)
            status, headers = 503, HEADERS | {"Retry-After": str(SOON // 1000)}
        return Response(content, status, headers, "text/html; charset=utf-8")

    return Route("/webhooks", show)


def webhooks_page(vault: Vault, settings: Settings, language: str) -> bytes:
    """The page in a language: a line for each endpoint, by party; those that are stopped come first."""
    words, waiting = texts(language), Outbox(vault).waiting()
    calendar = Calendar(ZoneInfo(settings.zone), words)
    known = sorted(AddressBook(vault).all(), key=lambda each: (each.stopped is None, each.party, each.id))
    lines = [_line(calendar, each, waiting.get(each.id, 0)) for each in known]
    return _page(settings, words, language, words["webhooks.lead" if lines else "webhooks.none"], lines)


def silent_page(settings: Settings, language: str) -> bytes:
    """The same while the vault does not answer."""
    words = texts(language)
    wait = Calendar(ZoneInfo(settings.zone), words).duration(SOON)
    return _page(settings, words, language, words.say("webhooks.silent", wait=wait), [])


def _page(settings: Settings, words: Texts, language: str, lead: Html, lines: Sequence[Line]) -> bytes:
    return answer(
        "counter.html",
        words,
        {"lead": lead, "lines": described(lines), "style": STYLE},
        heading=words["webhooks.heading"],
        title=settings.title,
        language=language,
        ask=None,
        back="",
    )


def _line(calendar: Calendar, endpoint: Endpoint, count: int) -> Line:
    """A party and how its endpoint stands."""
    since = endpoint.failing if endpoint.stopped is None else endpoint.stopped
    state = endpoint.reason or ("well" if since is None else "failing")
    time = Html("") if since is None else calendar.words(since)
    return escaped(endpoint.party), calendar.texts.say(f"webhooks.{state}", time=time, count=Html(str(count)))

"""The operator's page of endpoints: which parties are told, and since when one hears nothing.

Answered by `serve`, never published: it rests on the vault, so that nobody could recompute it. It names no
address.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

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
from mingdan.site.texts import texts


def webhooks_route(vault: Vault, settings: Settings) -> Route:
    """Where a server shows the page; keep it to yourself, like its metrics."""

    async def show(request: Request) -> Response:
        language = language_of(request, request.query_params.get("lang"), settings.languages)
        content = await run_in_threadpool(webhooks_page, vault, settings, language)
        return Response(content, headers=HEADERS, media_type="text/html; charset=utf-8")

    return Route("/webhooks", show)


def webhooks_page(vault: Vault, settings: Settings, language: str) -> bytes:
    """The page in a language: a line for each endpoint, by party; those that are stopped come first."""
    words, waiting = texts(language), Outbox(vault).waiting()
    calendar = Calendar(ZoneInfo(settings.zone), words)
    known = sorted(AddressBook(vault).all(), key=lambda each: (each.stopped is None, each.party, each.id))
    lines = [_line(calendar, each, waiting.get(each.id, 0)) for each in known]
    return answer(
        "counter.html",
        words,
        {
            "lead": words["webhooks.lead" if lines else "webhooks.none"],
            "lines": described(lines),
            "style": STYLE,
        },
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

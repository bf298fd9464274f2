"""The front page: what this ledger is, whose orders it holds, how fresh it is, how anyone checks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mingdan.projections.figures import Figures
from mingdan.site.badges_page import PLACE as BADGES
from mingdan.site.edition import Edition
from mingdan.site.number import count, percent
from mingdan.site.order_page import VERIFIER
from mingdan.site.page import path_in, render
from mingdan.site.platform_page import path_of_platform, platform_of
from mingdan.site.signpost import HOME, ways
from mingdan.site.voice import Voice, voice


class Summary(NamedTuple):
    """A platform's row: where its page is, its id, its name and the figures nobody may miss."""

    href: str
    id: str
    name: str
    rate: str
    cohort: str
    waiting: str
    orders: str
    imported: bool


def index_page(edition: Edition, language: str, platforms: Sequence[Figures]) -> bytes:
    """The platforms in alphabetical order: a table is no ranking."""
    speech = voice(edition, language)
    ordered = sorted(platforms, key=lambda each: each.scope)
    return render(
        "index.html",
        speech,
        HOME,
        {"when": speech.calendar.words(edition.sealed)},
        verifier=path_in(VERIFIER, language, edition.languages),
        badges=path_in(BADGES, language, edition.languages),
        platforms=[_summary(speech, each) for each in ordered],
        ways=ways(speech),
        feed=HOME,
    )


def not_found_page(edition: Edition, language: str) -> bytes:
    """Shown at any depth, hence the one page whose links start at the server's root."""
    _, slash, prefix = edition.address.partition("/")
    return render("not_found.html", voice(edition, language), "404.html", {}, root=f"/{prefix}{slash}")


def _summary(speech: Voice, figures: Figures) -> Summary:
    name, share = platform_of(figures), figures.on_time.strict
    return Summary(
        href=path_of_platform(name, speech.language, speech.edition.languages),
        id=name,
        name=speech.called(name),
        rate=percent(share) if share.denominator else speech.texts["index.rate_none"],
        cohort=count(share.denominator),
        waiting=count(figures.backlog.count),
        orders=count(figures.orders),
        imported=figures.imported,
    )

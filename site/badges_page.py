"""Badges and cards to take along: each scope has a page with its lines, and choosing is all a script adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from mingdan.site.edition import Edition
from mingdan.site.html import Html, unmarked
from mingdan.site.metric import METRICS, metrics_of
from mingdan.site.page import path_in, render
from mingdan.site.scope import Kind, Scope, page_of_scope, platform_of
from mingdan.site.signpost import root_of
from mingdan.site.snippet import CARD, LINES, TITLES, Snippet, called, card, path_of_card, snippet, title_of
from mingdan.site.texts import texts
from mingdan.site.voice import Voice, voice

PLACE = "badges/index.html"


class Option(NamedTuple):
    """A scope to choose: `page` and `card` are where its figures and its card lie in the default language."""

    kind: Kind
    name: str
    path: str
    page: str
    card: str
    metrics: str  # those it has, between spaces


class Shelf(NamedTuple):
    """A platform: its badge, its scopes to choose from, and by kind the ways to the lines of each."""

    name: str
    badge: Snippet | None
    options: list[Option]
    ways: list[tuple[Html, list[tuple[str, str]]]]


def badges_pages(edition: Edition, language: str, scopes: Sequence[Scope]) -> Iterator[tuple[str, bytes]]:
    """Path and content of the page to choose on, then of each scope's."""
    speech, tags = voice(edition, language), edition.languages
    shelves = [_shelf(speech, list(group)) for _, group in groupby(scopes, key=_platform)]
    yield (
        path_in(PLACE, language, tags),
        render(
            "badges.html",
            speech,
            PLACE,
            {"choosing": _choosing(speech)},
            shelves=shelves,
            metrics=_labels(speech),
            formats=LINES,
        ),
    )
    for scope in scopes:
        yield path_of_lines(scope, language, tags), _page(speech, scope)


def path_of_lines(scope: Scope, language: str, languages: tuple[str, ...]) -> str:
    """Where the lines of a scope's badges lie."""
    return path_in(f"badges/{scope.path}/index.html", language, languages)


def _page(speech: Voice, scope: Scope) -> bytes:
    tags = speech.edition.languages
    path = path_of_lines(scope, tags[0], tags)
    root = root_of(path)
    return render(
        "lines.html",
        speech,
        path,
        {"title": title_of(speech, scope)},
        snippets=[snippet(speech, scope, metric) for metric in metrics_of(speech, scope)],
        card=card(speech, scope),
        shown=root + path_of_card(scope, speech.language, tags),
        figures=root + page_of_scope(scope, speech.language, tags),
        above=root + path_in(PLACE, speech.language, tags),
    )


def _shelf(speech: Voice, scopes: Sequence[Scope]) -> Shelf:
    """Of one platform's scopes, itself the first."""
    told = {kind: [_way(speech, each) for each in scopes if each.kind == kind] for kind in TITLES}
    return Shelf(
        name=speech.called(scopes[0].name),
        badge=snippet(speech, scopes[0], "on-time"),
        options=[_option(speech, each) for each in scopes],
        ways=[(speech.texts[f"badges.{kind}"], ways) for kind, ways in told.items() if ways],
    )


def _way(speech: Voice, scope: Scope) -> tuple[str, str]:
    path = path_of_lines(scope, speech.language, speech.edition.languages)
    return root_of(PLACE) + path, unmarked(called(speech, scope))


def _option(speech: Voice, scope: Scope) -> Option:
    tags = speech.edition.languages
    page, card = (path(scope, tags[0], tags) for path in (page_of_scope, path_of_card))
    name = unmarked(called(speech, scope))
    return Option(scope.kind, name, scope.path, page, card, " ".join(metrics_of(speech, scope)))


def _choosing(speech: Voice) -> Html:
    """What a script makes lines from: each with its places, and what fills them in every language."""
    edition = speech.edition
    told = {
        "address": f"https://{edition.address}/",
        "lines": {**LINES, "iframe": CARD},
        "languages": {tag: _language(edition, tag) for tag in edition.languages},
    }
    return Html(msgspec.json.encode(told).decode().replace("<", "\\u003c"))


def _language(edition: Edition, tag: str) -> dict[str, object]:
    words = texts(tag)
    return {
        "mark": path_in("", tag, edition.languages),
        "labels": dict(_labels(voice(edition, tag))),
        "titles": {kind: words[key] for kind, key in TITLES.items()},
    }


def _labels(speech: Voice) -> list[tuple[str, Html]]:
    return [(metric, speech.texts[f"badge.label.{metric}"]) for metric in METRICS]


def _platform(scope: Scope) -> str:
    return platform_of(scope.figures)

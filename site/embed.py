"""A card for a frame on somebody's own page: the rate and what stands beside it, without any script."""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.site.edition import Edition
from mingdan.site.html import Line, described, escaped
from mingdan.site.metric import ENOUGH, badge, doubt
from mingdan.site.number import count, percent
from mingdan.site.page import render
from mingdan.site.scope import Scope, page_of_scope
from mingdan.site.signpost import root_of
from mingdan.site.snippet import path_of_card, title_of
from mingdan.site.voice import Voice, voice


def embed_page(edition: Edition, language: str, scope: Scope) -> tuple[str, bytes]:
    """Path and content; the only page that others may frame."""
    speech, tags = voice(edition, language), edition.languages
    path = path_of_card(scope, tags[0], tags)
    share, why = scope.standing.on_time.strict, doubt(edition, scope)
    page = render(
        "embed.html",
        speech,
        path,
        {"lines": described(_lines(speech, scope)), "title": title_of(speech, scope)},
        rate=percent(share),
        n=count(share.denominator),
        few=share.denominator < ENOUGH,
        due=share.denominator > 0,
        imported=scope.standing.imported,
        doubt=None if why is None else speech.texts[f"embed.{why}"],
        page=root_of(path) + page_of_scope(scope, language, tags),
    )
    return path_of_card(scope, language, tags), page


def _lines(speech: Voice, scope: Scope) -> Iterator[Line]:
    for metric in ("p50", "p90", "backlog"):
        made = badge(speech, scope, metric)
        if made is not None:
            yield escaped(made.label), made.told.words if made.told.n else speech.texts["badge.none"]

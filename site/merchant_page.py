"""A merchant on a platform as a document: the money it holds for goods to come, and how it is registered."""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.projections.figures import Figures
from mingdan.projections.measure import FEW
from mingdan.projections.register import Register
from mingdan.site.badges_page import path_of_lines
from mingdan.site.due_days import due_days
from mingdan.site.edition import Edition
from mingdan.site.exposure import age, exposure, merchants, sums, week
from mingdan.site.groups import by_merchant
from mingdan.site.headline import headline
from mingdan.site.html import NOTHING, Html, Line, described, escaped, joined
from mingdan.site.incidence import incidence
from mingdan.site.number import count
from mingdan.site.page import render
from mingdan.site.scope import (
    Scope,
    path_of_merchant,
    path_of_merchants,
    path_of_platform,
    platform_of,
    scope_of,
)
from mingdan.site.section import Section, code, paragraph, printed
from mingdan.site.signpost import Signpost, root_of
from mingdan.site.voice import Voice, voice


def merchant_pages(
    edition: Edition, language: str, figures: Figures, register: Register
) -> Iterator[tuple[str, bytes]]:
    """Path and content of a page for each merchant that is counted by itself, and of the list of all."""
    speech, names, tags = voice(edition, language), merchants(figures), edition.languages
    if not names:
        return
    place = path_of_merchants(platform_of(figures), tags[0], tags)
    title = speech.say("conduct.exposure.of", platform=escaped(speech.called(platform_of(figures))))
    root = root_of(place)
    board = Section("groups", by_merchant(speech, figures, root, None))
    whole = [board, exposure(speech, figures, root, None)]
    twin = path_of_platform(platform_of(figures), tags[0], tags)
    page = part_page(speech, place, figures, title, [], whole, twin=twin)
    yield path_of_merchants(platform_of(figures), language, tags), page
    for name in names:
        yield _page(speech, figures, register, name)


def part_page(
    speech: Voice,
    path: str,
    figures: Figures,
    title: Html,
    lines: list[Line],
    sections: list[Section],
    *,
    of: Scope | None = None,
    few: bool = False,
    feed: str | None = None,
    twin: str | None = None,
) -> bytes:
    """A page below a platform's, with the way back; `path` is its place in the default language.

    `of` is the one merchant or SKU that it tells of, if that is counted by itself; `few`: too few orders.
    `feed` and `twin` are as `render` has them: a list of all is part of what the platform's own twin tells.
    """
    name, tags, root = platform_of(figures), speech.edition.languages, root_of(path)
    waits = [] if of is None else _waits(speech, of)
    told = {
        "title": title,
        "lines": described(lines),
        "headline": _headline(speech, of, few=few),
        "sections": printed(speech, [*waits, *sections]),
    }
    return render(
        "part.html",
        speech,
        path,
        told,
        feed=feed,
        twin=twin,
        name=speech.called(name),
        above=root + path_of_platform(name, speech.language, tags),
        more=None if of is None else root + path_of_lines(of, speech.language, tags),
        imported=figures.imported if of is None else of.standing.imported,
        figures=figures,
    )


def _headline(speech: Voice, of: Scope | None, *, few: bool) -> Html:
    """The rate, or why there is none; a list of all has its own for each."""
    if of is not None:
        return headline(speech, of.standing, of.figures.as_of)
    return paragraph(speech.say("conduct.few", few=FEW), "empty") if few else NOTHING


def _waits(speech: Voice, of: Scope) -> list[Section]:
    days = due_days(speech, of.standing.days, of.figures.as_of)
    return [days, incidence(speech, of.standing.survival)]


def _page(speech: Voice, figures: Figures, register: Register, name: str) -> tuple[str, bytes]:
    platform, tags = platform_of(figures), speech.edition.languages
    place = path_of_merchant(platform, name, tags[0], tags)
    signs = Signpost(speech, register, root_of(place))
    called = {"merchant": escaped(speech.called(name)), "platform": escaped(speech.called(platform))}
    title = speech.say("conduct.merchant.title", **called)
    told, of = [_exposure(speech, figures, name)], scope_of(figures, "merchant", name)
    lines = list(_lines(signs, name))
    page = part_page(speech, place, figures, title, lines, told, of=of, few=of is None)
    return path_of_merchant(platform, name, speech.language, tags), page


def _lines(signs: Signpost, name: str) -> Iterator[Line]:
    """Whether it is registered, and what stands against it."""
    texts, party = signs.voice.texts, signs.register.parties.get(name)
    yield texts["party.id"], code(name)
    yield (
        texts["conduct.merchant.registered"],
        texts["roles.none"] if party is None or party.role is None else signs.party(name),
    )
    standing = () if party is None else party.standing
    severities = [texts[f"severity.{each.severity}.name"] for each in standing]
    yield (
        texts["parties.sanctions"],
        joined(severities, texts["page.comma"]) or texts["parties.no_sanction"],
    )


def _exposure(speech: Voice, figures: Figures, name: str) -> Section:
    told, texts = figures.conduct.exposure.get(name), speech.texts
    if told is None:
        return Section("exposure")
    lines = (
        (texts["conduct.exposure.orders"], _orders(speech, told.orders)),
        (texts["conduct.exposure.undelivered"], _orders(speech, told.undelivered)),
        (texts["conduct.exposure.amount"], sums(speech, told.amounts)),
        (texts["conduct.exposure.oldest"], age(speech, figures, told)),
    )
    parts = [Html(f'<dl class="wide">\n{described(lines)}</dl>\n')]
    if told.week.growth:
        parts.append(week(speech, told.week))
    return Section("exposure", joined([*parts, paragraph(texts["conduct.exposure.numbers"], "caveat")]))


def _orders(speech: Voice, orders: int) -> Html:
    return speech.say("platform.orders", count=count(orders))

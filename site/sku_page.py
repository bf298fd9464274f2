"""A SKU on a platform as a document: what it can carry, the tiers it comes from, who was served in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mingdan.ledger.market.sku import Sku
from mingdan.projections.board import board
from mingdan.projections.conduct import Supply
from mingdan.projections.figures import Figures
from mingdan.projections.measure import OTHER
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.fairness import HEADS, cells, fairness, overtaken
from mingdan.site.groups import by_sku
from mingdan.site.html import Html, Line, described, escaped, joined
from mingdan.site.merchant_page import part_page
from mingdan.site.number import count
from mingdan.site.scope import path_of_platform, path_of_sku, path_of_skus, platform_of, scope_of
from mingdan.site.section import UNKNOWN, Section, code, under
from mingdan.site.signpost import Signpost, root_of
from mingdan.site.supply import cap, intake, promised, skus, stock, supply
from mingdan.site.supply_page import upstream
from mingdan.site.table import NONE, table
from mingdan.site.voice import Voice, voice


def sku_pages(
    edition: Edition, language: str, figures: Figures, register: Register
) -> Iterator[tuple[str, bytes]]:
    """Path and content of a page for each SKU that is told of by itself, and of the list of all."""
    speech, tags, platform = voice(edition, language), edition.languages, platform_of(figures)
    names = skus(figures)
    if not names:
        return
    place = path_of_skus(platform, tags[0], tags)
    title = speech.say("conduct.supply.of", platform=escaped(speech.called(platform)))
    root = root_of(place)
    whole = [
        Section("groups", by_sku(speech, figures, root, None)),
        supply(speech, figures, root, None),
        fairness(speech, figures, root, None),
    ]
    twin = path_of_platform(platform, tags[0], tags)
    page = part_page(speech, place, figures, title, [], whole, twin=twin)
    yield path_of_skus(platform, language, tags), page
    for name in names:
        yield _page(speech, figures, register, name)


def _page(speech: Voice, figures: Figures, register: Register, name: str) -> tuple[str, bytes]:
    platform, tags = platform_of(figures), speech.edition.languages
    place = path_of_sku(platform, name, tags[0], tags)
    signs = Signpost(speech, register, root_of(place))
    known = figures.conduct.supply.get(name)
    shown = speech.words(known.name) if known is not None and known.name else escaped(name)
    title = speech.say("conduct.sku.title", sku=shown, platform=escaped(speech.called(platform)))
    told = [_supply(signs, figures, name), _fairness(speech, figures, name)]
    lines, of = list(_lines(signs, name, known)), scope_of(figures, "sku", name)
    few = of is None and name not in (OTHER, UNKNOWN)
    page = part_page(speech, place, figures, title, lines, told, of=of, few=few, feed=place)
    return path_of_sku(platform, name, speech.language, tags), page


def _lines(signs: Signpost, name: str, told: Supply | None) -> Iterator[Line]:
    texts = signs.voice.texts
    yield texts["conduct.sku.id"], code(name)
    if told is not None and told.form:
        yield texts["field.form"], signs.voice.word(told.form)
    if told is not None and told.stock_mode:
        yield texts["field.stock_mode"], signs.voice.word(told.stock_mode)


def _supply(signs: Signpost, figures: Figures, name: str) -> Section:
    """What is known of its supply, then the tiers behind it."""
    told = figures.conduct.supply.get(name)
    if told is None:
        return Section("supply")
    lines = Html(f'<dl class="wide">\n{described(_standing(signs.voice, told))}</dl>\n')
    return Section("supply", joined([lines, _chain(signs, figures, name)]))


def _standing(speech: Voice, told: Supply) -> Iterator[Line]:
    texts = speech.texts
    yield texts["supply.stock"], joined(stock(speech, told))
    yield texts["conduct.supply.promised"], promised(speech, told)
    yield texts["conduct.supply.cap"], cap(speech, told)
    yield texts["supply.intake"], joined(intake(speech, told))
    counts = {"refused": told.refused, "over_accepted": told.over_accepted, "short": told.short}
    for what, orders in counts.items():
        yield texts[f"conduct.supply.{what}"], speech.say("platform.orders", count=count(orders))


def _chain(signs: Signpost, figures: Figures, name: str) -> Html:
    """This SKU and those it is supplied from, each with what is known of it."""
    chain = [name, *upstream(signs.register, name)]
    rows = (_tier(signs, figures, each) for each in chain)
    return table(signs.voice, signs.voice.texts["conduct.sku.chain"], _CHAIN, rows)


def _tier(signs: Signpost, figures: Figures, name: str) -> Sequence[Html]:
    sku = signs.register.skus.get(name)
    if sku is None or sku.listing is None:
        return signs.goods(name), NONE, NONE, NONE, NONE
    told = board({name: sku}, {}, (), figures.as_of)[name]
    return (
        signs.goods(name),
        signs.party(sku.listing.platform),
        joined(stock(signs.voice, told)),
        _cap(signs.voice, sku, told),
        _alert(signs.voice, sku),
    )


def _cap(speech: Voice, sku: Sku, told: Supply) -> Html:
    """The newest cap, what it rests on, and since when."""
    if sku.capped is None:
        return cap(speech, told)
    since = speech.say("supply.alert_since", time=speech.calendar.words(sku.capped.effective))
    return joined([cap(speech, told), under(since)])


def _alert(speech: Voice, sku: Sku) -> Html:
    if sku.alert is None:
        return speech.texts["supply.no_alert"]
    since = speech.say("supply.alert_since", time=speech.calendar.words(sku.alert.mark.effective))
    return joined([speech.word(sku.alert.level), under(since)])


def _fairness(speech: Voice, figures: Figures, name: str) -> Section:
    told = None if name == OTHER else figures.conduct.fairness.get(name)
    if told is None:
        return Section("fairness")
    row = (code(name), *cells(speech, told))
    board_of_one = table(speech, speech.texts["conduct.fairness.board"], ("supply.goods", *HEADS), [row])
    return Section("fairness", joined([board_of_one, overtaken(speech, {name: told}, {name: code(name)})]))


_CHAIN = (
    "supply.goods",
    "conduct.sku.seller",
    "supply.stock",
    "conduct.supply.cap",
    "supply.alert",
)

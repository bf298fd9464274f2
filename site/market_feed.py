"""The feeds of exceptions and sanctions: of the whole market, of each platform, of each SKU on one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mingdan.ledger.market.reach import above
from mingdan.projections.figures import Figures
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.exposure import merchants
from mingdan.site.feed import LIMIT, Feed, Item, atom, json_feed
from mingdan.site.gazette import BREAK, Announcement, announcements, concerning
from mingdan.site.html import Html, escaped, joined, unmarked
from mingdan.site.page import path_in, path_of_feed
from mingdan.site.scope import path_of_platform, path_of_sku, platform_of
from mingdan.site.signpost import HOME
from mingdan.site.supply import skus
from mingdan.site.voice import Voice, voice


def market_feeds(
    edition: Edition, language: str, register: Register, platforms: Sequence[Figures]
) -> Iterator[tuple[str, bytes]]:
    """Path and content in both formats; a feed of which nothing is to be told is there and empty."""
    speech, default = voice(edition, language), edition.languages[0]
    found = announcements(speech, register)
    yield from _feed(speech, HOME, None, found)
    for figures in platforms:
        platform = platform_of(figures)
        goods = _sold(register, platform)
        parties = _dealing(register, goods) | {platform, *merchants(figures)}
        place = path_of_platform(platform, default, edition.languages)
        yield from _feed(speech, place, escaped(speech.called(platform)), concerning(found, goods, parties))
        for name in skus(figures):
            place = path_of_sku(platform, name, default, edition.languages)
            told = concerning(found, frozenset([name]), _dealing(register, [name]))
            yield from _feed(speech, place, speech.goods(name), told)


def _feed(
    speech: Voice, page: str, of: Html | None, told: Iterable[Announcement]
) -> Iterator[tuple[str, bytes]]:
    """The feed beside a page, which is named by its path in the default language."""
    edition, language, tags = speech.edition, speech.language, speech.edition.languages
    path, site = path_of_feed(page, "atom", language, tags), f"https://{edition.address}/"
    title = speech.texts["feed.title"] if of is None else speech.say("feed.title_of", of=of)
    newest = [each for each, _ in zip(told, range(LIMIT), strict=False)]
    lead = speech.say("feed.lead", zone=speech.calendar.zone_name(newest[0].mark.known if newest else 0))
    feed = Feed(
        name=f"{edition.origin} {path}",
        title=f"{unmarked(title)} – {edition.title}",
        lead=unmarked(lead),
        language=language,
        page=site + path_in(page, language, tags),
        address=site + path.removesuffix(".atom"),
        author=edition.title,
        home=site,
        items=tuple(_item(speech, site, each) for each in newest),
    )
    yield path, atom(feed)
    yield path_of_feed(page, "json", language, tags), json_feed(feed)


def _item(speech: Voice, site: str, told: Announcement) -> Item:
    """The announcement as plain text, with the hash by which the log has its entry."""
    leaf = speech.say("feed.line", what=speech.texts["proof.leaf"], value=Html(told.mark.leaf.hex()))
    return Item(
        leaf=told.mark.leaf,
        kind=told.kind,
        title=unmarked(told.title),
        text=unmarked(joined([told.text, leaf], BREAK)),
        url=site + told.path,
        at=told.mark.at,
        known=told.mark.known,
    )


def _sold(register: Register, platform: str) -> frozenset[str]:
    """The SKUs that a platform sells."""
    return frozenset(
        name
        for name, sku in register.skus.items()
        if sku.listing is not None and sku.listing.platform == platform
    )


def _dealing(register: Register, goods: Iterable[str]) -> frozenset[str]:
    """Who sells these SKUs, and those that they are supplied from."""
    chain = {each for name in goods for each in above(name, register.skus.get)}
    listings = (sku.listing for name in chain if (sku := register.skus.get(name)) is not None)
    return frozenset(each.platform for each in listings if each is not None)

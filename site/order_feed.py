"""The feed of one order, beside its page as long as something is still to come, and private like its link.

What it says follows from the order's entries alone: it changes when one is recorded, and never by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mingdan.ledger.entry import Entry
from mingdan.ledger.order import Order
from mingdan.site.edition import Edition
from mingdan.site.feed import LIMIT, Feed, Item, atom
from mingdan.site.html import DOT, Html, joined, unmarked
from mingdan.site.order_page import is_open, path_of_order, path_of_order_feed
from mingdan.site.timeline import Story, phrase, story
from mingdan.site.voice import voice


def order_feeds(
    edition: Edition, handle: str, order: Order, entries: Sequence[Entry]
) -> Iterator[tuple[str, bytes]]:
    """Path and content in every language, from all its entries, oldest first; none of one that is over."""
    if is_open(order):
        for language in edition.languages:
            path = path_of_order_feed(handle, language, edition.languages)
            yield path, order_feed(edition, language, handle, order, entries)


def order_feed(edition: Edition, language: str, handle: str, order: Order, entries: Sequence[Entry]) -> bytes:
    """The newest entries as an Atom feed, each with its number in the order's page."""
    speech, site = voice(edition, language), f"https://{edition.address}/"
    told = story(speech, order, entries)
    page = site + path_of_order(handle, language, edition.languages)
    zone = speech.calendar.zone_name(entries[-1].recorded)
    feed = Feed(
        name=f"{edition.origin} {order.stream} {language}",
        title=unmarked(_title(told, order)),
        lead=unmarked(speech.say("feed.order_lead", zone=zone)),
        language=language,
        page=page,
        address=site + path_of_order_feed(handle, language, edition.languages).removesuffix(".atom"),
        author=edition.title,
        home=site,
        items=tuple(_item(told, page, each) for each in entries[: -LIMIT - 1 : -1]),
    )
    return atom(feed)


def _title(told: Story, order: Order) -> Html:
    """What was ordered, and where, as far as the record says it in public."""
    title, terms = told.voice.texts["order.title"], order.terms
    if terms is None:
        return title
    goods = [] if terms.sku is None else [told.voice.goods(terms.sku)]
    of = joined([*goods, told.voice.party(terms.platform)], DOT)
    return told.voice.say("feed.item", about=title, what=of)


def _item(told: Story, page: str, entry: Entry) -> Item:
    voice = told.voice
    clocks = voice.say("feed.clocks", at=voice.calendar.words(entry.at), party=voice.party(entry.by))
    what = phrase(told, entry.event)
    return Item(
        leaf=entry.leaf,
        kind=entry.kind,
        title=unmarked(what),
        text=unmarked(clocks),
        url=f"{page}#e{entry.seq}",
        at=entry.at,
        known=entry.recorded,
    )

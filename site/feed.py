"""Feeds: what is new in one place, as Atom (RFC 4287) and as JSON Feed 1.1, of the same items.

An id is the hash of what it names, never an address: a site that moves tells nobody old news again.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import NamedTuple

import msgspec

from mingdan.site.html import escaped, quoted
from mingdan.site.moment import exact
from mingdan.site.page import ATOM

NAMESPACE = "http://www.w3.org/2005/Atom"
VERSION = "https://jsonfeed.org/version/1.1"
HTML = "text/html"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
LIMIT = 100  # items, the newest


class Item(NamedTuple):
    """One entry of the log in plain words. Times are ms UTC: when it happened, when it was known."""

    leaf: bytes
    kind: str
    title: str
    text: str
    url: str
    at: int
    known: int


class Feed(NamedTuple):
    """`name` tells this feed from all others for good; `folder` is where its files lie, as an address.

    `items` are the newest first. `author` and `home` are of the whole site.
    """

    name: str
    title: str
    lead: str
    language: str
    page: str
    address: str
    author: str
    home: str
    items: tuple[Item, ...]

    @property
    def updated(self) -> int:
        """When the newest item was known (ms UTC); 0 while there is none, so that an empty feed rests."""
        return max((each.known for each in self.items), default=0)


def urn(digest: bytes) -> str:
    """A name for what has this SHA-256: a UUID of version 8 (RFC 9562) with its first 122 free bits."""
    octets = bytearray(digest[:16])
    octets[6] = octets[6] & 0x0F | 0x80
    octets[8] = octets[8] & 0x3F | 0x80
    told = octets.hex()
    return f"urn:uuid:{told[:8]}-{told[8:12]}-{told[12:16]}-{told[16:20]}-{told[20:]}"


def urn_of(name: str) -> str:
    return urn(sha256(name.encode()).digest())


def atom(feed: Feed) -> bytes:
    """The feed as Atom: every mandatory element, plain text throughout."""
    author = _element("name", feed.author) + _element("uri", feed.home)
    parts = (
        _element("id", urn_of(feed.name)),
        _element("title", feed.title),
        _element("subtitle", feed.lead),
        _element("updated", exact(feed.updated)),
        f"<author>{author}</author>",
        _link("self", ATOM, f"{feed.address}.atom"),
        _link("alternate", HTML, feed.page),
        *map(_entry, feed.items),
    )
    told = "\n".join(parts)
    root = f'<feed xmlns="{NAMESPACE}" xml:lang="{feed.language}">'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{root}\n{told}\n</feed>\n'.encode()


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed; `_mingdan` says which entry of the log an item is, by its leaf hash."""
    told = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": f"{feed.address}.json",
        "description": feed.lead,
        "authors": [{"name": feed.author, "url": feed.home}],
        "language": feed.language,
        "items": [_item(each) for each in feed.items],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def _entry(item: Item) -> str:
    parts = (
        _element("id", urn(item.leaf)),
        _element("title", item.title),
        _element("published", exact(item.at)),
        _element("updated", exact(item.known)),
        f'<category term="{item.kind}"/>',
        _link("alternate", HTML, item.url),
        _element("content", item.text),
    )
    return f"<entry>{''.join(parts)}</entry>"


def _link(rel: str, kind: str, href: str) -> str:
    return f'<link rel="{rel}" type="{kind}" href="{quoted(href)}"/>'


def _element(tag: str, text: str) -> str:
    """An element of plain text; what XML cannot say at all is replaced."""
    return f"<{tag}>{escaped(_UNSAYABLE.sub(REPLACEMENT, text))}</{tag}>"


def _item(item: Item) -> dict[str, object]:
    return {
        "id": urn(item.leaf),
        "url": item.url,
        "title": item.title,
        "content_text": item.text,
        "date_published": exact(item.at),
        "date_modified": exact(item.known),
        "tags": [item.kind],
        "_mingdan": {"leaf": item.leaf.hex()},
    }


_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

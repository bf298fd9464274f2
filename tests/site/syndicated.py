"""Feeds as others read them: Atom by RFC 4287 and feedparser, JSON Feed by the rules of its version 1.1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import feedparser
import msgspec
from jsonschema import Draft202012Validator
from lxml import etree

GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))

TEXT: dict[str, object] = {"type": "string"}
URL = {"type": "string", "pattern": "^https?://[^ ]+$"}
DATE = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
ITEM = {
    "id": TEXT,
    "url": URL,
    "external_url": URL,
    "title": TEXT,
    "content_html": TEXT,
    "content_text": TEXT,
    "summary": TEXT,
    "date_published": DATE,
    "date_modified": DATE,
    "language": TEXT,
    "tags": {"type": "array", "items": TEXT, "uniqueItems": True},
}
FEED = {
    "version": {"const": "https://jsonfeed.org/version/1.1"},
    "title": TEXT,
    "home_page_url": URL,
    "feed_url": URL,
    "description": TEXT,
    "language": TEXT,
    "authors": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"name": TEXT, "url": URL, "avatar": URL},
            "minProperties": 1,
            "additionalProperties": False,
        },
    },
    "items": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": ITEM,
            "patternProperties": {"^_[a-zA-Z][^.]*$": {"type": "object"}},
            "additionalProperties": False,
            "required": ["id"],
            "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
        },
    },
}
# https://www.jsonfeed.org/version/1.1/: nothing unknown but custom objects, named with an underscore
JSON_FEED = Draft202012Validator(
    {
        "type": "object",
        "properties": FEED,
        "additionalProperties": False,
        "required": ["version", "title", "items"],
    }
)


def read_atom(content: bytes) -> feedparser.FeedParserDict:
    """Read by a reader of feeds; what breaks a rule of the RFC is an AssertionError."""
    document = etree.fromstring(content)
    assert GRAMMAR.validate(document), GRAMMAR.error_log
    spaced = {"a": "http://www.w3.org/2005/Atom"}
    ids = document.xpath("//a:entry/a:id/text()", namespaces=spaced)
    assert len(ids) == len(set(ids)), "an id of two entries"
    assert document.xpath("a:author", namespaces=spaced), "an author of no entry and no feed"
    assert len(document.xpath("a:link[@rel='alternate']", namespaces=spaced)) == 1
    found = feedparser.parse(content, response_headers={"content-type": "application/atom+xml"})
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def read_json_feed(content: bytes) -> dict[str, Any]:
    """The same of a JSON Feed."""
    told = msgspec.json.decode(content)
    JSON_FEED.validate(told)
    ids = [item["id"] for item in told["items"]]
    assert len(ids) == len(set(ids)), "an id of two items"
    return told

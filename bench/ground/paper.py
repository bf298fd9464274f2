"""The page for peers: an order's lines and raw entries in one template, as long as our page is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec

from mingdan.ledger.keeping.rows import Row

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><link rel="stylesheet" href="/page.css"></head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
<ol class="timeline">
{lines}</ol>
<section class="proof">
<ol class="raw">
{entries}</ol>
</section>
</main>
</body>
</html>
"""
_LINE = (
    '<li id="e{seq}"><p class="what">{kind}</p>'
    '<p>happened <time datetime="{at}">{at}</time> · '
    'recorded <time datetime="{recorded}">{recorded}</time></p>'
    "<p><b>{by}</b></p></li>\n"
)
_ENTRY = '<li id="x{seq}"><p>entry {seq}</p><p>leaf <code>{leaf}</code></p><pre>{raw}</pre></li>\n'
_FIELDS = ("seq", "kind", "at", "recorded", "by", "leaf", "raw")


def template(start: str, end: str, each: str, field: str) -> str:
    """The page in somebody's template language: how a loop starts and ends, and how a field is named."""

    def loop(line: str) -> str:
        return start + line.format(**{name: each.format(name) for name in _FIELDS}) + end

    names = {name: field.format(name) for name in ("title", "text")}
    return _PAGE.format(lines=loop(_LINE), entries=loop(_ENTRY), **names)


def contents(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What each order's page says."""
    ordered = sorted(rows, key=lambda row: (row.stream, row.seq))
    orders = groupby(ordered, key=lambda row: row.stream)
    return [{"title": stream, "text": "", "told": [*map(_told, some)]} for stream, some in orders]


def padded(said: Sequence[dict[str, Any]], missing: int) -> list[dict[str, Any]]:
    """The same with so many bytes more on each page."""
    text = "what else a page says ".ljust(missing, "x") * 2
    return [content | {"text": text[:missing]} for content in said]


def _told(row: Row) -> dict[str, Any]:
    entry = msgspec.json.decode(row.entry)
    own = {"leaf": row.leaf.hex(), "raw": row.entry.decode()}
    return {name: entry.get(name) for name in _FIELDS} | own

"""HTML as a type of its own: words become it through `escaped` alone, so mypy finds one that did not.

A plain string at run time, because a page is made of hundreds of pieces; templates get it as Markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import NewType

from markupsafe import Markup

Html = NewType("Html", str)
Line = tuple[Html, Html]  # what, and its value

NOTHING = Html("")
DOT = Html(" · ")


def escaped(text: str) -> Html:
    """Anybody's words, fit for text; a quoted attribute takes `quoted`."""
    return Html(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def quoted(text: str) -> Html:
    return Html(escaped(text).replace('"', "&quot;"))


def joined(parts: Iterable[Html], between: Html = NOTHING) -> Html:
    return Html(between.join(parts))


def described(lines: Iterable[Line]) -> Html:
    """The rows of a description list."""
    return joined(Html(f"<div><dt>{what}</dt><dd>{value}</dd></div>\n") for what, value in lines)


def listed(items: Iterable[Html]) -> Html:
    return joined(Html(f"<li>{item}</li>\n") for item in items)


def folded(summary: Html, body: Html, kind: str = "") -> Html:
    """Under a line that opens it."""
    mark = f' class="{kind}"' if kind else ""
    return Html(f"<details{mark}>\n<summary>{summary}</summary>\n{body}</details>\n")


def unmarked(html: Html) -> str:
    """Its words as plain text: whatever stands in angle brackets is ours, since words have none."""
    return unescape(_TAG.sub("", html))


def marked(html: Html) -> Markup:
    """For templates, which escape everything else."""
    return Markup(html)  # noqa: S704  # the type says that it is escaped


_TAG = re.compile("<[^>]*>")

"""Sections of figures: what a number means for a buyer first, then the number, then how it is counted.

A section of which nothing is known has no body: it is named among the unknown instead of standing empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, get_args

from mingdan.ledger.order import StageName
from mingdan.projections.measure import OTHER, Spread
from mingdan.site.html import NOTHING, Html, escaped, folded, joined, listed, quoted
from mingdan.site.number import count
from mingdan.site.table import NONE
from mingdan.site.voice import Voice

UNKNOWN = "unknown"  # the group of what names nobody
SHOWN = 10  # rows of a list that has a page of its own


class Section(NamedTuple):
    """`name` is its anchor and the table of its texts: title, means, counted, left_out."""

    name: str
    body: Html = NOTHING


def printed(speech: Voice, sections: Iterable[Section]) -> Html:
    """Those of which something is known, then the names of the others."""
    told = list(sections)
    return joined([shown(speech, told), _unknown(speech, told)])


def shown(speech: Voice, sections: Iterable[Section]) -> Html:
    """Those of which something is known."""
    return joined(_section(speech, each) for each in sections if each.body)


def contents(speech: Voice, sections: Iterable[Section]) -> Html:
    """Links to those of which something is known."""
    return joined(
        Html(f'<a href="#{each.name}">{_title(speech, each)}</a>\n') for each in sections if each.body
    )


def unfolded(shown: int | None) -> int | None:
    """A list that is told whole elsewhere is folded here: its section says what it comes to."""
    return None if shown is None else 0


def definition(speech: Voice, name: str) -> Html:
    """How what is told under this name is counted, and what is left out of it."""
    texts = speech.texts
    counted = listed([texts[f"conduct.{name}.counted"], texts[f"conduct.{name}.left_out"]])
    return folded(texts["conduct.definition"], Html(f"<ul>\n{counted}</ul>\n"))


def paragraph(words: Html, kind: str = "") -> Html:
    mark = f' class="{kind}"' if kind else ""
    return Html(f"<p{mark}>{words}</p>\n")


def heading(words: Html) -> Html:
    return Html(f"<h3>{words}</h3>\n")


def who(speech: Voice, name: str) -> Html:
    """A party, or the word for the small groups that are counted together."""
    return speech.texts["conduct.other"] if name == OTHER else speech.titled(name)


def stage(speech: Voice, name: str) -> Html:
    """A stage, or the word for the small groups that are counted together."""
    return speech.texts["conduct.other"] if name == OTHER else speech.stage(name)


def on_the_road(stages: Collection[str]) -> list[str]:
    """Stages in the order in which an order goes through them; those that are none of ours last."""
    known = [name for name in get_args(StageName) if name in stages]
    return known + sorted(set(stages).difference(known), key=lambda name: (name == OTHER, name))


def linked(href: str, shown: Html) -> Html:
    return Html(f'<a href="{quoted(href)}">{shown}</a>')


def code(name: str) -> Html:
    return Html(f"<code>{escaped(name)}</code>")


def under(words: Html) -> Html:
    """A line of its own in a cell."""
    return Html(f'<small class="under">{words}</small>')


def span(speech: Voice, ms: int | None) -> Html:
    return NONE if ms is None else speech.calendar.duration(ms)


def spans(speech: Voice, told: Spread) -> Sequence[Html]:
    """Cells under the heads of `SPANS`."""
    return count(told.n), span(speech, told.p50), span(speech, told.p90), span(speech, told.max)


def _section(speech: Voice, section: Section) -> Html:
    texts, name = speech.texts, section.name
    parts = (
        Html(f"<h2>{_title(speech, section)}</h2>\n"),
        paragraph(texts[f"conduct.{name}.means"]),
        section.body,
        definition(speech, name),
    )
    return Html(f'<section id="{name}">\n{joined(parts)}</section>\n')


def _title(speech: Voice, section: Section) -> Html:
    return speech.texts[f"conduct.{section.name}.title"]


def _unknown(speech: Voice, sections: Iterable[Section]) -> Html:
    names = [_title(speech, each) for each in sections if not each.body]
    if not names:
        return NOTHING
    said = speech.say("conduct.unknown", names=joined(names, speech.texts["page.comma"]))
    return Html(f"<section>\n<h2>{speech.texts['conduct.unknown_title']}</h2>\n{paragraph(said)}</section>\n")


SPANS = ("conduct.n", "conduct.median", "conduct.p90", "conduct.longest")

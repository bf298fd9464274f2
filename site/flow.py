"""How the queue grows: what came and what ended each day, drawn and told as a table; what stands still."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from mingdan.projections.conduct import Day
from mingdan.projections.figures import Figures
from mingdan.site.chart import FULL, chart, level, percent, word
from mingdan.site.html import NOTHING, Html, described, escaped, folded, joined, quoted
from mingdan.site.number import count
from mingdan.site.section import Section, paragraph
from mingdan.site.table import NONE, table
from mingdan.site.voice import Voice

TOP, BOTTOM = 260, 880  # of the plot, in thousandths of the drawing's height


def standstill(speech: Voice, figures: Figures) -> Section:
    """How many of the orders that wait do not move, and by which bound."""
    told, waiting = figures.conduct.standstill, figures.backlog.count
    if not waiting:
        paid = figures.conduct.attribution.orders
        return Section("standstill", paragraph(speech.texts["platform.backlog_none"]) if paid else NOTHING)
    key = "conduct.standstill.text" if told.orders else "conduct.standstill.none"
    said = paragraph(speech.say(key, waiting=count(waiting), orders=count(told.orders)))
    bounds = {"by_limit": told.by_limit, "by_pace": told.by_pace}
    lines = described(
        (speech.texts[f"conduct.standstill.{why}"], _orders(speech, orders)) for why, orders in bounds.items()
    )
    return Section("standstill", joined([said, Html(f'<dl class="wide">\n{lines}</dl>\n')]))


def flow(speech: Voice, figures: Figures) -> Section:
    """Arrivals beside completions, days of a surge marked with a word."""
    days = figures.conduct.flow
    if not days:
        return Section("flow")
    said = speech.say(
        "conduct.flow.text",
        days=len(days),
        arrivals=count(sum(day.arrivals for day in days)),
        completions=count(sum(day.completions for day in days)),
        open=count(days[-1].open),
    )
    parts = (
        paragraph(said),
        _surges(speech, days),
        _chart(speech, days, said),
        paragraph(speech.say("conduct.flow.legend", most=count(_most(days))), "note"),
        folded(speech.texts["conduct.flow.table"], _table(speech, days)),
    )
    return Section("flow", joined(parts))


def _orders(speech: Voice, orders: int) -> Html:
    return speech.say("platform.orders", count=count(orders))


def _surges(speech: Voice, days: Sequence[Day]) -> Html:
    told = [_date(day.day) for day in days if day.surge]
    if not told:
        return NOTHING
    return paragraph(speech.say("conduct.flow.surges", days=joined(told, speech.texts["page.comma"])))


def _table(speech: Voice, days: Sequence[Day]) -> Html:
    texts = speech.texts
    rows = (
        (
            _date(day.day),
            count(day.arrivals),
            count(day.completions),
            count(day.open),
            texts["conduct.flow.surge"] if day.surge else NONE,
        )
        for day in days
    )
    return table(speech, texts["conduct.flow.table"], _HEADS, rows)


def _date(day: str) -> Html:
    return Html(f'<time datetime="{quoted(day)}">{escaped(day)}</time>')


# the drawing ------------------------------------------------------------------------------------------
def _chart(speech: Voice, days: Sequence[Day], said: Html) -> Html:
    title = speech.say("conduct.flow.chart", days=len(days))
    shapes = (*_frame(days), *_arrivals(days), *_completions(days), *_words(speech, days))
    return chart("flow", title, said, shapes)


def _frame(days: Sequence[Day]) -> Iterator[Html]:
    """The line of the busiest day and the line of nothing, the first day and the last."""
    yield level(TOP)
    yield level(BOTTOM)
    yield word(0, TOP - 25, count(_most(days)))
    yield word(0, 980, escaped(days[0].day[5:]))
    yield word(FULL, 980, escaped(days[-1].day[5:]), "end")


def _arrivals(days: Sequence[Day]) -> Iterator[Html]:
    width = 600 // len(days)
    for place, day in enumerate(days):
        left, top = _across(place, days) - width // 2, _down(day.arrivals, days)
        yield Html(
            f'<rect class="came" x="{percent(left)}" y="{percent(top)}"'
            f' width="{percent(width)}" height="{percent(BOTTOM - top)}"/>\n'
        )


def _completions(days: Sequence[Day]) -> Iterator[Html]:
    points = [(_across(place, days), _down(day.completions, days)) for place, day in enumerate(days)]
    for (left, start), (right, end) in pairwise(points):
        yield Html(
            f'<line class="went" x1="{percent(left)}" y1="{percent(start)}"'
            f' x2="{percent(right)}" y2="{percent(end)}"/>\n'
        )
    for across, down in points:
        yield Html(f'<circle class="went" cx="{percent(across)}" cy="{percent(down)}" r="2.5"/>\n')


def _words(speech: Voice, days: Sequence[Day]) -> Iterator[Html]:
    """The word for a surge, upright over its bar: days that follow each other share the first one's."""
    before = False
    for place, day in enumerate(days):
        if day.surge and not before:
            across, down = _across(place, days), _down(max(day.arrivals, day.completions), days) - 30
            surge = speech.texts["conduct.flow.surge"]
            yield Html(f'<text class="surge" x="{percent(across)}" y="{percent(down)}">{surge}</text>\n')
        before = day.surge


def _across(place: int, days: Sequence[Day]) -> int:
    return (2 * place + 1) * 1000 // (2 * len(days))


def _down(orders: int, days: Sequence[Day]) -> int:
    return BOTTOM - (BOTTOM - TOP) * orders // (_most(days) or 1)


def _most(days: Sequence[Day]) -> int:
    return max(max(day.arrivals, day.completions) for day in days)


_HEADS = (
    "conduct.flow.day",
    "conduct.flow.arrivals",
    "conduct.flow.completions",
    "conduct.flow.open",
    "conduct.flow.remark",
)

"""The on-time rate day by day, drawn and told as a table: a day on which nothing was due has no rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mingdan.projections.figures import DueDay, Figures
from mingdan.site.chart import FULL, chart, columns, level, plot, word
from mingdan.site.html import Html, escaped, joined, quoted
from mingdan.site.number import count, percent
from mingdan.site.section import Section, folded, paragraph
from mingdan.site.table import table
from mingdan.site.voice import Voice

RATES = (110, 600)  # from top to bottom, in thousandths of the drawing's height
COUNTS = (720, 880)
SLOT, BAR = 10, 8  # units of a plot that a day and its bar are wide


def due_days(speech: Voice, figures: Figures) -> Section:
    """The last days by when orders were first due, the rate above and n below."""
    days = figures.days
    if not any(day.strict.denominator for day in days):
        return Section("days")
    said = _said(speech, days)
    parts = (
        paragraph(said),
        chart("days", speech.say("conduct.days.chart", days=len(days)), said, _shapes(speech, days)),
        paragraph(speech.texts["conduct.days.legend"], "note"),
        folded(speech.texts["conduct.days.table"], _table(speech, days)),
    )
    return Section("days", joined(parts))


def _said(speech: Voice, days: Sequence[DueDay]) -> Html:
    orders = sum(day.strict.denominator for day in days)
    empty = sum(day.strict.denominator == 0 for day in days)
    in_time = sum(day.strict.numerator for day in days)
    return speech.say(
        "conduct.days.text",
        days=len(days),
        orders=count(orders),
        in_time=count(in_time),
        empty=count(empty),
    )


def _shapes(speech: Voice, days: Sequence[DueDay]) -> Iterator[Html]:
    most, width = max(day.strict.denominator for day in days), SLOT * len(days)
    yield level(RATES[0])
    yield level(COUNTS[1])
    yield plot(*RATES, width, _rates(days))
    yield plot(*COUNTS, width, _counts(days, most))
    yield word(0, RATES[0] - 25, Html("100%"))
    yield word(0, COUNTS[0] - 25, speech.say("conduct.days.most", most=count(most)))
    yield word(0, 980, escaped(days[0].day[5:]))
    yield word(FULL, 980, escaped(days[-1].day[5:]), "end")


def _rates(days: Sequence[DueDay]) -> Iterator[Html]:
    """A frame for every day on which something was due, filled as far as it came in time."""
    due = [(_left(place), day.strict) for place, day in enumerate(days) if day.strict.denominator]
    yield columns("due", ((left, BAR, FULL) for left, _ in due))
    yield columns("kept", ((left, BAR, FULL * rate.numerator // rate.denominator) for left, rate in due))


def _counts(days: Sequence[DueDay], most: int) -> Iterator[Html]:
    """The orders of each day beside the most of any; the fewest are still to be seen."""
    orders = ((_left(place), day.strict.denominator) for place, day in enumerate(days))
    yield columns("orders", ((left, BAR, -(-FULL * n // most)) for left, n in orders if n))


def _left(place: int) -> int:
    return SLOT * place + (SLOT - BAR) // 2


def _table(speech: Voice, days: Sequence[DueDay]) -> Html:
    rows = (
        (
            Html(f'<time datetime="{quoted(day.day)}">{escaped(day.day)}</time>'),
            count(day.strict.denominator),
            count(day.strict.numerator),
            percent(day.strict),
        )
        for day in days
    )
    return table(speech, speech.texts["conduct.days.table"], _HEADS, rows)


_HEADS = ("conduct.days.day", "conduct.days.due", "conduct.days.kept", "headline.rate")

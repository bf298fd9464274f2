"""The on-time rate day by day, drawn and told as a table: a day on which nothing was due has no rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mingdan.projections.days import calendar
from mingdan.projections.figures import DueDay, Rate
from mingdan.projections.on_time import BARS
from mingdan.site.chart import FULL, chart, columns, level, plot, word
from mingdan.site.html import Html, escaped, folded, joined, quoted
from mingdan.site.number import count, percent
from mingdan.site.section import Section, paragraph
from mingdan.site.table import table
from mingdan.site.voice import Voice

RATES = (110, 600)  # from top to bottom, in thousandths of the drawing's height
COUNTS = (720, 880)
SLOT, BAR = 10, 8  # units of a plot that a day and its bar are wide


def due_days(speech: Voice, days: Sequence[DueDay], as_of: int) -> Section:
    """The last days until an instant (ms UTC) by when orders were first due, the rate above and n below."""
    if not days:
        return Section("days")
    said, names = _said(speech, days), calendar(as_of, speech.edition.zone, BARS)[0]
    parts = (
        paragraph(said),
        chart("days", speech.say("conduct.days.chart", days=BARS), said, _shapes(speech, days, names)),
        paragraph(speech.texts["conduct.days.legend"], "note"),
        folded(speech.texts["conduct.days.table"], _table(speech, days)),
    )
    return Section("days", joined(parts))


def _said(speech: Voice, days: Sequence[DueDay]) -> Html:
    return speech.say(
        "conduct.days.text",
        days=BARS,
        orders=count(sum(day.strict.denominator for day in days)),
        in_time=count(sum(day.strict.numerator for day in days)),
        empty=count(BARS - len(days)),
    )


def _shapes(speech: Voice, days: Sequence[DueDay], names: Sequence[str]) -> Iterator[Html]:
    """`names` are all the days, those on which nothing was due too."""
    most, width = max(day.strict.denominator for day in days), SLOT * len(names)
    places = {name: _left(place) for place, name in enumerate(names)}
    due = [(places[day.day], day.strict) for day in days if day.day in places]
    yield level(RATES[0])
    yield level(COUNTS[1])
    yield plot(*RATES, width, _rates(due))
    yield plot(*COUNTS, width, _counts(due, most))
    yield word(0, RATES[0] - 25, Html("100%"))
    yield word(0, COUNTS[0] - 25, speech.say("conduct.days.most", most=count(most)))
    yield word(0, 980, escaped(names[0][5:]))
    yield word(FULL, 980, escaped(names[-1][5:]), "end")


def _rates(due: Sequence[tuple[int, Rate]]) -> Iterator[Html]:
    """A frame for every day on which something was due, from its left edge, filled as far as that came."""
    yield columns("due", ((left, BAR, FULL) for left, _ in due))
    yield columns("kept", ((left, BAR, FULL * rate.numerator // rate.denominator) for left, rate in due))


def _counts(due: Sequence[tuple[int, Rate]], most: int) -> Iterator[Html]:
    """The orders of each day beside the most of any; the fewest are still to be seen."""
    yield columns("orders", ((left, BAR, -(-FULL * rate.denominator // most)) for left, rate in due))


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

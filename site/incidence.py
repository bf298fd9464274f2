"""How long orders wait, the undelivered counted in: the curves of all that ends a wait, and their shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.projections.incidence import TOLD
from mingdan.projections.measure import Rate, rate
from mingdan.projections.survival import WAITS, Point, Share, Survival
from mingdan.site.chart import FULL, chart, level, plot, stairs, word
from mingdan.site.html import NOTHING, Html, described, folded, joined, listed
from mingdan.site.number import count, percent, rounded
from mingdan.site.section import Section, paragraph
from mingdan.site.table import NONE, table
from mingdan.site.voice import Voice

TOP, BOTTOM = 110, 860  # of the plot, in thousandths of the drawing's height
FIRST = 10_000  # ms: where the axis begins: what came sooner stands at its edge
APART = 140  # thousandths of the axis between two labels: 40 px on the narrowest phone
ENDS = ("delivered", "refunded", "cancelled")


def incidence(speech: Voice, told: Survival) -> Section:
    """Quantiles, the curves where they are known, and the shares after the stated waits."""
    if not told.n:
        return Section("incidence")
    parts = (
        paragraph(_said(speech, told)),
        _quantiles(speech, told),
        _drawn(speech, told) if told.curve else NOTHING,
        folded(speech.texts["conduct.incidence.table"], _table(speech, told)),
        _negative(speech, told),
    )
    return Section("incidence", joined(parts))


def reached(speech: Voice, told: Survival, wait: int | None) -> Html:
    """A quantile of the wait (ms), or how long no such share was reached."""
    if wait is not None:
        return speech.calendar.duration(wait)
    if not told.n:
        return NONE
    return speech.say("conduct.incidence.beyond", until=speech.calendar.duration(told.until))


def _said(speech: Voice, told: Survival) -> Html:
    ends = {outcome: count(told.outcomes[outcome]) for outcome in (*ENDS, "open")}
    return speech.say("conduct.incidence.text", n=count(told.n), **ends)


def _quantiles(speech: Voice, told: Survival) -> Html:
    waits = {"p50": told.p50, "p90": told.p90, "p99": told.p99}
    lines = described(
        (speech.texts[f"conduct.incidence.{name}"], reached(speech, told, wait))
        for name, wait in waits.items()
    )
    return Html(f'<dl class="wide">\n{lines}</dl>\n')


def _negative(speech: Voice, told: Survival) -> Html:
    if not told.negative:
        return NOTHING
    return paragraph(speech.say("conduct.incidence.negative", count=count(told.negative)), "note")


# the table --------------------------------------------------------------------------------------------
def _table(speech: Voice, told: Survival) -> Html:
    rows = (_row(speech, WAITS[name], share) for name, share in told.shares.items())
    return table(speech, speech.texts["conduct.incidence.table"], _HEADS, rows)


def _row(speech: Voice, wait: int, share: Share) -> Sequence[Html]:
    return (
        speech.calendar.duration(wait),
        percent(share.delivered),
        NONE if share.error is None else Html(f"±{rounded(share.error)}"),
        percent(share.refunded),
        percent(share.cancelled),
        count(share.left),
        percent(share.kaplan_meier),
    )


# the drawing ------------------------------------------------------------------------------------------
def _drawn(speech: Voice, told: Survival) -> Html:
    title = speech.say("conduct.incidence.chart", n=count(told.n))
    return joined(
        [
            chart("incidence", title, _said(speech, told), _shapes(speech, told)),
            Html(f'<ul class="key">\n{listed(_key(speech, told))}</ul>\n'),
            paragraph(speech.texts["conduct.incidence.legend"], "note"),
        ]
    )


def _shapes(speech: Voice, told: Survival) -> Iterator[Html]:
    end = _end(told)
    for height in (TOP, (TOP + BOTTOM) // 2, BOTTOM):
        yield level(height)
    yield plot(TOP, BOTTOM, FULL, _curves(told, end))
    yield word(0, TOP - 25, Html("100%"))
    yield word(0, (TOP + BOTTOM) // 2 - 25, Html("50%"))
    for tick in _labelled(end):
        yield word(_place(tick, end), 960, speech.calendar.duration(tick), "end")


def _curves(told: Survival, end: int) -> Iterator[Html]:
    """One line for each way a wait ends, the delivered last and so on top."""
    whole, watched = told.n * TOLD, told.until if told.outcomes["open"] else end
    grid = "".join(f"M{_place(tick, end)} 0V{FULL}" for tick in TICKS if tick < end)
    yield Html(f'<path class="grid" d="{grid}"/>\n')
    for way in reversed(ENDS):
        corners = [(_place(point.at, end), FULL * getattr(point, way) // whole) for point in told.curve]
        yield stairs(way, corners, _place(watched, end))


def _place(at: int, end: int) -> int:
    """Where a wait (ms) stands on the axis, which is a logarithm from FIRST to `end`."""
    first = _log(FIRST)
    return FULL * (_log(min(max(at, FIRST), end)) - first) // (_log(end) - first)


def _log(ms: int) -> int:
    """Thousandths of a power of two, even between two of them: never off by more than 87."""
    power = ms.bit_length() - 1
    return 1000 * power + 1000 * (ms - (1 << power)) // (1 << power)


def _end(told: Survival) -> int:
    """As far as orders were watched, and to the thirtieth day at least, so that platforms compare."""
    return next((tick for tick in TICKS if tick >= max(told.until, 30 * DAY)), TICKS[-1])


def _labelled(end: int) -> list[int]:
    """The last tick, and of those before it the ones whose words have room."""
    kept, limit = list[int](), FULL + APART
    for tick in (each for each in reversed(TICKS) if each <= end):
        if _place(tick, end) <= limit - APART:
            kept.append(tick)
            limit = _place(tick, end)
    return kept[::-1]


def _key(speech: Voice, told: Survival) -> Iterator[Html]:
    """What each line means, drawn as in the plot, with where it ends."""
    last = told.curve[-1]
    for end in ENDS:
        sample = f'<svg class="sample" aria-hidden="true"><path class="{end}" d="M0 6H32"/></svg>'
        yield Html(f"{sample} {speech.texts[f'conduct.incidence.{end}']} {percent(_share(told, last, end))}")


def _share(told: Survival, point: Point, end: str) -> Rate:
    return rate(getattr(point, end), told.n * TOLD)


TICKS = (
    MINUTE,
    10 * MINUTE,
    HOUR,
    DAY,
    7 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
    3650 * DAY,
)
_HEADS = (
    "conduct.incidence.wait",
    "conduct.incidence.delivered",
    "conduct.incidence.error",
    "conduct.incidence.refunded",
    "conduct.incidence.cancelled",
    "conduct.incidence.left",
    "conduct.incidence.kaplan_meier",
)

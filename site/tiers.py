"""What each tier does to an order's time: how late its words are, how many never come, whose the delay is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mingdan.projections.conduct import NOTHING as NOTHING_HEARD
from mingdan.projections.conduct import Attribution, Part, Tier
from mingdan.projections.figures import Figures
from mingdan.projections.measure import OTHER
from mingdan.site.html import NOTHING, Html, joined
from mingdan.site.number import count, percent
from mingdan.site.section import Section, on_the_road, paragraph, span, stage, who
from mingdan.site.table import FIRST, NONE, measured, share, table
from mingdan.site.voice import Voice


def propagation(speech: Voice, figures: Figures) -> Section:
    """How late what a tier did was heard of, and how much of what it owed was heard at all."""
    tiers = figures.conduct.propagation
    if not tiers:
        return Section("propagation")
    texts, told = speech.texts, sorted(tiers.items(), key=_last)
    negative = sum(tier.lag.negative for tier in tiers.values())
    lags, heard = ([of(speech, *each) for each in told] for of in (_lag, _heard))
    tables = (
        table(speech, texts["conduct.propagation.lag"], _LAG, lags, unfolded=0),
        table(speech, texts["conduct.propagation.heard"], _HEARD, heard, unfolded=0),
    )
    note = speech.say("conduct.propagation.negative", count=count(negative)) if negative else NOTHING
    return Section("propagation", joined([*tables, paragraph(note, "note") if note else NOTHING]))


def attribution(speech: Voice, figures: Figures) -> Section:
    """Whose the time since payment was; the parts sum to the whole, which closes each table."""
    told = figures.conduct.attribution
    if not told.orders:
        return Section("attribution")
    whole = speech.say(
        "conduct.attribution.text",
        orders=count(told.orders),
        open=count(told.open),
        total=span(speech, told.total),
    )
    holders = ((who(speech, name), part) for name, part in _longest_first(told.holders))
    stages = ((stage(speech, name), told.stages[name]) for name in on_the_road(told.stages))
    tables = (
        _parts(speech, "conduct.attribution.by_holder", "platform.holder", told, holders, FIRST),
        _parts(speech, "conduct.attribution.by_stage", "platform.stage", told, stages, 0),
    )
    return Section("attribution", joined([paragraph(whole), *tables]))


def _lag(speech: Voice, name: str, tier: Tier) -> Sequence[Html]:
    lag = tier.lag
    times = (span(speech, each) for each in (lag.p50, lag.p95, lag.max))
    return who(speech, name), count(tier.hops), count(lag.n), *times


def _heard(speech: Voice, name: str, tier: Tier) -> Sequence[Html]:
    words = (share(tier.heard.get(word, NOTHING_HEARD)) for word in _WORDS)
    return who(speech, name), *words, share(tier.attenuation)


def _parts(
    speech: Voice,
    caption: str,
    head: str,
    told: Attribution,
    parts: Iterable[tuple[Html, Part]],
    unfolded: int,
) -> Html:
    named = list(parts)
    if not named:
        return NOTHING  # too few to be told apart
    longest = max(part.share.numerator for _, part in named)
    rows = (_part(speech, name, part, longest) for name, part in named)
    total = (
        speech.texts["conduct.whole"],
        measured(Html("100%"), 0, longest),
        span(speech, told.total),
        count(sum(part.spans.n for _, part in named)),
        NONE,
        NONE,
    )
    return table(speech, speech.texts[caption], (head, *_PART), rows, total, unfolded)


def _part(speech: Voice, name: Html, part: Part, longest: int) -> Sequence[Html]:
    spans = part.spans
    return (
        name,
        measured(percent(part.share), part.share.numerator, longest),
        span(speech, spans.total),
        count(spans.n),
        span(speech, spans.p50),
        span(speech, spans.p90),
    )


def _longest_first(parts: Mapping[str, Part]) -> list[tuple[str, Part]]:
    return sorted(parts.items(), key=lambda each: (each[0] == OTHER, -each[1].share.numerator, each[0]))


def _last(each: tuple[str, Tier]) -> tuple[bool, str]:
    return each[0] == OTHER, each[0]


_WORDS = ("accepted", "started", "finished")
_LAG = (
    "conduct.propagation.tier",
    "conduct.propagation.hops",
    "conduct.propagation.facts",
    "conduct.median",
    "conduct.p95",
    "conduct.longest",
)
_HEARD = (
    "conduct.propagation.tier",
    "conduct.propagation.accepted",
    "conduct.propagation.started",
    "conduct.propagation.finished",
    "conduct.propagation.together",
)
_PART = ("conduct.share", "conduct.time", "conduct.n", "conduct.median", "conduct.p90")

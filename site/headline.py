"""The on-time rate as what a page says first: with its n, how far it may lie from the truth, and of when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mingdan.projections.figures import OnTime, Score, Standing
from mingdan.site.html import Html, Line, described, joined
from mingdan.site.metric import ENOUGH
from mingdan.site.number import count, percent, rounded
from mingdan.site.section import definition, paragraph
from mingdan.site.table import NONE, table
from mingdan.site.voice import Voice


def headline(speech: Voice, told: Standing, as_of: int, windows: Mapping[str, OnTime] | None = None) -> Html:
    """The section of a scope's rate; below it the same of what came due lately, where that is given."""
    texts = speech.texts
    parts = [*_body(speech, told, as_of)] if told.on_time.strict.denominator else [_none(speech)]
    if windows and told.on_time.strict.denominator:
        parts.append(_windows(speech, windows))
    parts.append(definition(speech, "headline"))
    head = Html(f"<h2>{texts['platform.headline']}</h2>\n")
    return Html(f'<section id="headline">\n{joined([head, *parts])}</section>\n')


def interval(speech: Voice, score: Score) -> Html:
    """The bounds of 95 %, half-even as all published digits."""
    bounds = score.interval
    if bounds is None:
        return NONE
    return speech.say("headline.interval", low=rounded(bounds.low), high=rounded(bounds.high))


def _body(speech: Voice, told: Standing, as_of: int) -> Iterator[Html]:
    share, texts = told.on_time.strict, speech.texts
    yield paragraph(Html(f"{percent(share)} <small>n = {count(share.denominator)}</small>"), "figure")
    when = speech.calendar.words(as_of)
    yield paragraph(speech.say("headline.sure", interval=interval(speech, share), time=when), "note")
    yield paragraph(_sentence(speech, share))
    if share.denominator < ENOUGH:
        yield paragraph(texts["platform.headline_small"], "caveat")
    yield Html(f'<dl class="wide">\n{described(_beside(speech, told.on_time))}</dl>\n')


def _none(speech: Voice) -> Html:
    return paragraph(speech.texts["platform.headline_none"], "empty")


def _sentence(speech: Voice, share: Score) -> Html:
    counted = speech.say(
        "platform.headline_text", numerator=count(share.numerator), denominator=count(share.denominator)
    )
    return speech.say("page.sentences", first=counted, second=speech.texts["platform.headline_scope"])


def _beside(speech: Voice, told: OnTime) -> Iterator[Line]:
    """What else became of the cohort, and who is not in it."""
    texts, share = speech.texts, told.strict
    if share.target is not None:
        met = texts["headline.met" if share.meets else "headline.missed"]
        yield texts["headline.target"], speech.say("headline.measured", target=rounded(share.target), met=met)
    yield texts["platform.late"], _orders(speech, told.late)
    yield texts["platform.undelivered"], _orders(speech, told.undelivered)
    yield texts["platform.by_day"], speech.say("platform.by_day_value", **_counted(told.by_day))
    yield texts["headline.known_then"], speech.say("platform.by_day_value", **_counted(told.known_then))
    yield texts["platform.cancelled_by_buyer"], _orders(speech, told.cancelled_by_buyer)


def _counted(share: Score) -> dict[str, Html]:
    told = {"numerator": count(share.numerator), "denominator": count(share.denominator)}
    return {"rate": percent(share), **told}


def _windows(speech: Voice, windows: Mapping[str, OnTime]) -> Html:
    rows = (_window(speech, name, told) for name, told in windows.items())
    return table(speech, speech.texts["headline.windows"], _HEADS, rows)


def _window(speech: Voice, name: str, told: OnTime) -> Sequence[Html]:
    share = told.strict
    return (
        speech.texts[f"headline.window.{name}"],
        count(share.denominator),
        percent(share),
        interval(speech, share),
        count(told.late),
        count(told.undelivered),
    )


def _orders(speech: Voice, orders: int) -> Html:
    return speech.say("platform.orders", count=count(orders))


_HEADS = (
    "headline.due",
    "conduct.n",
    "headline.rate",
    "headline.bounds",
    "platform.late",
    "platform.undelivered",
)

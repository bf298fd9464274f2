"""What a badge can say of a platform, a merchant or a SKU: one number with its n, of when, and its colour.

Only a rate has good and bad, grey says that there are too few orders to tell: nobody publishes a target for
the others, so they claim none. A file cannot know how old it is, hence every badge says of which day it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import msgspec
from msgspec import Struct

from mingdan.projections.figures import Score, score
from mingdan.projections.interval import Interval
from mingdan.site.badge import badge_svg, shields_json
from mingdan.site.edition import Edition
from mingdan.site.html import Html, escaped, unmarked
from mingdan.site.number import count, percent
from mingdan.site.page import CHECKPOINT, path_in
from mingdan.site.scope import Scope
from mingdan.site.voice import Voice, voice

ENOUGH = 30  # orders, below which no figure gets a colour
GREY, BLUE, GREEN, AMBER, RED = "#6b7079", "#14598c", "#22763f", "#dfb317", "#b3361f"
SUFFIXES = ("svg", "json", "full.json")
STATISTICS = "log/statistics.json"


class Told(NamedTuple):
    """A figure: in words, over how many, in which colour, and where it is below its scope's figures."""

    words: Html
    n: int
    color: str
    pointer: str
    value: int | None = None  # ms, or a number of orders
    share: Score | None = None


class Badge(NamedTuple):
    """What stands on it, as plain text."""

    label: str
    message: str
    told: Told


class Full(Struct, frozen=True, kw_only=True):
    """What a badge rests on: `pointer` (RFC 6901) finds its figure in the document at `statistics`."""

    scope: str
    metric: str
    label: str
    message: str
    n: int
    value: int | None
    numerator: int | None = None
    denominator: int | None = None
    rate: str | None = None
    interval: Interval | None = None
    as_of: int
    size: int
    root: str
    imported: bool
    statistics: str
    pointer: str
    checkpoint: str


def badge_files(edition: Edition, language: str, scope: Scope, place: int) -> Iterator[tuple[str, bytes]]:
    """Every badge of a scope whose platform is the `place`th (from 0) of the figures: path and content."""
    for metric in METRICS:
        made = badge(voice(edition, language), scope, metric)
        if made is not None:
            label, message, color = made.label, made.message, made.told.color
            full = _full(edition, scope, metric, made, f"/platforms/{place}{scope.pointer}")
            contents = (
                badge_svg(label, message, color),
                shields_json(label, message, color),
                msgspec.json.encode(full),
            )
            for suffix, content in zip(SUFFIXES, contents, strict=True):
                yield path_of_badge(scope, metric, suffix, language, edition.languages), content


def badge(speech: Voice, scope: Scope, metric: str) -> Badge | None:
    """`准时送达` and `97.3% · n=1204 · 至 11-22`; None where the figures do not tell this of such a scope."""
    told = METRICS[metric](speech, scope)
    if told is None:
        return None
    figures, texts = scope.figures, speech.texts
    day = escaped(speech.calendar.day(figures.as_of, beside=speech.edition.sealed))
    message = speech.say("badge.message", value=told.words, n=told.n, day=day)
    if not told.n:
        message = texts["badge.none_due" if metric == "on-time" else "badge.none"]
    if scope.standing.imported:
        message = speech.say("badge.imported", message=message)
    return Badge(texts[f"badge.label.{metric}"], unmarked(message), told)


def metrics_of(speech: Voice, scope: Scope) -> list[str]:
    """Those that the figures tell of such a scope."""
    return [metric for metric in METRICS if METRICS[metric](speech, scope) is not None]


def path_of_badge(scope: Scope, metric: str, suffix: str, language: str, languages: tuple[str, ...]) -> str:
    return path_in(f"badge/{scope.path}/{metric}.{suffix}", language, languages)


def color_of(numerator: int, denominator: int) -> str:
    """Green from 95 %, amber from 80 %, grey while the orders are too few to say."""
    if denominator < ENOUGH:
        return GREY
    if 100 * numerator >= 95 * denominator:
        return GREEN
    return AMBER if 100 * numerator >= 80 * denominator else RED


def _plain(n: int) -> str:
    """Neither good nor bad."""
    return BLUE if n >= ENOUGH else GREY


def _full(edition: Edition, scope: Scope, metric: str, made: Badge, pointer: str) -> Full:
    told, share, home = made.told, made.told.share, f"https://{edition.address}/"
    return Full(
        scope=scope.path,
        metric=metric,
        label=made.label,
        message=made.message,
        n=told.n,
        value=told.value,
        numerator=None if share is None else share.numerator,
        denominator=None if share is None else share.denominator,
        rate=None if share is None else share.rate,
        interval=None if share is None else share.interval,
        as_of=scope.figures.as_of,
        size=edition.size,
        root=edition.root,
        imported=scope.standing.imported,
        statistics=home + STATISTICS,
        pointer=pointer + told.pointer,
        checkpoint=home + CHECKPOINT,
    )


# the metrics ------------------------------------------------------------------------------------------
def _on_time(_: Voice, scope: Scope) -> Told:
    share = scope.standing.on_time.strict
    color = color_of(share.numerator, share.denominator)
    return Told(percent(share), share.denominator, color, "/on_time/strict", share=share)


def _quantile(name: str, speech: Voice, scope: Scope) -> Told:
    """The wait by which such a share of all orders was delivered, or how long it was not."""
    waits, wait = scope.standing.survival, getattr(scope.standing.survival, name)
    calendar = speech.calendar
    if wait is None:
        words = speech.say("badge.beyond", until=calendar.duration(waits.until))
    else:
        words = calendar.duration(wait)
    return Told(words, waits.n, _plain(waits.n), f"/survival/{name}", wait)


def _backlog(speech: Voice, scope: Scope) -> Told:
    """Of a platform all that waits; of a group the orders at no end, whose clock runs."""
    if scope.kind == "platform":
        waiting, pointer = scope.figures.backlog.count, "/backlog/count"
    else:
        waiting, pointer = scope.standing.survival.outcomes.get("open", 0), "/survival/outcomes/open"
    orders = scope.standing.orders
    return Told(speech.say("badge.orders", count=count(waiting)), orders, _plain(orders), pointer, waiting)


def _disputes(_: Voice, scope: Scope) -> Told | None:
    if scope.kind != "platform":
        return None
    contested, orders = scope.figures.disputes.orders, scope.figures.orders
    share = score(contested, orders)
    return Told(percent(share), orders, _plain(orders), "/disputes/orders", contested, share)


def _proof(speech: Voice, scope: Scope) -> Told | None:
    """Which tree all of a site's figures are of; it is said of the platform, since it is the same for all."""
    if scope.kind != "platform":
        return None
    size, root = speech.edition.size, Html(speech.edition.root[:8])
    return Told(speech.say("badge.root", root=root), size, _plain(size), "/size", size)


METRICS: dict[str, Callable[[Voice, Scope], Told | None]] = {
    "on-time": _on_time,
    "p50": partial(_quantile, "p50"),
    "p90": partial(_quantile, "p90"),
    "backlog": _backlog,
    "disputes": _disputes,
    "proof": _proof,
}

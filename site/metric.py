"""What a badge can say of a platform, a merchant or a SKU: one number with its n, of when, and its colour.

Only what has a target is good or bad. Grey says that a figure tells nothing of today: of too few orders, of
orders long unheard of, or of a log too few have witnessed. A file cannot know how old it is, hence its day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct, structs

from mingdan.ledger.policy import DAY
from mingdan.projections.figures import Score, Window, score
from mingdan.projections.interval import Interval
from mingdan.site.badge import badge_svg, shields_json
from mingdan.site.edition import Edition
from mingdan.site.html import Html, escaped, unmarked
from mingdan.site.number import count, percent
from mingdan.site.page import CHECKPOINT, path_in
from mingdan.site.scope import Scope
from mingdan.site.voice import Voice, voice

ENOUGH = 30  # orders, below which no figure gets a colour
STALE = 30 * DAY  # without a word of any order: then no figure gets one either
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


Doubt = Literal["stale", "unwitnessed"]  # why a figure, however good, is not to be trusted today


class Badge(NamedTuple):
    """What stands on it, as plain text, and its colour."""

    label: str
    message: str
    color: str
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
    window: Window | None = None
    interval: Interval | None = None
    target: str | None = None
    meets: bool | None = None
    doubt: Doubt | None
    heard: int | None
    as_of: int
    fresh_until: int
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
            label, message, color = made.label, made.message, made.color
            full = _full(edition, scope, metric, made, f"/platforms/{place}{scope.pointer}")
            contents = (
                badge_svg(label, message, color),
                shields_json(label, message, color, error=not edition.witnessed),
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
    why = doubt(speech.edition, scope)
    if why is not None:
        message = speech.say(f"badge.{why}", message=message)
    color = told.color if why is None else GREY
    return Badge(texts[f"badge.label.{metric}"], unmarked(message), color, told)


def doubt(edition: Edition, scope: Scope) -> Doubt | None:
    """Why no figure of this scope has a colour: that the log itself is in doubt goes before."""
    if not edition.witnessed:
        return "unwitnessed"
    heard = scope.standing.heard
    return "stale" if heard is not None and scope.figures.as_of - heard > STALE else None


def metrics_of(speech: Voice, scope: Scope) -> list[str]:
    """Those that the figures tell of such a scope."""
    return [metric for metric in METRICS if METRICS[metric](speech, scope) is not None]


def path_of_badge(scope: Scope, metric: str, suffix: str, language: str, languages: tuple[str, ...]) -> str:
    return path_in(f"badge/{scope.path}/{metric}.{suffix}", language, languages)


def color_of(share: Score) -> str:
    """Green where it meets its target, amber from 80 %, grey while the orders are too few to say."""
    if share.denominator < ENOUGH:
        return GREY
    if share.meets:
        return GREEN
    return AMBER if 100 * share.numerator >= 80 * share.denominator else RED


def _plain(n: int) -> str:
    """Neither good nor bad."""
    return BLUE if n >= ENOUGH else GREY


def _full(edition: Edition, scope: Scope, metric: str, made: Badge, pointer: str) -> Full:
    told, home = made.told, f"https://{edition.address}/"
    share = {} if told.share is None else structs.asdict(told.share)
    return Full(
        scope=scope.path,
        metric=metric,
        label=made.label,
        message=made.message,
        n=told.n,
        value=told.value,
        **share,
        doubt=doubt(edition, scope),
        heard=scope.standing.heard,
        as_of=scope.figures.as_of,
        fresh_until=edition.fresh_until,
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
    return Told(percent(share), share.denominator, color_of(share), "/on_time/strict", share=share)


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
    share = score(contested, orders, Window(None, scope.figures.as_of))
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

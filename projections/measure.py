"""How orders are measured: shares, spreads of durations and groups; integers and decimal strings only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeVar

from msgspec import Struct

from mingdan.projections.interval import Interval, interval

FEW = 10  # a group of fewer orders is not published by itself
OTHER = "other"  # where such groups are counted together

_Member = TypeVar("_Member")


class Rate(Struct, frozen=True, forbid_unknown_fields=True):
    """A share of orders: `rate` is numerator / denominator to four places, half-even; None of too few."""

    numerator: int
    denominator: int
    rate: str | None


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """What a share is of: what lies after `since`, or from the beginning, and not after `until` (ms UTC)."""

    since: int | None
    until: int


class Score(Rate, frozen=True):
    """A share of orders whole: in which window, how far it may lie from the truth by its count alone.

    `target` is what it is measured by, to four places; whether it `meets` that is told by whole orders.
    """

    window: Window
    interval: Interval | None
    target: str | None
    meets: bool | None


class Quantiles(Struct, frozen=True, forbid_unknown_fields=True):
    """Durations in ms by nearest rank; negative and missing ones are counted apart and left out."""

    n: int
    min: int | None
    p50: int | None
    p90: int | None
    p99: int | None
    max: int | None
    zero: int
    negative: int
    missing: int


class Spread(Struct, frozen=True, forbid_unknown_fields=True):
    """Durations in ms by nearest rank; negative ones are counted apart and left out of all the rest."""

    n: int = 0
    p50: int | None = None
    p90: int | None = None
    p95: int | None = None
    max: int | None = None
    total: int = 0
    negative: int = 0


def rate(numerator: int, denominator: int, least: int = 1) -> Rate:
    """A share of `least` at least: of fewer both integers stand, and no rate."""
    if denominator < least:
        return Rate(numerator, denominator, None)
    return Rate(numerator, denominator, _places(numerator, denominator))


def score(numerator: int, denominator: int, window: Window, target: int | None = None) -> Score:
    """A share of orders with Wilson's interval of 95 %; the target, if there is one, in thousandths."""
    return Score(
        numerator=numerator,
        denominator=denominator,
        rate=rate(numerator, denominator).rate,
        window=window,
        interval=interval(numerator, denominator),
        target=None if target is None else _places(target, 1000),
        meets=None if target is None or not denominator else 1000 * numerator >= target * denominator,
    )


def nearest_rank(ordered: list[int], permille: int) -> int | None:
    """The smallest value whose rank is at least ceil(p n); `ordered` ascends, p in thousandths."""
    return ordered[-(-permille * len(ordered) // 1000) - 1] if ordered else None


def quantiles(durations: list[int], missing: int = 0) -> Quantiles:
    """Quantiles of durations in ms, in any order."""
    ordered = sorted(each for each in durations if each >= 0)
    return Quantiles(
        n=len(ordered),
        min=ordered[0] if ordered else None,
        p50=nearest_rank(ordered, 500),
        p90=nearest_rank(ordered, 900),
        p99=nearest_rank(ordered, 990),
        max=ordered[-1] if ordered else None,
        zero=sum(each == 0 for each in ordered),
        negative=len(durations) - len(ordered),
        missing=missing,
    )


def spread(durations: Iterable[int]) -> Spread:
    """The spread of durations in ms, in any order."""
    told = list(durations)
    ordered = sorted(each for each in told if each >= 0)
    return Spread(
        n=len(ordered),
        p50=nearest_rank(ordered, 500),
        p90=nearest_rank(ordered, 900),
        p95=nearest_rank(ordered, 950),
        max=ordered[-1] if ordered else None,
        total=sum(ordered),
        negative=len(told) - len(ordered),
    )


def _places(numerator: int, denominator: int) -> str:
    return str((Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN))


def grouped(members: Iterable[tuple[str | None, _Member]]) -> dict[str, list[_Member]]:
    """The members of each group by its name, sorted; those without a name are of "unknown"."""
    groups: dict[str, list[_Member]] = {}
    for name, member in members:
        groups.setdefault(name or "unknown", []).append(member)
    return {name: groups[name] for name in sorted(groups)}


def published(groups: Mapping[str, list[_Member]]) -> dict[str, list[_Member]]:
    """The members in the groups that may be published, the rest of them in one, "other", if that may be.

    Whoever subtracts what is published from the whole, which is published as well, has what was left out:
    leaving "other" out would hide nothing. So the rest grows by the smallest of the others until it is of two
    groups and of FEW at least; where all of them together are not even that, only the whole is told.
    """
    kept = {name: members for name, members in groups.items() if len(members) >= FEW and name != OTHER}
    rest = [name for name in groups if name not in kept]
    by_size = sorted(kept, key=lambda name: (len(kept[name]), name), reverse=True)
    while rest and by_size and not _covers(groups, rest):
        rest.append(by_size.pop())
    apart = {name: members for name, members in kept.items() if name not in rest}
    return apart | (
        {OTHER: [each for name in rest for each in groups[name]]} if _covers(groups, rest) else {}
    )


def _covers(groups: Mapping[str, list[_Member]], names: list[str]) -> bool:
    """Whether these groups together tell none of them."""
    return len(names) > 1 and sum(len(groups[name]) for name in names) >= FEW

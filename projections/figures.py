"""The published figures of a scope: shapes only, integers and decimal strings, no float anywhere."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from msgspec import Struct


class Rate(Struct, frozen=True, forbid_unknown_fields=True):
    """A share of orders: `rate` is numerator / denominator to four places, half-even; None of nothing."""

    numerator: int
    denominator: int
    rate: str | None


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


class OnTime(Struct, frozen=True, forbid_unknown_fields=True):
    """The cohort whose original due time has come: strictly on time, and by the end of the due day."""

    strict: Rate
    by_day: Rate
    late: int  # delivered after the due time
    undelivered: int
    cancelled_by_buyer: int  # before the due time: shown apart, not in the cohort


class Backlog(Struct, frozen=True, forbid_unknown_fields=True):
    """Orders paid for (or placed, where nothing is prepaid) and not yet at an end, as of an instant."""

    count: int
    amounts: dict[str, int]  # minor units by currency
    oldest: int | None  # ms since
    ages: dict[str, int]  # histogram: upper bound -> orders
    by_stage: dict[str, int]
    by_holder: dict[str, int]


class Disputes(Struct, frozen=True, forbid_unknown_fields=True):
    orders: int
    open: int
    closed: int
    outcomes: dict[str, int]


class Figures(Struct, frozen=True, forbid_unknown_fields=True):
    """All figures of one scope (`platform/<id>`), as of an instant (ms UTC), over a log of `size` entries."""

    scope: str
    as_of: int
    size: int
    orders: int
    delivered: int
    steps: dict[str, int]
    sides: dict[str, int]
    imported: bool
    on_time: OnTime
    delivery: Quantiles  # from the start of the promise's clock to the first delivery
    backlog: Backlog
    disputes: Disputes


def rate(numerator: int, denominator: int) -> Rate:
    if denominator == 0:
        return Rate(numerator, denominator, None)
    share = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    return Rate(numerator, denominator, str(share))


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

"""The published figures of a scope: shapes only, integers and decimal strings, no float anywhere."""

from __future__ import annotations

from msgspec import Struct

from mingdan.projections.conduct import Conduct
from mingdan.projections.measure import Quantiles, Rate, nearest_rank, quantiles, rate

__all__ = [
    "Backlog",
    "Disputes",
    "Figures",
    "OnTime",
    "Quantiles",
    "Rate",
    "nearest_rank",
    "quantiles",
    "rate",
]


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
    conduct: Conduct = Conduct()

"""The published figures of a scope: shapes only, integers and decimal strings, no float anywhere."""

from __future__ import annotations

from msgspec import Struct

from mingdan.projections.conduct import Conduct
from mingdan.projections.measure import (
    Quantiles,
    Rate,
    Score,
    Spread,
    Window,
    nearest_rank,
    quantiles,
    rate,
    score,
)
from mingdan.projections.survival import Survival

__all__ = [
    "Backlog",
    "Disputes",
    "DueDay",
    "Figures",
    "OnTime",
    "Quantiles",
    "Rate",
    "Score",
    "Standing",
    "Window",
    "nearest_rank",
    "quantiles",
    "rate",
    "score",
]


class OnTime(Struct, frozen=True, forbid_unknown_fields=True):
    """The cohort whose original due time has come: strictly on time, and by the end of the due day.

    Two tellings: `strict` as known now, by when goods came; `known_then`, by when that was known as well.
    """

    strict: Score
    by_day: Score
    known_then: Score
    late: int  # delivered after the due time
    undelivered: int
    cancelled_by_buyer: int  # as was recorded by the due time: shown apart, not in the cohort


class DueDay(Struct, frozen=True, forbid_unknown_fields=True):
    """The orders that were first due on a calendar day and by now: how many were delivered by then."""

    day: str  # 2026-01-31
    strict: Rate


class Standing(Struct, frozen=True, forbid_unknown_fields=True):
    """How a group of orders fared: a merchant's, a SKU's, those of one form of goods or of one tier."""

    orders: int
    delivered: int
    imported: bool  # any of it
    on_time: OnTime
    survival: Survival  # its curve coarse
    days: tuple[DueDay, ...] = ()  # of merchants and SKUs, as is the curve
    heard: int | None = None  # ms UTC: when anything on their road was last known


class Backlog(Struct, frozen=True, forbid_unknown_fields=True):
    """Orders paid for (or placed, where nothing is prepaid) and not yet at an end, as of an instant."""

    count: int
    amounts: dict[str, int]  # minor units by currency
    oldest: int | None  # ms since
    ages: dict[str, int]  # histogram: upper bound -> orders
    by_stage: dict[str, int]  # the small groups together, as in both below
    by_holder: dict[str, int]
    by_cause: dict[str, int] = {}  # "hold:" and the rule that does, a code of trouble, or "none" known


class Disputes(Struct, frozen=True, forbid_unknown_fields=True):
    orders: int
    open: int
    closed: int
    outcomes: dict[str, int]
    to_closed: Spread = Spread()  # from its opening
    to_closed_by: dict[str, Spread] = {}  # by outcome


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
    delivery: Quantiles  # from the start of the promise's clock to the delivery of all units
    backlog: Backlog
    disputes: Disputes
    conduct: Conduct = Conduct()
    windows: dict[str, OnTime] = {}  # due in the last 7d, 30d, 90d
    days: tuple[DueDay, ...] = ()  # of the last 90 those on which something was due, the newest last
    heard: int | None = None  # ms UTC: when anything on the road of its orders was last known
    survival: Survival = Survival()  # from the start of the promise's clock
    merchants: dict[str, Standing] = {}
    skus: dict[str, Standing] = {}
    forms: dict[str, Standing] = {}
    tiers: dict[str, Standing] = {}

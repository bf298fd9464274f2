"""How a platform and its tiers go about their orders: shapes only, integers and decimal strings.

Every field has a value for "nothing known", so that a platform of which nothing is told can be printed.
Times are ms UTC, durations ms, money minor units by currency; groups of few orders are in "other".
"""

from __future__ import annotations

from msgspec import Struct

from mingdan.projections.measure import Rate, Spread

NOTHING = Rate(0, 0, None)


class Shape(Struct, frozen=True, forbid_unknown_fields=True):
    """What every figure here shares."""


# propagation ------------------------------------------------------------------------------------------
class Tier(Shape, frozen=True):
    """What is heard of a tier: how late, and how much of what the protocol expects."""

    hops: int = 0  # that went to it, each attempt
    lag: Spread = Spread()  # from a fact of its own until the ledger, or the source, knew
    heard: dict[str, Rate] = {}  # accepted, started, finished: heard / expected
    attenuation: Rate = NOTHING  # the same of all three together


# attribution ------------------------------------------------------------------------------------------
class Part(Shape, frozen=True):
    """A part of the delay: its spans, and its share of all of it."""

    spans: Spread = Spread()  # `total` is the part's time
    share: Rate = NOTHING  # of ms


class Attribution(Shape, frozen=True):
    """Whose the time since payment was: `stages` and `holders` each sum to `total`, where they are told."""

    orders: int = 0  # that were paid for
    open: int = 0  # of them, at no end yet: their last stage counts until as_of
    total: int = 0  # ms
    stages: dict[str, Part] = {}  # the small groups together, as below
    holders: dict[str, Part] = {}  # tiers, and "unknown"


# care -------------------------------------------------------------------------------------------------
class Nudges(Shape, frozen=True):
    asked: int = 0
    located: int = 0
    offered: int = 0
    open: int = 0  # not closed yet
    unanswered: int = 0  # open or closed, and never located
    closed: dict[str, int] = {}  # by whom: buyer, timeout
    to_located: Spread = Spread()
    to_closed: Spread = Spread()  # from located


class Holds(Shape, frozen=True):
    """The holds of one rule."""

    held: int = 0
    open: int = 0
    reviewed: int = 0  # by a person
    released: int = 0  # of them
    false_positives: Rate = NOTHING  # released / reviewed; of few without a rate, as every share here
    timeouts: int = 0  # ended by their term: nobody reviewed them
    notices_late: int = 0  # or not sent, past the limit
    reviews_overdue: int = 0  # open, past review_by


class Refunds(Shape, frozen=True):
    requested: int = 0
    paid: int = 0
    open: int = 0  # requested or approved
    refused: int = 0
    to_paid: Spread = Spread()  # from the request


class Compensation(Shape, frozen=True):
    """What lateness came to under published terms, by currency."""

    orders: int = 0  # that something is accrued for
    accrued: dict[str, int] = {}
    paid: dict[str, int] = {}
    unpaid: dict[str, int] = {}  # counted by order: one's surplus is not another's


class Care(Shape, frozen=True):
    nudges: Nudges = Nudges()
    holds: dict[str, Holds] = {}  # by rule
    refunds: Refunds = Refunds()
    compensation: Compensation = Compensation()


# supply -----------------------------------------------------------------------------------------------
class Supply(Shape, frozen=True):
    """A SKU's supply as of an instant; None where nothing was told, of `carries` where nothing limits it."""

    name: str = ""
    form: str = ""
    stock_mode: str = ""
    upstream: str | None = None
    carries: int | None = None  # units that may stand promised
    promised: int = 0  # units that do
    stock: int | None = None  # as it was told
    stock_age: int | None = None  # ms since it was so
    stale: bool = False  # older than it is worth something, or never told where it should be
    cap: int | None = None
    basis: str | None = None  # of the cap
    closed: str | None = None  # the reason, while intake is closed
    alert: str | None = None  # low or out, while it stands
    preorder: int | None = None  # units
    restock_by: int | None = None
    refused: int = 0  # orders that were not taken in
    over_accepted: int = 0  # orders that were taken in although the supply did not carry them
    short: int = 0  # orders found without stock after they had been taken in


# exposure ---------------------------------------------------------------------------------------------
class Week(Shape, frozen=True):
    """The last seven days: money taken in advance, and money that was delivered for or given back."""

    taken: dict[str, int] = {}
    settled: dict[str, int] = {}
    growth: dict[str, int] = {}  # taken - settled


class Exposure(Shape, frozen=True):
    """A merchant's prepaid and undelivered money."""

    orders: int = 0  # prepaid, ever
    undelivered: int = 0
    amounts: dict[str, int] = {}
    oldest: int | None = None  # ms since the oldest was paid
    week: Week = Week()


# fairness ---------------------------------------------------------------------------------------------
class Overtaken(Shape, frozen=True):
    """An order, by its stream, that one paid later was delivered before."""

    order: str
    by: str  # the stream of the first that was
    behind: int  # ms from that delivery to its own, or to as_of while it waits
    waiting: bool


class Fairness(Shape, frozen=True):
    """First paid, first served, within a SKU; orders that were held or waited for their buyer stand aside."""

    served: int = 0  # delivered
    aside: int = 0  # of them
    overtaken: Rate = NOTHING  # delivered after one that was paid later / served and not aside
    waiting: int = 0  # paid, open, not aside, and overtaken by now
    worst: tuple[Overtaken, ...] = ()  # those furthest behind, the furthest first


# standstill -------------------------------------------------------------------------------------------
class Standstill(Shape, frozen=True):
    """Paid orders that do not move: longer in a stage than its terms allow, or than is usual for the SKU."""

    orders: int = 0  # by either
    by_limit: int = 0
    by_pace: int = 0


# flow -------------------------------------------------------------------------------------------------
class Day(Shape, frozen=True):
    """A calendar day: what began, what came to an end, and what was open at its end."""

    day: str  # 2026-01-31
    arrivals: int
    completions: int
    open: int
    surge: bool  # arrivals far above those of the days before


class Conduct(Shape, frozen=True):
    """All of these of one platform."""

    propagation: dict[str, Tier] = {}  # by tier
    attribution: Attribution = Attribution()
    care: Care = Care()
    supply: dict[str, Supply] = {}  # by SKU
    exposure: dict[str, Exposure] = {}  # by merchant
    fairness: dict[str, Fairness] = {}  # by SKU
    standstill: Standstill = Standstill()
    flow: tuple[Day, ...] = ()  # the last 30 days, the newest last

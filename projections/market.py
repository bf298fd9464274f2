"""The market as a whole: exceptions, alerts, sanctions, and how orders come and go; shapes only.

Times are ms UTC, durations ms. What ended long ago is left out: the log keeps it.
"""

from __future__ import annotations

from typing import Literal

from mingdan.projections.conduct import Day, Shape

Appeal = Literal["none", "possible", "filed", "over"]


class Blindness(Shape, frozen=True):
    """How long a tier took orders without knowing: from the report until its word, the end, or as_of."""

    party: str
    known: int | None = None  # since when it has known
    window: int = 0  # ms
    orders: int = 0  # it took in the meantime, on SKUs affected


class Case(Shape, frozen=True):
    """An exception and what became of it, each deadline by a rule of its own."""

    exception: str
    kind: str
    reporter: str
    reported: int
    act_by: int
    scope: tuple[str, ...] = ()  # the SKUs that were named
    affected: tuple[str, ...] = ()  # of these and those that map to them, what its reporter speaks of
    tiers: tuple[Blindness, ...] = ()  # who has acknowledged or ought to
    acted: int | None = None  # the first action
    actions: tuple[str, ...] = ()
    act_overdue: bool = False
    resolved: int | None = None
    expected_end: int | None = None
    end_overdue: bool = False


class Alarm(Shape, frozen=True):
    """An alert of a SKU, and the exception that was reported of it."""

    sku: str
    level: str
    at: int
    cleared: int | None = None
    exception: str | None = None
    after: int | None = None  # ms from the alert to the report
    overdue: bool = False


class Decision(Shape, frozen=True):
    """A sanction of a party."""

    party: str
    severity: str
    reasons: str
    by: str  # who decided
    since: int
    until: int | None = None
    ended: int | None = None
    ended_by: str | None = None  # who reinstated it
    ended_why: str | None = None
    entries: tuple[str, ...] = ()  # leaves that it rests on
    appeal: Appeal = "none"


class Market(Shape, frozen=True):
    exceptions: tuple[Case, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    sanctions: tuple[Decision, ...] = ()
    flow: tuple[Day, ...] = ()

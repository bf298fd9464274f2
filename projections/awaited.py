"""How long an order has waited by its promise's clock, and what ended that: the one measure of all curves."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from sqlalchemy import Row

from mingdan.projections.incidence import Outcome, Wait


def awaited(row: Row[Any], as_of: int) -> Wait | None:
    """From a row of `views.delays`, as of an instant (ms UTC); None where no clock had started by then.

    The first end counts, and of those at the same time a delivery. Below 0 where history tells of an end
    before the beginning.
    """
    begun = begun_at(row)
    if begun is None or begun > as_of:
        return None
    kept = row.kept_at if row.reversed_at is None or row.reversed_at <= as_of else row.delivered_at
    ends: list[tuple[int | None, Outcome]] = [
        (kept, "delivered"),
        (row.refunded_at, "refunded"),
        (_gone(row, begun), "cancelled"),
    ]
    told = [(at - begun, outcome) for at, outcome in ends if at is not None and at <= as_of]
    return min(told, key=itemgetter(0), default=(as_of - begun, "open"))


def begun_at(row: Row[Any]) -> int | None:
    """Where the promise's clock starts (ms UTC): the payment, or the placing where nothing is prepaid."""
    begun: int | None = row.paid_at if row.prepaid else row.placed_at
    return begun


def _gone(row: Row[Any], begun: int) -> int | None:
    """Cancelled or expired; what came before the money was ended by it (I11)."""
    gone: int | None = row.called_off_at if row.prepaid else row.ended_at
    return None if row.prepaid and gone is not None and gone < begun else gone

"""The delay view: each order's clocks, from placing to its end, in both tellings: when, and when known."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from mingdan.ledger.errors import StoreConflict
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Order
from mingdan.ledger.rules import prepaid
from mingdan.ledger.status import BEFORE_ALL, ended, status

Times = tuple[int | None, int | None]


def row(order: Order) -> tuple[object, ...]:
    """One row of `views.delays`, in its columns' order."""
    terms = order.terms
    described = (None,) * 10 if terms is None else tuple(getattr(terms, name) for name in _TERMS)
    placed = None if terms is None or terms.bound else order.placed
    hop = order.hops[0].mark if order.hops else None
    return (
        order.stream,
        *described,
        int(order.imported),
        int(prepaid(order)),
        *_times(placed),
        *_times(order.money_in),
        *_times(hop),
        _at(order.accepted),
        order.due_at,
        *_times(order.delivered),
        _at(order.reversed),
        *_times(None if order.in_hand is None else order.in_hand.since),
        _at(order.refund_asked),
        order.refund,
        _at(order.refunded) if order.refund == "paid" else None,
        min(order.compensated, _MOST),
        _at(order.cancelled),
        _at(order.called_off),
        _let_off(order),
        *_times(ended(order)),
        order.promised,
        *status(order, BEFORE_ALL)[:2],
        order.deliveries,
        len(order.disputes),
        len(order.holds) + (order.hold is not None),
        len(order.waits),
        len(order.irregularities),
    )


def over(row: Row[Any]) -> int:
    """When an order that waits no more came to its end (ms UTC): with its delivery, if that was kept.

    Raises StoreConflict for one that came to no end: then it waits, and the backlog has lost it.
    """
    ends = [at for at in (row.kept_at, row.ended_at) if at is not None]
    if not ends:
        raise StoreConflict(
            "the views contradict each other: an order is at no end, and does not wait",
            next_step="run `mingdan rebuild`",
            stream=row.stream,
        )
    return int(min(ends))


def _let_off(order: Order) -> int | None:
    """Since when its buyer's cancellation frees an order of its promise (ms UTC).

    Never before it was recorded: anybody may say in the buyer's name that it had been. History as it says.
    """
    mark = order.called_off if order.cancelled_by == "buyer" else None
    if mark is None:
        return None
    return mark.effective if mark.backfill else max(mark.effective, mark.known)


def _times(mark: Mark | None) -> Times:
    return (None, None) if mark is None else (mark.effective, mark.known)


def _at(mark: Mark | None) -> int | None:
    return None if mark is None else mark.effective


_MOST = 2**63 - 1  # that a column holds: a thousand absurd amounts are more
_TERMS = (
    "platform",
    "merchant",
    "sku",
    "form",
    "tier",
    "policy",
    "policy_version",
    "qty",
    "amount",
    "currency",
)

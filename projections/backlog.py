"""The backlog view: orders whose clock runs and that are at no end yet: who holds them, since when, why."""

from __future__ import annotations

from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Order
from mingdan.ledger.rules import prepaid
from mingdan.ledger.status import ended


def row(order: Order) -> tuple[object, ...] | None:
    """One row of `views.backlog`, in its columns' order, or None for an order that is not waiting."""
    started = begun(order)
    if started is None or order.in_hand is not None or ended(order):
        return None
    terms = order.terms
    stage = order.stages[-1] if order.stages else None
    return (
        order.stream,
        None if terms is None else terms.platform,
        None if terms is None else terms.merchant,
        started.effective,
        order.promised,
        "unknown" if stage is None else stage.name,
        "unknown" if stage is None else stage.holder,
        _cause(order),
        None if terms is None else terms.amount,
        None if terms is None else terms.currency,
    )


def begun(order: Order) -> Mark | None:
    """Where the order's clock starts: the payment, or the placing where nothing is prepaid."""
    return order.money_in if prepaid(order) else order.placed


def _cause(order: Order) -> str | None:
    if order.hold is not None and order.held:
        return f"hold:{order.hold.rule}"
    return None if order.trouble is None else order.trouble.code

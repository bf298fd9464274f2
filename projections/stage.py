"""The stage view: who held an order, from its payment to its delivery or other end, without a gap (I9)."""

from __future__ import annotations

from mingdan.ledger.order import Order
from mingdan.ledger.status import ended


def rows(order: Order) -> list[tuple[object, ...]]:
    """The rows of `views.stages` for one order, in their columns' order.

    Nothing lies past the end: what was told to have begun after it took no time of the order's.
    """
    if not order.stages:
        return []
    terms, end = order.terms, over(order)
    who = (None, None, None) if terms is None else (terms.platform, terms.merchant, terms.sku)
    begins = [stage.since if end is None else min(stage.since, end) for stage in order.stages]
    ends = [*begins[1:], end]
    return [
        (order.stream, number, *who, stage.name, stage.holder, since, until)
        for number, (stage, since, until) in enumerate(zip(order.stages, begins, ends, strict=True), 1)
    ]


def over(order: Order) -> int | None:
    """Where the last stage ends (ms UTC): with its delivery, else where the order ended without one."""
    mark = order.delivered or ended(order)
    return None if mark is None else mark.effective

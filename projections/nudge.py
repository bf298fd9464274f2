"""The nudge view: what buyers asked, when it was found out and answered, and how the question ended."""

from __future__ import annotations

from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Order


def rows(order: Order) -> list[tuple[object, ...]]:
    """The rows of `views.nudges` for one order, in their columns' order."""
    platform = None if order.terms is None else order.terms.platform
    return [
        (
            order.stream,
            number,
            platform,
            each.nudge,
            each.mark.effective,
            _at(each.located),
            _at(each.offered),
            each.option,
            each.by_when,
            _at(each.closed),
            each.outcome,
        )
        for number, each in enumerate(order.nudges, 1)
    ]


def _at(mark: Mark | None) -> int | None:
    return None if mark is None else mark.effective

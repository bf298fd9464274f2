"""The dispute view: what buyers contest, what each dispute freezes, and how it was decided."""

from __future__ import annotations

from mingdan.ledger.order import Order


def rows(order: Order) -> list[tuple[object, ...]]:
    """The rows of `views.disputes` for one order, in their columns' order."""
    platform = None if order.terms is None else order.terms.platform
    return [
        (
            order.stream,
            number,
            platform,
            each.dispute,
            each.claim,
            each.freezes,
            each.mark.effective,
            None if each.closed is None else each.closed.effective,
            each.outcome,
            None if each.appealed is None else each.appealed.effective,
            each.escalated_to,
            each.evidence,
        )
        for number, each in enumerate(order.disputes, 1)
    ]

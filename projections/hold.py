"""The hold view: which rule held an order back, whether its buyer was told, and how it was reviewed (I5)."""

from __future__ import annotations

from mingdan.ledger.order import Order


def rows(order: Order) -> list[tuple[object, ...]]:
    """The rows of `views.holds` for one order, in their columns' order."""
    if order.hold is None and not order.holds:
        return []
    terms = order.terms
    under = (None, None, None) if terms is None else (terms.platform, terms.policy, terms.policy_version)
    holds = order.holds if order.hold is None else (*order.holds, order.hold)
    return [
        (
            order.stream,
            number,
            *under,
            hold.rule,
            hold.track,
            hold.mark.effective,
            hold.mark.known,
            hold.review_by,
            hold.on_timeout,
            None if hold.noticed is None else hold.noticed.known,
            None if hold.ended is None else hold.ended.effective,
            hold.decision,
        )
        for number, hold in enumerate(holds, 1)
    ]

"""The hop view: what was heard of each tier that an order was forwarded to, and how late."""

from __future__ import annotations

from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Order

Told = tuple[int | None, int | None]


def rows(order: Order) -> list[tuple[object, ...]]:
    """The rows of `views.hops` for one order, in their columns' order."""
    if not order.hops:
        return []
    platform = None if order.terms is None else order.terms.platform
    delivered = int(order.delivered is not None)
    return [
        (
            order.stream,
            number,
            platform,
            hop.to,
            hop.attempt,
            hop.state,
            *_told(hop.mark),
            *_told(hop.accepted),
            *_told(hop.started),
            *_told(hop.finished),
            int(hop.mark.backfill),
            delivered,
        )
        for number, hop in enumerate(order.hops, 1)
    ]


def _told(mark: Mark | None) -> Told:
    """When it happened and when it was known, as they were told: a late word must not look like a new one."""
    if mark is None:
        return None, None
    silent = mark.backfill and mark.known == mark.at  # the source does not say when it knew
    return mark.at, None if silent else mark.known

"""What the passing of time alone changes of what is told of an order."""

from __future__ import annotations

from mingdan.ledger.eta import changes, waits_since
from mingdan.ledger.market.sku import Paced
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.stuck import NO_PACE, limits


def instants(order: Order, policy: Policy, pace: Paced = NO_PACE) -> tuple[int, ...]:
    """The instants (ms UTC) after which what is told of an order changes although no entry comes."""
    found = [order.promised, *(each.since for each in limits(order, policy, pace))]
    for hold in (*order.holds, *([] if order.hold is None else [order.hold])):
        found += [hold.review_by, hold.mark.known + policy.notice_within]
    since = waits_since(order)
    if since is not None:
        found += [since + waited for waited in changes(pace.delivery)]
    return tuple(at for at in found if at is not None)

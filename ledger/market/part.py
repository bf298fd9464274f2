"""Who has a part in an order, and who may judge what is disputed about it.

A name that is not registered speaks with the operator's word; a registered party of what it has a part in.
"""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.fact import BUYER, LEDGER
from mingdan.ledger.hops import hop_of
from mingdan.ledger.live import IN_THE_CHAIN, OF_A_TIER
from mingdan.ledger.market.party import Role
from mingdan.ledger.market.speaking import SPEAKERS
from mingdan.ledger.order import Order


def is_outsider(order: Order, event: e.OrderEvent, name: str, role: Role) -> bool:
    """Whether a registered party has no part in what it tells: it neither sells the order nor was sent it.

    An auditor notes what it finds, and has a part in what was escalated to it.
    """
    if type(event) in _GUARDED_OTHERWISE:
        return False
    if role == "auditor":
        return not isinstance(event, e.Noted) and not _escalated(order, event, name)
    placed = event if order.terms is None and isinstance(event, e.Placed) else order.terms
    sells = placed is None or name in (placed.platform, placed.merchant)
    return not sells and hop_of(order, name) is None


def may_judge(order: Order, event: e.DisputeDecided, role: Role | None) -> bool:
    """Whether a decision is for its decider to make, who has this role in the register."""
    if event.decider == LEDGER or _is_platform(order, event.decider):
        return True
    return role in SPEAKERS["dispute.decided"] and _escalated(order, event, event.decider)


def may_tell_ruling(order: Order, event: e.DisputeDecided, by: str, role: Role | None) -> bool:
    """Whether a decision is for `by` to tell of, who has this role in the register: no side tells its own."""
    if by == LEDGER or _is_platform(order, by):
        return True
    if by == BUYER or order.sells(by):
        return False
    return role is None or (by == event.decider and _escalated(order, event, by))


def _is_platform(order: Order, name: str) -> bool:
    return order.terms is not None and name == order.terms.platform


def _escalated(order: Order, event: e.OrderEvent, name: str) -> bool:
    """Whether a fact is about a dispute that was escalated to this party."""
    if not isinstance(event, e.DisputeDecided | e.DisputeEvidence):
        return False
    return any(each.dispute == event.dispute and each.escalated_to == name for each in order.disputes)


# Who has an order tells these, and who told a fact takes it back: other rules look at that.
_GUARDED_OTHERWISE = OF_A_TIER | IN_THE_CHAIN | {e.Disavowed}

RULES = {
    "no-part": "a registered party speaks of orders that it sells or was sent, or that were escalated to it",
    "no-judge": "a dispute is decided by the order's platform, or by the registered judge it went to",
    "not-its-ruling": "a decision is told by the order's platform or by who made it, never by a side",
    "not-its-policy": "the versions of a policy are published by who published the first, or by its platform",
}

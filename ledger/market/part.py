"""Who has a part in an order, and who may judge what is disputed about it.

A registered party speaks of what it has a part in. A name that is not registered is held to what a registered
one in its part may say: less trust grants no more. One that the order does not know either speaks with the
operator's word.
"""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.fact import BUYER, LEDGER
from mingdan.ledger.hops import hop_of
from mingdan.ledger.live import IN_THE_CHAIN, OF_A_TIER
from mingdan.ledger.market.party import Role
from mingdan.ledger.market.speaking import SPEAKERS, TIERS, speakers_of
from mingdan.ledger.order import Order


def roles_given(event: e.Placed | e.HopForwarded) -> dict[str, frozenset[Role]]:
    """What a fact makes of those whom it names; of a tier it does not say which of their roles it has.

    The buyer and the ledger are what they are, whatever a fact calls them.
    """
    told: list[tuple[str | None, frozenset[Role]]]
    if isinstance(event, e.HopForwarded):
        told = [(event.to, TIERS)]
    else:
        told = [(event.platform, _PLATFORM), (event.merchant, _MERCHANT), (event.tier, TIERS)]
    found: dict[str, frozenset[Role]] = {}
    for name, roles in told:
        if name is not None and name not in (BUYER, LEDGER):
            found[name] = found.get(name, frozenset()) | roles
    return found


def roles_in(order: Order, event: e.OrderEvent, name: str) -> frozenset[Role]:
    """What an order says that a name is: its platform, its merchant or a tier; nothing of all others."""
    placed = _placed(order, event)
    roles = frozenset[Role]() if placed is None else roles_given(placed).get(name, frozenset())
    hop = None if name in (BUYER, LEDGER) else hop_of(order, name)
    return roles if hop is None else roles | TIERS


def is_out_of_part(order: Order, event: e.OrderEvent, name: str) -> bool:
    """Whether a name that is not registered tells what no registered party in its part of the order might."""
    roles = roles_in(order, event, name)
    return bool(roles) and roles.isdisjoint(speakers_of(e.KIND_OF[type(event)]))


def is_outsider(order: Order, event: e.OrderEvent, name: str, role: Role | None) -> bool:
    """Whether a party has no part in what it tells: it neither sells the order nor was sent it.

    An auditor notes what it finds, and has a part in what was escalated to it.
    """
    if type(event) in _GUARDED_OTHERWISE:
        return False
    if role == "auditor":
        return not isinstance(event, e.Noted) and not _escalated(order, event, name)
    placed = _placed(order, event)
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
    if role is None:
        return not roles_in(order, event, by)
    return by == event.decider and _escalated(order, event, by)


def _placed(order: Order, event: e.OrderEvent) -> e.Placed | None:
    """The terms of an order, or those that it is about to get."""
    return event if order.terms is None and isinstance(event, e.Placed) else order.terms


def _is_platform(order: Order, name: str) -> bool:
    return order.terms is not None and name == order.terms.platform


def _escalated(order: Order, event: e.OrderEvent, name: str) -> bool:
    """Whether a fact is about a dispute that was escalated to this party."""
    if not isinstance(event, e.DisputeDecided | e.DisputeEvidence):
        return False
    return any(each.dispute == event.dispute and each.escalated_to == name for each in order.disputes)


# Who has an order tells these, and who told a fact takes it back: other rules look at that.
_GUARDED_OTHERWISE = OF_A_TIER | IN_THE_CHAIN | {e.Disavowed}

_PLATFORM = frozenset[Role](("platform",))
_MERCHANT = frozenset[Role](("merchant",))
RULES = {
    "no-part": "a registered party, or a tier, speaks of orders that it sells, was sent, or is to judge",
    "no-judge": "a dispute is decided by the order's platform, or by the registered judge it went to",
    "not-its-ruling": "a decision is told by the order's platform or by who made it, never by a side",
    "not-its-terms": "an order is placed under terms of its own platform, its registrar or the operator",
    "not-its-policy": "the versions of a policy are published by who published the first, or by its platform",
}

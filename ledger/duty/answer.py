"""The answer to a nudge, from the record alone: stage, holder, cause, entries, what can be done, by when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from mingdan.ledger import event as e
from mingdan.ledger.deadline import standing, stands_for
from mingdan.ledger.decide import LATEST
from mingdan.ledger.order import Order
from mingdan.ledger.owed import owed
from mingdan.ledger.policy import Policy
from mingdan.ledger.status import status

Option = Literal["wait", "replace", "correct", "refund", "compensate"]
# Why an order does not move on, in the ledger's own words; a trouble's code says itself.
Cause = Literal["batch", "delivered", "recipient", "refund", "risk", "unpaid", "waiting"]


def answer(order: Order, nudge: str, policy: Policy, now: int) -> list[e.OrderEvent]:
    """What was found, then each option; the first that is told is the one that needs least of the buyer."""
    stage, holder, cause, leaf = located(order)
    by_when = min(max(now + stands_for(policy.answer_within), standing(order, nudge) or 0), LATEST)
    found = e.Located(cause=cause, entries=(leaf.hex(),), holder=holder, nudge=nudge, stage=stage)
    offers = [e.Offered(by_when=by_when, nudge=nudge, option=each) for each in options(order, policy, now)]
    return [found, *offers]


def located(order: Order) -> tuple[str, str, str, bytes]:
    """Stage, holder, cause and the entry that says so."""
    stage = order.stages[-1] if order.stages else None
    cause, leaf = _cause(order)
    platform = "unknown" if order.terms is None else order.terms.platform
    if stage is None or order.in_hand is not None:
        return "none", platform, cause, leaf
    return stage.name, stage.holder, cause, leaf if cause != "waiting" else stage.leaf


def options(order: Order, policy: Policy, now: int) -> Iterator[Option]:
    """What the buyer may choose, least first."""
    side = status(order, now).side
    if order.recipient in ("suspect", "invalid") or _misdirected(order):
        yield "correct"
    if side not in ("refunded", "refunding", "cancelled", "expired"):
        yield "wait"
    if order.trouble is not None and order.trouble.code in ("supply_cut", "price_rise", "short"):
        yield "replace"
    late = owed(order, policy, now)
    if late is not None and late.unpaid:
        yield "compensate"
    if side in ("overdue", "exception", "held", "cancelled") and order.money_in is not None:
        yield "refund"


def _cause(order: Order) -> tuple[str, bytes]:
    """Why it does not move on, in one word of ours, and the entry that says so."""
    if order.refund in ("requested", "approved", "paid") and order.refunded is not None:
        return "refund", order.refunded.leaf
    if order.in_hand is not None:
        return "delivered", order.in_hand.mark.leaf
    if order.hold is not None and order.held:
        return "risk", order.hold.mark.leaf
    if order.recipient in ("suspect", "invalid") and order.checked is not None:
        return "recipient", order.checked.leaf
    if order.trouble is not None:
        return order.trouble.code, order.trouble.mark.leaf
    if order.queue is not None and not order.queue.started:
        return "batch", order.queue.mark.leaf
    if order.money_in is None and order.placed is not None:
        return "unpaid", order.placed.leaf
    return "waiting", order.leaf


def _misdirected(order: Order) -> bool:
    return order.trouble is not None and order.trouble.code == "bad_recipient"

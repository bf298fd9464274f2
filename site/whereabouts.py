"""Where an order is and what happens next, in codes: pages tell both in words, their twins as they stand."""

from __future__ import annotations

from typing import Literal, NamedTuple

from mingdan.ledger.fact import BUYER
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.rules import prepaid
from mingdan.ledger.status import Side, Status, ways_out

ENDED: tuple[Side, ...] = ("refunded", "refunding", "cancelled", "expired")


class Whereabouts(NamedTuple):
    """`what` names the sentence below `where` that tells it; `since` is ms UTC; None: that it has not."""

    what: str
    since: int | None = None
    holder: str | None = None
    stage: str | None = None


def whereabouts(order: Order, status: Status) -> Whereabouts:
    """At which end of its way an order is, else who holds it."""
    delivered, side = delivery(order), status.side
    if side in ENDED:
        mark = {"cancelled": order.cancelled, "expired": order.expired}.get(side, order.refunded)
        return _since(side, mark)
    if side == "overdue" and (cancelled := ways_out(order).get("cancelled")) is not None:
        return _since("cancelled", cancelled)
    if delivered is None and order.reversed is not None:
        return _since("reversed", order.reversed)
    if order.completed is not None and status.step == "completed":
        return _since("completed", order.completed)
    return _held(order) if delivered is None else _since("shipped", delivered)


def next_step(order: Order, status: Status) -> str:
    """What tells the next act: `side.…`, else the `stage.…` that holds it or its `step.…`; or "unknown".

    Of a refund that is approved only the payment is left: `side.refund_approved`. What waits for its buyer
    goes on by nobody else: `errand.…`, unless it is held or disputed beside.
    """
    step, side, _ = status
    if side not in ("held", "disputed") and is_waiting(order, status) and (wanted := wanted_of_buyer(order)):
        return f"errand.{wanted}"
    if side == "refunding" and order.refund == "approved":
        return "side.refund_approved"
    if side != "none":
        return f"side.{side}"
    if delivery(order) is not None:
        return f"step.{step}"
    if order.stages:
        return f"stage.{order.stages[-1].name}"
    if order.hops:
        return "stage.dispatch"
    return f"step.{step}" if prepaid(order) or order.money_in is not None else "unknown"


def completes_at(order: Order, policy: Policy) -> int | None:
    """When (ms UTC) what was delivered whole will be complete by itself, unless its buyer speaks before."""
    limit = policy.complete_after
    if limit is None or order.imported or order.completed is not None or order.units < (order.qty or 1):
        return None
    freezing = [each for each in order.disputes if each.freezes == "settlement"]
    if not order.shipments or any(each.closed is None for each in freezing):
        return None
    since = [order.shipments[-1].mark, *(each.closed for each in freezing if each.closed is not None)]
    return max(mark.effective for mark in since) + limit


def delivery(order: Order) -> Mark | None:
    """From when all that was ordered is there, while it is."""
    return None if order.in_hand is None else order.in_hand.since


def is_waiting(order: Order, status: Status) -> bool:
    """Whether a delivery is still to come."""
    return delivery(order) is None and status.side not in ENDED


def wanted_of_buyer(order: Order) -> Literal["confirm", "correct"] | None:
    """What a live order waits for its buyer to do about its recipient; None where it does not."""
    if order.imported or order.asked is None:
        return None
    return "correct" if order.recipient == "invalid" else "confirm"


def _held(order: Order) -> Whereabouts:
    """Who holds an order that waits for its delivery."""
    if (wanted := wanted_of_buyer(order)) is not None and order.asked is not None:
        return _since(wanted, order.asked.mark, BUYER)
    if order.stages:
        stage = order.stages[-1]
        what = "unknown" if stage.name == "unknown" else "stage"
        return Whereabouts(what, stage.since, stage.holder, stage.name)
    if order.hops:
        return _since("hop", order.hops[-1].mark, order.hops[-1].to)
    platform = "unknown" if order.terms is None else order.terms.platform
    if order.money_in is not None:
        return _since("paid", order.money_in, platform)
    if order.placed is None or order.terms is None:
        return Whereabouts("nothing")
    if order.terms.bound:
        return _since("placed_before", order.placed, platform)
    return _since("placed" if prepaid(order) else "placed_unpaid", order.placed, platform)


def _since(what: str, mark: Mark | None, holder: str | None = None) -> Whereabouts:
    """Something since its mark, which there is wherever its state is."""
    assert mark is not None
    return Whereabouts(what, mark.effective, holder)

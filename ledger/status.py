"""The public status of an order: a pure function of its entries that names the entry it rests on (I3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, get_args

from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Hold, Order, Step
from mingdan.ledger.policy import Policy
from mingdan.ledger.rules import prepaid

Side = Literal[
    "none",
    "queued",
    "held",
    "exception",
    "overdue",
    "disputed",
    "refunding",
    "refunded",
    "cancelled",
    "expired",
]
STEPS: tuple[Step, ...] = get_args(Step)
SIDES: tuple[Side, ...] = get_args(Side)
BEFORE_ALL = -(2**53)  # an instant at which nothing is overdue yet (ms UTC)


class Status(NamedTuple):
    """`because` is the leaf hash that the side rests on, or the step where there is no side."""

    step: Step
    side: Side
    because: bytes


def status(order: Order, as_of: int) -> Status:
    """The status at an instant (ms UTC): "overdue" is derived from it, everything else from entries."""
    step, step_mark = _step(order)
    told, told_mark = _side(order)
    side = side_at(told, step, order.promised, as_of)
    mark = (told_mark if side == told else order.money_in) or step_mark
    return Status(step, side, order.leaf if mark is None else mark.leaf)


def side_at(side: Side, step: Step, promised: int | None, as_of: int) -> Side:
    """The side at an instant (ms UTC) of an order whose side was told without a clock.

    What is paid for, not delivered and not on its way back is overdue once its promise has passed.
    """
    late = step in ("paid", "verified") and promised is not None and as_of > promised
    return "overdue" if late and side in _WAITING else side


def ways_out(order: Order) -> dict[Side, Mark]:
    """The ways out other than delivery that stand, by side: money that comes later ends them (I11)."""
    found: dict[Side, Mark | None] = {
        "refunded": order.refunded if order.refund == "paid" else None,
        "cancelled": order.cancelled if order.paid_late is None else None,
        "expired": order.expired if order.money_in is None else None,
    }
    return {side: mark for side, mark in found.items() if mark is not None}


def ended(order: Order) -> Mark | None:
    """Where the order came to its end without delivery, or None.

    What was paid in advance is owed until it is paid back; where nothing is prepaid, money decides nothing.
    """
    ways: list[Mark | None]
    if not prepaid(order):
        ways = [order.cancelled, order.expired]
    elif order.money_in is None:
        ways = [*ways_out(order).values()]
    else:
        ways = [ways_out(order).get("refunded")]
    return min((way for way in ways if way is not None), key=lambda mark: mark.effective, default=None)


def step_of(order: Order) -> Step:
    """How far the order has come, whatever stands in its way."""
    return _step(order)[0]


def violations(order: Order, policy: Policy, as_of: int) -> tuple[tuple[str, bytes], ...]:
    """What the platform owes and has not done: (rule, leaf). A hold without a notice in time (I5)."""
    return tuple((rule, hold.mark.leaf) for hold in _holds(order) for rule in _broken(hold, policy, as_of))


def _holds(order: Order) -> tuple[Hold, ...]:
    return order.holds if order.hold is None else (*order.holds, order.hold)


def _broken(hold: Hold, policy: Policy, as_of: int) -> Iterator[str]:
    told = hold.noticed.known if hold.noticed is not None else as_of
    if told - hold.mark.known > policy.notice_within:
        yield "hold-without-notice"
    if hold.ended is None and as_of > hold.review_by:
        yield "review-overdue"


def _step(order: Order) -> tuple[Step, Mark | None]:
    if order.reached is not None:
        return order.reached, order.refunded  # where the money came back: nothing changes it any more (I12)
    if order.in_hand is not None:
        if order.completed is not None:
            return "completed", order.completed
        return "shipped", order.in_hand.mark
    if order.money_in is None:
        return "placed", order.placed
    if order.recipient == "ok" and order.reserved is not None and not order.held:
        marks = [mark for mark in (order.checked, order.reserved) if mark is not None]
        return "verified", max(marks, key=lambda mark: mark.known)
    return "paid", order.money_in


def _side(order: Order) -> tuple[Side, Mark | None]:
    """The first that holds, in the order of what a buyer must know first; `side_at` adds what time does."""
    out = ways_out(order)
    if "refunded" in out:
        return "refunded", out["refunded"]
    if order.refund in ("requested", "approved"):
        return "refunding", order.refunded
    if out:
        return next(iter(out.items()))
    if order.open_disputes:
        return "disputed", order.open_disputes[-1].mark
    if order.hold is not None and order.held:
        return "held", order.hold.mark
    if order.in_hand is not None:
        return "none", None
    if order.trouble is not None:
        return "exception", order.trouble.mark
    if order.reversed is not None:
        return "exception", order.reversed
    if order.queue is not None and not order.queue.started:
        return "queued", order.queue.mark
    return "none", None


_WAITING: tuple[Side, ...] = ("none", "queued", "exception", "cancelled")  # what "overdue" takes the place of

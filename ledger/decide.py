"""Whether a fact of a live order may be recorded: pure, it yields the event or refuses with the rule.

Imported history is not judged. Of what was observed, what happened to somebody stands however odd it is
(`live.SEEN`); every other fact is an act, and judged whatever basis it claims.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.claim import Basis, Claim
from mingdan.ledger.errors import IllegalTransition, MalformedEntry, TimeRefused
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.instant import instant
from mingdan.ledger.live import is_seen, live_objection, seen_objection
from mingdan.ledger.mark import Mark
from mingdan.ledger.obstacle import NO_ENTRY, Obstacle, obstacle
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DEFAULT, MINUTE, Policy
from mingdan.ledger.refund import due, paid
from mingdan.ledger.rules import RULES, objection
from mingdan.ledger.status import status

LATEST = 2**53 - 1  # the last instant that an entry can tell (ms UTC)
AHEAD = 5 * MINUTE  # how far a party's clock may run before ours (ms)


def decide(order: Order, claim: Claim, policy: Policy, *, at: int, now: int) -> e.OrderEvent:
    """The event to record for a claim that happened `at`, learned `now` (ms UTC).

    Fixes the due time where the policy's clock starts; a placing that names no policy is under the default;
    money after the end becomes order.paid_late.
    Raises IllegalTransition with the rule and the entry it rests on, or TimeRefused.
    """
    event = claim.event
    if not e.of_order(event):
        raise MalformedEntry(
            "this is not told of an order",
            next_step="see docs/events.md for what each kind is told of",
            kind=e.KIND_OF[type(event)],
        )
    if is_seen(order, event, claim.by, claim.basis):
        check_past(at=at, now=now)
        event = _due_from_payment(order, event, policy, at)
        told = _as_committed(event, claim)
        rule = seen_objection(order, told, claim.by)
    else:
        _check_time(order, event, at=at, now=now)
        event = _fixed(order, event, policy, at)
        told = _as_committed(event, claim)
        rule = objection(order, told) or _live_objection(order, told, policy, claim, Mark(at, now, b""))
    if rule is not None:
        observed = claim.basis is not None
        way = obstacle(order, told, policy, by=claim.by, rule=rule, observed=observed)
        error = refused(rule, order, claim, way)
        error.evidence["status"] = "/".join(status(order, now)[:2])
        if isinstance(told, e.RefundPaid) and rule in ("refund-short", "refund-over"):
            error.evidence |= {"paid": paid(order), "due": due(order), "amount": told.amount}
        raise error
    return event


def _live_objection(order: Order, told: e.OrderEvent, policy: Policy, claim: Claim, mark: Mark) -> str | None:
    """What lies ahead is judged by when it is heard; the ledger itself catches up with times as they were.

    Nothing is later than it is heard: a clock that runs ahead brings no term to its end.
    """
    at, observed = mark.begun, claim.basis is not None
    heard = at if claim.by == LEDGER else mark.known
    return live_objection(order, told, policy, by=claim.by, at=at, heard=heard, observed=observed)


def refused(rule: str, order: Order, claim: Claim, way: Obstacle = NO_ENTRY) -> IllegalTransition:
    """The refusal of a live fact of an order, with what is in its way: if no one entry, the newest."""
    return IllegalTransition(
        RULES[rule],
        next_step=_WAYS_OUT.get(rule, "see the order's timeline with `mingdan show`"),
        rule=rule,
        stream=claim.stream,
        because=(way.because or order.leaf).hex() or None,
        **way.evidence,
    )


def is_later_than_promised(event: e.Event, due: int) -> bool:
    """Whether the due time that a fact states is later than the terms promise."""
    return (
        isinstance(event, e.Placed | e.Paid | e.PaidLate) and event.due_at is not None and event.due_at > due
    )


def is_history(order: Order, basis: Basis | None) -> bool:
    """Whether what is told on a basis is imported history, or was observed of an order that began as such."""
    return basis == "backfill" or (basis == "observed" and order.imported)


def check_history(order: Order, claim: Claim, *, at: int, now: int) -> None:
    """History is never refused for being odd, only for being none: it lies behind us, and began as history.

    Raises TimeRefused, or IllegalTransition where a live order's facts are told as imported, in time.
    """
    check_past(at=at, now=now)
    if claim.basis == "backfill" and order.placed is not None and not order.imported:
        error = refused("not-history", order, claim, Obstacle(order.placed.leaf))
        error.next_step = "tell the fact live, with `at` as it was, or with the basis observed"
        raise error


def _fixed(order: Order, event: e.OrderEvent, policy: Policy, at: int) -> e.OrderEvent:
    match event:
        case e.Placed(policy=None):
            return _fixed(order, replace(event, policy=DEFAULT.id), policy, at)
        case e.Placed(due_at=None) if policy.clock_start == "placed":
            return replace(event, due_at=_due(at, policy))
        case e.Paid() if order.paid is None and (order.expired or order.cancelled):
            due = event.due_at if order.due_at is None else None
            after: Literal["expired", "cancelled"] = "expired" if order.cancelled is None else "cancelled"
            return _fixed(order, e.PaidLate(after=after, amount=event.amount, due_at=due), policy, at)
        case _:
            return _due_from_payment(order, event, policy, at)


def _due_from_payment(order: Order, event: e.OrderEvent, policy: Policy, at: int) -> e.OrderEvent:
    """The payment with the due time that it fixes, whoever tells of it."""
    match event:
        case e.PaidLate(due_at=None) if order.due_at is None:
            return replace(event, due_at=_due(at, policy))
        case e.Paid(due_at=None) if policy.clock_start == "paid" and order.due_at is None:
            return replace(event, due_at=_due(at, policy))
        case _:
            return event


def _due(at: int, policy: Policy) -> int:
    due = at + policy.due_in
    if due > LATEST:
        raise MalformedEntry(
            "its due time is beyond all times", next_step="publish terms that end", due_in=policy.due_in
        )
    return due


def _as_committed(event: e.OrderEvent, claim: Claim) -> e.OrderEvent:
    """The event as the rules see it: private words that will be committed to count as given."""
    return replace(event, **dict.fromkeys(claim.private, "0" * 64)) if claim.private else event


def check_past(*, at: int, now: int) -> None:
    if at > now + AHEAD:
        raise TimeRefused(
            "this has not happened yet",
            next_step="set the sender's clock, or send `at` in milliseconds UTC",
            at=instant(at),
            now=instant(now),
        )


def _check_time(order: Order, event: e.OrderEvent, *, at: int, now: int) -> None:
    check_past(at=at, now=now)
    if order.placed is not None and at < _begun(order.placed):
        raise TimeRefused(
            "this happened before the order was placed",
            next_step=_CORRECT,
            at=instant(at),
            placed_at=instant(order.placed.at),
        )
    money = order.money_in
    if money is not None and at < _begun(money) and _needs_money(order, event):
        raise TimeRefused(
            "this happened before the order was paid",
            next_step=_CORRECT,
            at=instant(at),
            paid_at=instant(money.at),
        )


def _begun(mark: Mark) -> int:
    """When a fact had happened for sure: a clock that ran ahead must not hold up what follows (ms UTC)."""
    return min(mark.at, mark.known)


def _needs_money(order: Order, event: e.OrderEvent) -> bool:
    """Whether the rules would refuse this event if the order were not paid."""
    return objection(replace(order, paid=None, paid_late=None), event) == "not-paid"


_WAYS_OUT = {
    "not-as-listed": "leave `form` out, or list what is sold in another form as a SKU of its own",
    "refund-short": "pay all that is due, or tell a part that settles something else as promise.compensated",
    "refund-over": "tell what is paid beyond it as promise.compensated",
}
_CORRECT = "set the sender's clock, or send `at`, in milliseconds UTC, as it truly was"

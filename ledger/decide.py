"""Whether a live fact may be recorded: pure, it yields the event to record or refuses with the rule.

Imported and observed history is never refused for being odd; only live claims come here.
Long: every way in which a live fact of an order is judged, to be read as one.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import IllegalTransition, MalformedEntry, TimeRefused
from mingdan.ledger.hops import hop_of
from mingdan.ledger.instant import instant
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Order
from mingdan.ledger.policy import MINUTE, Policy
from mingdan.ledger.rules import RULES, objection
from mingdan.ledger.status import status

LATEST = 2**53 - 1  # the last instant that an entry can tell (ms UTC)
AHEAD = 5 * MINUTE  # how far a party's clock may run before ours (ms)


def decide(order: Order, claim: Claim, policy: Policy, *, at: int, now: int) -> e.OrderEvent:
    """The event to record for a live claim that happened `at`, learned `now` (ms UTC).

    Fixes the due time where the policy's clock starts; money after the end becomes order.paid_late.
    Raises IllegalTransition with the rule and the entry it rests on, or TimeRefused.
    """
    event = claim.event
    if not e.of_order(event):
        raise MalformedEntry(
            "this is not told of an order",
            next_step="see docs/events.md for what each kind is told of",
            kind=e.KIND_OF[type(event)],
        )
    _check_time(order, event, at=at, now=now)
    if type(event) in _STARTING:
        event = _fixed(order, event, policy, at)
    effective = Mark(at, now, b"").effective
    told = _as_committed(event, claim)
    rule = (
        objection(order, told)
        or _live(order, told, claim.by, effective)
        or _early(order, event, policy, effective)
    )
    if rule is not None:
        error = refused(rule, order, claim)
        error.evidence["status"] = "/".join(status(order, now)[:2])
        raise error
    return event


def refused(rule: str, order: Order, claim: Claim) -> IllegalTransition:
    """The refusal of a live fact of an order, with what it rests on."""
    return IllegalTransition(
        RULES[rule],
        next_step="see the order's timeline with `mingdan show`",
        rule=rule,
        stream=claim.stream,
        because=order.leaf.hex() or None,
    )


def is_later_than_promised(event: e.Event, due: int) -> bool:
    """Whether the due time that a fact states is later than the terms promise."""
    return (
        isinstance(event, e.Placed | e.Paid | e.PaidLate) and event.due_at is not None and event.due_at > due
    )


def check_history(order: Order, claim: Claim, *, at: int, now: int) -> None:
    """History is never refused for being odd, only for being none: it lies behind us, and began as history.

    Raises TimeRefused, or IllegalTransition where a live order's facts are told as imported, in time.
    """
    check_past(at=at, now=now)
    if claim.basis == "backfill" and order.placed is not None and not order.imported:
        raise IllegalTransition(
            "an order that was placed live has no imported history",
            next_step="tell the fact live, with `at` as it was, or with the basis observed",
            stream=claim.stream,
            because=order.leaf.hex(),
        )


def _fixed(order: Order, event: e.OrderEvent, policy: Policy, at: int) -> e.OrderEvent:
    match event:
        case e.Placed(due_at=None) if policy.clock_start == "placed":
            return replace(event, due_at=_due(at, policy))
        case e.Paid() if order.paid is None and (order.expired or order.cancelled):
            due = event.due_at if order.due_at is None else None
            after: Literal["expired", "cancelled"] = "expired" if order.cancelled is None else "cancelled"
            return _fixed(order, e.PaidLate(after=after, amount=event.amount, due_at=due), policy, at)
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


def _live(order: Order, event: e.OrderEvent, by: str, at: int) -> str | None:
    if type(event) in OF_A_TIER:
        return _of_a_tier(order, event, by)
    if type(event) in _IN_THE_CHAIN and not _in_the_chain(order, by):
        return "foreign-hop" if order.hops else "no-hop"
    if isinstance(event, e.DisputeAppealed):
        return _appeal(order, event.dispute, at)
    match event:
        case e.Placed(bound=True):
            return "bound-live"
        case e.Placed() if None in (event.amount, event.currency, event.merchant, event.qty, event.sku):
            return "terms-missing"
        case e.Expired() if order.expired is not None:
            return "expired-twice"
        case e.PaidLate(after=after) if (order.cancelled is None) == (after == "cancelled"):
            return "not-ended"
        case e.NudgeClosed(outcome="buyer") if by != "buyer":
            return "not-the-buyer"
        case e.RefundApproved() | e.RefundPaid() if order.refund == "refused":
            return "no-refund"
        case e.DisputeDecided(dispute=dispute) if all(d.dispute != dispute for d in order.open_disputes):
            return "dispute-closed"
        case e.DisputeMerged(dispute=dispute, into=into) if dispute == into or all(
            each.dispute != into for each in order.disputes
        ):
            return "no-dispute"
        case e.Delivered(evidence="source_record"):
            return "no-evidence"
        case e.Delivered(evidence="shown_to_buyer", goods=None) if order.terms and order.terms.form == "card":
            return "no-goods"
        case e.Delivered() if order.qty is None and order.in_hand is not None:
            return "already-delivered"  # of an unknown quantity, the first delivery may have been all
        case _:
            return None


def _of_a_tier(order: Order, event: e.OrderEvent, by: str) -> str | None:
    """A tier speaks for its own hop, and says a thing once; who sells may activate what it has itself."""
    hop = hop_of(order, by)
    if hop is None:
        return None if not order.hops and _sells(order, by) else "foreign-hop" if order.hops else "no-hop"
    match event:
        case e.HopAccepted():
            said = hop.accepted is not None
        case e.HopRejected():
            said = hop.state == "rejected"
        case e.ActivationStarted():
            said = hop.started is not None and hop.finished is None
        case e.ActivationSucceeded():
            said = hop.outcome == "succeeded"
        case _:
            said = False  # a failure may follow a failure
    return "said-already" if said else None


def _in_the_chain(order: Order, by: str) -> bool:
    """Whether an order is in somebody's hands: the seller's, or a tier's that it was forwarded to."""
    return _sells(order, by) or hop_of(order, by) is not None


def _sells(order: Order, by: str) -> bool:
    return order.terms is not None and by in (order.terms.platform, order.terms.merchant)


def _early(order: Order, event: e.OrderEvent, policy: Policy, at: int) -> str | None:
    """What only time brings about is told when its time is over, and not before."""
    match event:
        case e.Expired() if order.placed is not None and policy.pay_within is not None:
            over = order.placed.effective + policy.pay_within
        case e.Completed(by="timeout") if order.shipments and policy.complete_after is not None:
            over = order.shipments[-1].mark.effective + policy.complete_after
        case e.NudgeClosed(nudge=nudge, outcome="timeout"):
            offers = [each.by_when for each in order.nudges if each.nudge == nudge]
            over = max((when for when in offers if when is not None), default=at + 1)
        case _:
            return None
    return "too-early" if at < over else None


def _appeal(order: Order, dispute: str, at: int) -> str | None:
    decided = [each for each in order.disputes if each.dispute == dispute and each.closed is not None]
    if not decided:
        return "not-decided"
    until = decided[-1].appeal_by
    return "appeal-late" if until is not None and at > until else None


_STARTING = frozenset[type[e.Event]]((e.Placed, e.Paid, e.PaidLate))  # a policy's clock may start with these
# What a tier says of its own hop; a neighbour who passes it on says so with the basis observed.
OF_A_TIER = frozenset[type[e.Event]](
    (e.HopAccepted, e.HopRejected, e.ActivationStarted, e.ActivationSucceeded, e.ActivationFailed)
)

# What only those say in whose hands the order is, or was.
_IN_THE_CHAIN = frozenset[type[e.Event]](
    (e.HopForwarded, e.HopUncertain, e.HopQueried, e.ActivationRelayed, e.Delivered, e.DeliveryReversed)
)


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


_CORRECT = "set the sender's clock, or send `at`, in milliseconds UTC, as it truly was"

"""What a fact of a live order must keep beside the rules of all: whose word it is, said once, in its time.

An observation may be odd, an act may not: what was seen to happen stays, however odd; all else is judged.
Long: all that a live word must keep, to be read as one.
"""

from __future__ import annotations

from typing import NamedTuple

from mingdan.ledger import event as e
from mingdan.ledger.deadline import deadline_objection
from mingdan.ledger.disavowal import revival
from mingdan.ledger.fact import BUYER, LEDGER
from mingdan.ledger.hops import WORDS, asked_of, has_arrived, hop_of, hop_told_of
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import HopState, Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.status import ended


def live_objection(
    order: Order,
    event: e.OrderEvent,
    policy: Policy,
    *,
    by: str,
    at: int,
    heard: int | None = None,
    observed: bool = False,
) -> str | None:
    """The rule that a word of `by`, effective `at` (ms UTC), breaks; None if it breaks none.

    `heard` is when it is, where that is not `at`; `observed` whether he passes on a tier's word of its hop.
    """
    if type(event) in OF_A_TIER:
        return _of_a_tier(order, event, by, observed=observed)
    return (
        _foreign_to(order, event, by)
        or _not_to_be_said(order, event, by)
        or deadline_objection(order, event, policy, by=by, heard=at if heard is None else heard)
        or _early(order, event, policy, at)
    )


def seen_objection(order: Order, event: e.OrderEvent, by: str) -> str | None:
    """The rule that even a sighting of `by` breaks: who sees an order has it, and a delivery is evident."""
    if isinstance(event, e.Delivered):
        if event.evidence == "source_record":
            return "no-evidence"
        if event.goods is None and order.qty is not None and order.units >= order.qty:
            return "already-delivered"  # of goods that are named, more may have come than were ordered
    return _foreign_to(order, event, by)


def is_seen(order: Order, event: e.Event, by: str, basis: str | None) -> bool:
    """Whether this was seen to happen to somebody else, so that it stands however odd it is."""
    return basis == "observed" and type(event) in SEEN and not _is_its_own(order, event, by)


def _is_its_own(order: Order, event: e.Event, by: str) -> bool:
    """Whether this is the act of who tells it: nobody observes himself.

    Who sells an order takes and pays money; whoever has not sent it on delivers it himself.
    """
    if isinstance(event, e.Placed) and by in (event.platform, event.merchant):
        return True
    if isinstance(event, e.Delivered):
        sells = order.sells(by)
        sent = any(hop.to != by and (sells or hop.by == by) for hop in order.hops)
        return not sent or (sells and event.evidence == "shown_to_buyer")
    return type(event) in OF_THE_SELLER and order.sells(by)


def _foreign_to(order: Order, event: e.OrderEvent, by: str) -> str | None:
    """The rule that this word breaks if it is for those to say who have the order, and `by` never had it.

    Whether a submission arrived is for those to say who sent it.
    """
    if type(event) not in IN_THE_CHAIN:
        return None
    if not isinstance(event, e.HopUncertain | e.HopQueried):
        return None if _in_the_chain(order, by) else _foreign(order)
    asked = asked_of(order, event, by)
    if not asked:
        return _foreign(order)
    return "which-hop" if len(asked) > 1 and event.ref is None else None


def _foreign(order: Order) -> str:
    return "foreign-hop" if order.hops else "no-hop"


def _not_to_be_said(order: Order, event: e.OrderEvent, by: str) -> str | None:
    if by != BUYER and _of_the_buyer(event):
        return "not-the-buyer"
    if isinstance(event, _Ruling):
        return _ruled(order, event)
    match event:
        case e.Placed(bound=True):
            return "bound-live"
        case e.Placed() if None in (event.amount, event.currency, event.merchant, event.qty, event.sku):
            return "terms-missing"
        case e.Disavowed(entry=entry):
            return revival(order, bytes.fromhex(entry))
        case e.Expired() if order.expired is not None:
            return "expired-twice"
        case e.PaidLate(after=after) if (order.cancelled is None) == (after == "cancelled"):
            return "not-ended"
        case e.Placed(platform=platform, merchant=merchant, tier=tier) if _NOBODY & {
            platform,
            merchant,
            tier,
        }:
            return "not-a-party"
        case e.HopForwarded(to=to) if to in _NOBODY:
            return "not-a-party"
        case e.HopForwarded() if order.held:
            return "held"
        case e.Delivered() if order.held and order.sells(by):
            return "held"
        case e.RiskHeld() if order.in_hand is not None:
            return "hold-late"
        case e.HopForwarded() if has_arrived(order, by):
            return "hop-uncertain"
        case e.RecipientCorrected() | e.RecipientConfirmed() if by != BUYER and not order.sells(by):
            return "not-the-buyer"  # who sells passes it on; nobody further up says where goods go
        case e.RecipientCorrected() if not _to_come(order):
            return "nothing-to-come"
        case e.Located(entries=()):
            return "unfounded"
        case _:
            return _at_the_end(order, event)


def _at_the_end(order: Order, event: e.OrderEvent) -> str | None:
    """What a live word of an extension, a delivery, a completion or a refund must keep."""
    match event:
        case e.Completed() if order.completed is not None:
            return "completed-twice"
        case e.Completed() if order.refund == "paid":
            return "refund-paid"
        case e.PromiseExtended(due_at=due) if order.promised is not None and due <= order.promised:
            return "not-later"
        case e.RefundApproved() | e.RefundPaid() if order.refund == "refused":
            return "no-refund"
        case e.Delivered(evidence="source_record"):
            return "no-evidence"
        case e.Delivered(goods=None) if order.terms and order.terms.form == "card":
            return "no-goods"
        case e.Delivered() if order.qty is None and order.in_hand is not None:
            return "already-delivered"  # of an unknown quantity, the first delivery may have been all
        case _:
            return None


def _to_come(order: Order) -> bool:
    """Whether goods are still to be delivered."""
    return ended(order) is None and order.in_hand is None


def _of_a_tier(order: Order, event: e.OrderEvent, by: str, *, observed: bool) -> str | None:
    """A tier speaks for its own hop, and says a thing once; who sells may activate what it has itself.

    A neighbour in the chain may pass a word on before the tier says it, and once.
    """
    hop = hop_told_of(order, by, observed=observed)
    if observed and (hop is None or not _in_the_chain(order, by)):
        return _foreign(order)
    if hop is None:
        return None if not order.hops and order.sells(by) else _foreign(order)
    repeated = _heard(hop, event) and (hop.to != by or _said_itself(hop, event))
    return "said-already" if repeated else None


def _heard(hop: HopState, event: e.OrderEvent) -> bool:
    """Whether this word of a hop's tier is known, from whomever: what fails again was begun again."""
    last = hop.work[-1][0] if hop.work else None
    match event:
        case e.HopAccepted():
            return hop.accepted is not None
        case e.HopRejected():
            return hop.state == "rejected"
        case e.ActivationSucceeded():
            return hop.outcome == "succeeded"
        case _:
            return last == WORDS[type(event)]  # started or failed


def _said_itself(hop: HopState, event: e.OrderEvent) -> bool:
    return any(word == WORDS.get(type(event)) for word, _ in hop.own)


def _in_the_chain(order: Order, by: str) -> bool:
    """Whether an order is in somebody's hands: the seller's, or a tier's that it was forwarded to."""
    return order.sells(by) or hop_of(order, by) is not None


class Term(NamedTuple):
    """From which entry on a time runs, and when it is over (ms UTC); None where that was never said."""

    since: Mark
    over: int | None


def term(order: Order, event: e.OrderEvent, policy: Policy) -> Term | None:
    """The time that must be over before this fact; None where it waits for none."""
    match event:
        case e.Expired() if order.placed is not None and policy.pay_within is not None:
            return Term(order.placed, order.placed.effective + policy.pay_within)
        case e.Completed(by="timeout") if order.shipments and policy.complete_after is not None:
            shipped = order.shipments[-1].mark
            return Term(shipped, shipped.effective + policy.complete_after)
        case e.NudgeClosed(nudge=nudge, outcome="timeout"):
            own = [each for each in order.nudges if each.nudge == nudge]
            offers = [Term(each.offered or each.mark, each.by_when) for each in own]
            return max(offers, key=lambda offer: -1 if offer.over is None else offer.over, default=None)
        case _:
            return None


def _early(order: Order, event: e.OrderEvent, policy: Policy, at: int) -> str | None:
    """What only time brings about is told when its time is over, and not before."""
    found = term(order, event, policy)
    return "too-early" if found is not None and (found.over is None or at < found.over) else None


def _of_the_buyer(event: e.OrderEvent) -> bool:
    """Whether this is the buyer's own word: whoever passes it on says whose it is."""
    match event:
        case e.Nudged() | e.Completed(by="buyer") | e.Cancelled(by="buyer") | e.NudgeClosed(outcome="buyer"):
            return True
        case _:
            return False


def _ruled(order: Order, event: _Ruling) -> str | None:
    """What a dispute comes to: only a decision sets free what it freezes, and only that is appealed."""
    own = [each for each in order.disputes if each.dispute == event.dispute]
    match event:
        case e.DisputeMerged() | e.DisputeDecided() if all(each.closed is not None for each in own):
            return "dispute-closed"
        case e.DisputeMerged(into=into):
            first = [each for each in order.disputes if each.dispute == into and each not in own]
            if not first:
                return "no-dispute"
            thaws = own[-1].closed is None and own[-1].freezes not in ("none", first[-1].freezes)
            return "merge-thaws" if thaws or first[-1].closed is not None else None
        case e.DisputeDecided(decider=decider):
            terms = order.terms
            own_case = terms is not None and decider == terms.merchant != terms.platform
            return "own-dispute" if own_case else None
        case e.DisputeAppealed():
            decided = any(each.outcome not in (None, "merged") for each in own)
            return None if decided else "not-decided"
        case _:  # passed on
            return "not-decided" if all(each.outcome == "merged" for each in own) else None


_Ruling = e.DisputeMerged | e.DisputeDecided | e.DisputeAppealed | e.DisputeEscalated

_NOBODY = {BUYER, LEDGER}  # who sells nothing and is sent nothing

# What can be seen to happen to somebody else: an order is taken, money or goods move, and whatever else, as a
# note. What this breaks is told as an irregularity. All other kinds are acts in the ledger, which nobody
# observes: a forwarding or resend, an extension, a hold, a ruling, a refund granted, the buyer's own word.
SEEN = frozenset[type[e.Event]](
    (
        e.Placed,
        e.Noted,
        e.Paid,
        e.PaidLate,
        e.Delivered,
        e.DeliveryReversed,
        e.Compensated,
        e.RefundPaid,
    )
)

# What who sells an order does itself; and so is what he delivers, if it cannot have come from a tier.
OF_THE_SELLER = frozenset[type[e.Event]]((e.Placed, e.Paid, e.PaidLate, e.Compensated, e.RefundPaid))

# What a tier says of its own hop; a neighbour who passes it on says so with the basis observed.
OF_A_TIER = frozenset[type[e.Event]](
    (e.HopAccepted, e.HopRejected, e.ActivationStarted, e.ActivationSucceeded, e.ActivationFailed)
)

# What only those say in whose hands the order is, or was.
IN_THE_CHAIN = frozenset[type[e.Event]](
    (e.HopForwarded, e.HopUncertain, e.HopQueried, e.ActivationRelayed, e.Delivered, e.DeliveryReversed)
)

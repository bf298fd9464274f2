"""What may follow what: one rule for each way an order can go wrong, named, shared by two readers.

`decide` refuses a live fact with the rule; `evolve` records history that breaks it as an irregularity.
"""

from __future__ import annotations

from collections.abc import Callable

from mingdan.ledger import event as e
from mingdan.ledger.hops import has_it
from mingdan.ledger.order import Order
from mingdan.ledger.refund import refund_objection

RULES = {
    "before-placed": "an order begins with order.placed",
    "placed-twice": "an order is placed once",
    "paid-twice": "an order is paid once; a second payment is a second order",
    "paid-after-end": "money after expiry or cancellation is order.paid_late",
    "expired-twice": "an order expires once",
    "not-ended": "a payment is late only after expiry or cancellation",
    "due-beyond-terms": "no later due time is stated than the terms promise",
    "due-fixed": "the due time is fixed once and never changes (I6)",
    "no-consent": "a promise is extended only with the buyer's consent (I6)",
    "not-paid": "nothing that was promised under a policy is delivered or refunded before it is paid",
    "already-paid": "a paid order does not expire",
    "no-goods": "a card that is delivered is committed to",
    "goods-again": "the same goods are delivered once, to one order (I2)",
    "sold-elsewhere": "a SKU that is listed is ordered on the platform that lists it",
    "not-as-listed": "an order is of the form in which its SKU is listed",
    "payment-again": "a payment pays for one order",
    "already-delivered": "every unit is delivered at most once (I2)",
    "frozen-by-dispute": "an open dispute has declared that it freezes this (I8)",
    "not-delivered": "only what was delivered is completed or reversed (I1)",
    "not-its-word": "a fact is taken back by whoever told it",
    "not-held": "only a held order is reviewed or escalated",
    "held": "a held order goes on when its hold has ended",
    "hold-late": "what is delivered is held no more",
    "review-far": "a hold is reviewed within 30 days",
    "not-a-party": "an order is sold by parties and sent to parties, never to its buyer or the ledger",
    "nothing-to-come": "whom goods are for is corrected while they are still to come",
    "not-later": "an extension is later than what was promised (I6)",
    "completed-twice": "an order is completed once",
    "unfounded": "what was found rests on entries",
    "lies-behind": "what an offer, a hold, a decision or an extension sets lies ahead as it is heard",
    "merge-thaws": "a dispute is merged into an open one that freezes as much (I8)",
    "own-dispute": "no merchant decides about itself",
    "held-already": "a hold ends before the next begins",
    "no-hop": "a tier's word needs an order forwarded to it",
    "foreign-hop": "a tier speaks for its own hop, who sent it asks for it, nobody for another's (I7)",
    "foreign-reference": "a word of a hop names the reference of the order's forwarding, if it has one (I7)",
    "said-already": "a tier says a thing of its hop once, and begins again before it fails again",
    "hop-uncertain": "after an uncertain submission only a query, a resend needs a negative answer (I10)",
    "which-hop": "a query names its reference where more than one submission is in doubt (I10)",
    "after-delivery": "a delivered order is not forwarded",
    "not-cancelled": "only a cancelled order is reinstated",
    "refund-paid": "a refund that was paid is the end of refunding (I12)",
    "refund-short": "a refund pays back what was paid for what was not delivered",
    "refund-over": "a refund pays back no more than was paid",
    "no-refund": "a refund is requested before it is decided",
    "no-nudge": "an answer needs its nudge",
    "nudge-twice": "a nudge's id is used once",
    "nudge-closed": "a nudge that is closed is answered no more",
    "offer-short": "an offer stands as long as the terms say, and no shorter than the one before it",
    "not-the-buyer": "the buyer's word is the buyer's: asking, cancelling, completing and closing as such",
    "too-early": "what only time brings about comes when its time is over",
    "no-dispute": "a dispute is opened before it is dealt with",
    "dispute-closed": "what was decided is not merged or taken back, and decided again only on appeal",
    "not-decided": "only a decided dispute is appealed; of one that was merged, the one it went into",
    "appeal-late": "an appeal comes within its term",
    "dispute-twice": "a dispute's id is used once; a repeat has an id of its own, and is merged",
    "not-queued": "only the batch that an order is queued in starts or finishes",
    "bound-live": "only imported history may leave open when an order was placed",
    "not-history": "what the ledger was told live, or kept the SKU of by then, has no imported history",
    "terms-missing": "a live order states amount, currency, merchant, qty and sku",
    "no-evidence": "a live delivery names its evidence, and a source's record is none (I1)",
    "erased": "nothing follows an erasure but a disavowal",
}


def objection(order: Order, event: e.OrderEvent) -> str | None:
    """The rule that this event breaks in this state, or None."""
    if order.placed is None:
        return None if isinstance(event, e.Placed) else "before-placed"
    if order.erased is not None and not isinstance(event, e.Disavowed):
        return "erased"
    return _RULES_OF.get(type(event), _aside)(order, event)


def _way_in(order: Order, event: e.OrderEvent) -> str | None:
    match event:
        case e.Placed():
            return "placed-twice"
        case e.Paid(due_at=due):
            if order.paid is not None:
                return "paid-twice"
            if order.expired is not None or order.cancelled is not None:
                return "paid-after-end"
            return _due(order, due)
        case e.PaidLate(due_at=due):
            if order.paid_late is not None:
                return "paid-twice"
            if order.expired is None and order.cancelled is None:
                return "not-ended"
            return _due(order, due)
        case e.Expired():
            return None if order.money_in is None else "already-paid"
        case e.Cancelled():
            return "already-delivered" if order.units else None
        case _:
            return "not-cancelled" if order.cancelled is None else None


def _due(order: Order, due: int | None) -> str | None:
    return "due-fixed" if due is not None and order.due_at not in (None, due) else None


def _hop(order: Order, event: e.OrderEvent) -> str | None:
    last = order.hops[-1] if order.hops else None
    match event:
        case e.HopForwarded(to=to):
            if _doubtful(order, to):
                return "hop-uncertain"
            if order.in_hand is not None:
                return "after-delivery"
            return "not-paid" if prepaid(order) and order.money_in is None else None
        case _:
            return "no-hop" if last is None else None


def _doubtful(order: Order, to: str) -> bool:
    """Whether forwarding could make a second order of one: a tier may have it, or has it and is at work."""
    if any(hop.state == "uncertain" for hop in order.hops):
        return True
    return has_it(order, to)


def _way_out(order: Order, event: e.OrderEvent) -> str | None:
    match event:
        case e.Delivered(units=units):
            if any(dispute.freezes == "delivery" for dispute in order.open_disputes):
                return "frozen-by-dispute"
            if order.qty is not None and order.units + (units or order.qty) > order.qty:
                return "already-delivered"
            return "not-paid" if prepaid(order) and order.money_in is None else None
        case e.Completed(by=by):
            if by == "timeout" and any(dispute.freezes == "settlement" for dispute in order.open_disputes):
                return "frozen-by-dispute"
            return "not-delivered" if order.in_hand is None else None
        case e.DeliveryReversed():
            return None if order.units else "not-delivered"
        case e.PromiseExtended(consent=consent):
            return "no-consent" if consent is None else None
        case _:
            return None


def _refund(order: Order, event: e.OrderEvent) -> str | None:
    if order.refund == "paid":
        return "refund-paid"
    if prepaid(order) and order.money_in is None:
        return "not-paid"
    if isinstance(event, e.RefundRequested):
        return None
    if prepaid(order) and order.refund == "none":
        return "no-refund"
    return refund_objection(order, event.amount) if isinstance(event, e.RefundPaid) else None


def _aside(order: Order, event: e.OrderEvent) -> str | None:
    match event:
        case e.RiskHeld():
            return "held-already" if order.held else None
        case e.RiskReviewed() | e.RiskEscalated():
            return None if order.held else "not-held"
        case e.BatchStarted(batch=batch) | e.BatchFinished(batch=batch):
            return "not-queued" if order.queue is None or order.queue.batch != batch else None
        case e.Nudged(nudge=nudge):
            return "nudge-twice" if any(each.nudge == nudge for each in order.nudges) else None
        case e.Located(nudge=nudge) | e.Offered(nudge=nudge) | e.NudgeClosed(nudge=nudge):
            own = [each for each in order.nudges if each.nudge == nudge]
            if not own:
                return "no-nudge"
            return "nudge-closed" if all(each.closed is not None for each in own) else None
        case e.DisputeOpened(dispute=dispute):
            return "dispute-twice" if any(d.dispute == dispute for d in order.disputes) else None
        case (
            e.DisputeMerged(dispute=dispute)
            | e.DisputeDecided(dispute=dispute)
            | e.DisputeEvidence(dispute=dispute)
            | e.DisputeAppealed(dispute=dispute)
            | e.DisputeEscalated(dispute=dispute)
        ):
            return None if any(d.dispute == dispute for d in order.disputes) else "no-dispute"
        case _:
            return None  # checks, stock and activation may be told in any order


def prepaid(order: Order) -> bool:
    """Whether a promise policy stands over the order: only then payment comes first."""
    terms = order.terms
    return terms is not None and (terms.policy is not None or terms.policy_version is not None)


def _any_time(_order: Order, _event: e.OrderEvent) -> str | None:
    return None


_RULES_OF: dict[type[e.OrderEvent], Callable[[Order, e.OrderEvent], str | None]] = {
    e.Noted: _any_time,
    e.Disavowed: _any_time,
    e.Notified: _any_time,
    e.Compensated: _any_time,
    e.Placed: _way_in,
    e.Paid: _way_in,
    e.PaidLate: _way_in,
    e.Expired: _way_in,
    e.Cancelled: _way_in,
    e.Reinstated: _way_in,
    e.HopForwarded: _hop,
    e.HopAccepted: _hop,
    e.HopRejected: _hop,
    e.HopUncertain: _hop,
    e.HopQueried: _hop,
    e.Delivered: _way_out,
    e.DeliveryReversed: _way_out,
    e.Completed: _way_out,
    e.PromiseExtended: _way_out,
    e.RefundRequested: _refund,
    e.RefundApproved: _refund,
    e.RefundRefused: _refund,
    e.RefundPaid: _refund,
}

"""`evolve` folds one entry into an order's state, totally and purely.

Any sequence of facts folds to some state, odd ones included; what was odd is kept as an irregularity.
Long: the state machine of an order, group by group of its vocabulary, to be read as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.covered import beneath, covering
from mingdan.ledger.disavowal import merged_beneath, undone
from mingdan.ledger.entry import Entry
from mingdan.ledger.fact import BUYER, LEDGER
from mingdan.ledger.hops import hops
from mingdan.ledger.mark import Irregularity, Mark
from mingdan.ledger.order import (
    Compensation,
    DisputeState,
    Extension,
    Hold,
    NudgeState,
    Order,
    Overruled,
    Place,
    Shipment,
    Sum,
    Trouble,
    Wait,
)
from mingdan.ledger.pauses import timed
from mingdan.ledger.rules import objection
from mingdan.ledger.stages import stages
from mingdan.ledger.status import step_of

Changes = dict[str, object]


def fold(entries: Iterable[Entry], order: Order | None = None) -> Order:
    """The state after these entries, from the empty order or a given one."""
    order = Order() if order is None else order
    for entry in entries:
        order = evolve(order, entry)
    return order


def evolve(order: Order, entry: Entry) -> Order:
    """The state after one more entry. Never raises; what was odd becomes an irregularity (I16)."""
    event = entry.event
    return applied(order, entry, event, objection(order, event)) if e.of_order(event) else order


def applied(order: Order, entry: Entry, event: e.OrderEvent, rule: str | None) -> Order:
    """The state after an entry of which it is known that it breaks this rule, or none."""
    mark = entry.mark
    changes = _CHANGES_OF[type(event)](order, event, mark)
    if not isinstance(event, e.Disavowed) and (taken := covering(order, changes, mark.leaf)):
        changes["covered"] = (*order.covered, *taken)
    held = stages(order, event, entry.by, mark)
    if held is not order.stages:
        changes["stages"] = held
    heard = hops(order, event, entry.by, mark, observed=entry.basis == "observed")
    if heard is not order.hops:
        changes["hops"] = heard
    if order.hold is not None and order.held and isinstance(event, e.RiskReviewed):
        changes["hold"] = _reviewed(order.hold, event, entry.by, mark)
    if isinstance(event, e.RefundRequested) and entry.by == BUYER:
        changes["wishes"] = (*order.wishes, Sum(mark, event.amount))
    if rule is not None:
        changes["irregularities"] = (*order.irregularities, Irregularity(rule, entry.leaf))
    return replace(
        order,
        stream=entry.stream,
        seq=entry.seq,
        leaf=entry.leaf,
        imported=order.imported or mark.backfill,
        **changes,
    )


def _nothing(_order: Order, _event: e.OrderEvent, _mark: Mark) -> Changes:
    return {}


def _way_in(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    match event:
        case e.Placed(due_at=due):
            return {} if order.placed else {"terms": event, "placed": mark, **_due(order, due)}
        case e.Paid(due_at=due, amount=amount):
            first = {} if order.paid else _due(order, due) | _owed(order)
            return _first(order, "paid", mark) | first | _paid(order, amount, mark)
        case e.PaidLate(due_at=due, amount=amount):
            first = {} if order.paid_late else _due(order, due) | _owed(order)
            return _first(order, "paid_late", mark) | first | _paid(order, amount, mark)
        case e.Expired():
            return _first(order, "expired", mark)
        case e.Cancelled(by=by):
            return {"cancelled": mark, "cancelled_by": by, "called_off": mark}
        case _:
            return {"cancelled": None, "cancelled_by": None, "called_off": None}  # reinstated


def _first(order: Order, part: str, mark: Mark) -> Changes:
    """The first of its kind counts; one that repeats it takes its place should it be disavowed."""
    if getattr(order, part) is None:
        return {part: mark}
    return {"covered": beneath(order, part, (mark,), mark.leaf)}


def _paid(order: Order, amount: int | None, mark: Mark) -> Changes:
    return {"payments": (*order.payments, Sum(mark, amount))}


def _owed(order: Order) -> Changes:
    """With money that comes after a cancellation the order is to be delivered like any other."""
    return {} if order.called_off is None else {"called_off": None}


def _due(order: Order, due: int | None) -> Changes:
    return {} if due is None or order.due_at is not None else {"due_at": due}


def _recipient(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    match event:
        case e.RecipientChecked(result="ok"):
            return {"recipient": "ok", "checked": mark, **_waited(order, mark)}
        case e.RecipientChecked(result=result):
            return {"recipient": result, "checked": mark, **_waiting(order, mark)}
        case e.RecipientConfirmed():
            return {"confirmed": mark, **_waited(order, mark)}
        case _:  # corrected
            return {"recipient": "unknown", "checked": None, "confirmed": None, **_waited(order, mark)}


def _waiting(order: Order, mark: Mark) -> Changes:
    """From here on the order waits for its buyer."""
    return {"waits": (*order.waits, Wait(mark))} if order.asked is None else {}


def _waited(order: Order, mark: Mark) -> Changes:
    if order.asked is None:
        return {}
    return {"waits": (*order.waits[:-1], replace(order.asked, ended=mark))}


def _stock(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    """Stock that is there ends the want of it, and no other trouble."""
    match event:
        case e.StockReserved():
            short = order.trouble is not None and order.trouble.code == SHORT
            return {"reserved": mark, "trouble": None if short else order.trouble}
        case e.StockShort():
            return {"trouble": Trouble(SHORT, "platform", mark), "reserved": None}
        case _:
            return {"reserved": None}  # released


def _risk(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    match event:
        case e.RiskHeld(rule=rule, track=track, review_by=by, on_timeout=then):
            return {"hold": Hold(rule, track, by, then, mark), "holds": _past(order, mark)}
        case _:
            return {}


def _reviewed(hold: Hold, event: e.RiskReviewed, by: str, mark: Mark) -> Hold:
    """A hold after its review: at the ledger's own word its term ran out, and no person decided."""
    return replace(hold, ended=mark, decision="timeout" if by == LEDGER else event.decision)


def _past(order: Order, mark: Mark) -> tuple[Hold, ...]:
    """The holds before a new one, which ends the one that still stood."""
    if order.hold is None:
        return order.holds
    return (*order.holds, replace(order.hold, ended=order.hold.ended or mark))


def _batch(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    match event:
        case e.BatchQueued(batch=batch, position=position, expected_start=start):
            return {"queue": Place(batch, position, start, mark)}
        case e.BatchStarted():
            return {"queue": None if order.queue is None else replace(order.queue, started=True)}
        case _:
            return {"queue": None}  # finished


def _hop(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    """What a tier's word means for the order; `hops` keeps who said it."""
    match event:
        case e.HopForwarded() | e.HopQueried(result="found"):
            return {"trouble": None}
        case e.HopAccepted():
            return {"accepted": order.accepted or mark}
        case e.HopRejected(code=code, attributable_to=party):
            return {"trouble": Trouble(code, party, mark)}
        case e.HopUncertain():
            return {"trouble": Trouble("uncertain", "unknown", mark)}
        case _:
            return {}


def _activation(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    match event:
        case e.ActivationStarted():
            return {"activation": "started", "activated": mark, "trouble": None}
        case e.ActivationFailed(code=code, attributable_to=party):
            trouble = Trouble(code, party, mark)
            waiting = _waiting(order, mark) if code == "bad_recipient" else {}
            return {"activation": "failed", "activated": mark, "trouble": trouble, **waiting}
        case _:
            return {"activation": "succeeded", "activated": mark, "trouble": None}


def _way_out(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    match event:
        case e.Delivered(evidence=evidence, units=units):
            shipment = Shipment(mark, units or order.qty or 0, evidence, seq=order.seq + 1)
            whole = order.qty is None or order.units + shipment.units >= order.qty
            over = {"trouble": None} if whole else {}  # a part that came ends no trouble with the rest
            return {"shipments": (*order.shipments, shipment), **over}
        case e.DeliveryReversed():
            taken = (replace(each, taken_back=each.taken_back or mark.leaf) for each in order.shipments)
            return {"reversed": mark, "shipments": tuple(taken)}
        case e.PromiseExtended(due_at=due, consent=consent):
            return {} if consent is None else {"extensions": (*order.extensions, Extension(mark, due))}
        case e.Compensated(amount=amount):
            return {"compensations": (*order.compensations, Compensation(mark, amount))}
        case e.Erased():
            return {"erased": order.erased or mark}
        case _:
            return _first(order, "completed", mark)


def _refund(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    """A refund that was paid stays paid, and how far the order had come stays what it was (I12)."""
    state = _REFUNDS[type(event)]
    if order.refund == "paid":
        told = (state, mark, order.reached if state == "paid" else None)
        return {"covered": beneath(order, "refund", told, mark.leaf)}
    return {
        "refund": state,
        "refunded": mark,
        "refund_asked": order.refund_asked or (mark if state == "requested" else None),
        "reached": step_of(order) if state == "paid" else None,
    }


def _care(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    match event:
        case e.Nudged(nudge=nudge):
            return {"nudges": (*order.nudges, NudgeState(nudge, mark))}
        case e.Located(nudge=nudge):
            return {"nudges": _answered(order, nudge, located=mark)}
        case e.Offered(nudge=nudge, option=option, by_when=when):
            return {"nudges": _answered(order, nudge, offered=mark, option=option, by_when=when)}
        case e.NudgeClosed(nudge=nudge, outcome=outcome):
            return {"nudges": _answered(order, nudge, closed=mark, outcome=outcome)}
        case e.Notified(of=of):
            return _noticed(order, bytes.fromhex(of), mark)
        case _:
            return {}


def _answered(order: Order, nudge: str, **answer: object) -> tuple[NudgeState, ...]:
    return tuple(replace(each, **answer) if each.nudge == nudge else each for each in order.nudges)


def _noticed(order: Order, of: bytes, mark: Mark) -> Changes:
    def told(hold: Hold) -> Hold:
        return replace(hold, noticed=mark) if hold.mark.leaf == of and hold.noticed is None else hold

    hold = None if order.hold is None else told(order.hold)
    holds = tuple(told(each) for each in order.holds)
    return {"hold": hold, "holds": holds, "notified": (*order.notified, of)}


def _dispute(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:
    match event:
        case e.DisputeOpened(dispute=dispute, claim=claim, freezes=freezes):
            opened = timed(DisputeState(dispute, claim, freezes, mark), mark)
            return {"disputes": (*order.disputes, opened)}
        case e.DisputeMerged(dispute=dispute):
            return _ruled(order, dispute, mark, {"closed": mark, "outcome": "merged", "appeal_by": None})
        case e.DisputeDecided(dispute=dispute, outcome=outcome, appeal_by=until):
            return _ruled(order, dispute, mark, {"closed": mark, "outcome": outcome, "appeal_by": until})
        case e.DisputeAppealed(dispute=dispute):
            return _ruled(order, dispute, mark, _OPEN | {"appealed": mark})
        case e.DisputeEscalated(dispute=dispute, to=to):
            return _ruled(order, dispute, mark, _OPEN, ((to, mark.leaf),))
        case e.DisputeEvidence(dispute=dispute):
            shown = next((each.evidence for each in order.disputes if each.dispute == dispute), 0)
            return _settled(order, dispute, evidence=shown + 1)
        case _:
            return {}


def _ruled(
    order: Order, dispute: str, mark: Mark, changes: Changes, passed_on: tuple[tuple[str, bytes], ...] = ()
) -> Changes:
    """A decision, or what opens a dispute again; how it stood is kept, should that be disavowed.

    What was decided keeps its outcome when it is merged.
    """

    def ruled(each: DisputeState) -> DisputeState:
        if each.closed is not None and changes["outcome"] == "merged":
            return merged_beneath(each, mark)
        if each.closed is not None or each.overruled:
            before = Overruled(mark.leaf, each.closed, each.outcome, each.appeal_by)
            each = replace(each, overruled=(*each.overruled, before))
        return timed(replace(each, escalations=(*each.escalations, *passed_on), **changes), mark)

    told = (ruled(each) if each.dispute == dispute else each for each in order.disputes)
    return {"disputes": tuple(told)}


def _settled(order: Order, dispute: str, **changes: object) -> Changes:
    told = (replace(each, **changes) if each.dispute == dispute else each for each in order.disputes)
    return {"disputes": tuple(told)}


def _disavowed(order: Order, event: e.Disavowed, mark: Mark) -> Changes:
    return undone(order, bytes.fromhex(event.entry), mark)


SHORT = "short"  # stock was asked for, and there was not enough
_OPEN: Changes = {"closed": None, "outcome": None, "appeal_by": None}
_REFUNDS: dict[type[e.OrderEvent], str] = {
    e.RefundRequested: "requested",
    e.RefundApproved: "approved",
    e.RefundRefused: "refused",
    e.RefundPaid: "paid",
}
_CHANGES_OF: dict[type[e.OrderEvent], Callable[[Order, Any, Mark], Changes]] = {
    # kept and shown; the state does not turn on them
    e.Noted: _nothing,
    e.RiskEscalated: _nothing,
    e.ActivationRelayed: _nothing,
    e.Disavowed: _disavowed,
    e.Placed: _way_in,
    e.Paid: _way_in,
    e.PaidLate: _way_in,
    e.Expired: _way_in,
    e.Cancelled: _way_in,
    e.Reinstated: _way_in,
    e.RecipientChecked: _recipient,
    e.RecipientConfirmed: _recipient,
    e.RecipientCorrected: _recipient,
    e.StockReserved: _stock,
    e.StockShort: _stock,
    e.StockReleased: _stock,
    e.RiskHeld: _risk,
    e.RiskReviewed: _risk,
    e.BatchQueued: _batch,
    e.BatchStarted: _batch,
    e.BatchFinished: _batch,
    e.HopForwarded: _hop,
    e.HopAccepted: _hop,
    e.HopRejected: _hop,
    e.HopUncertain: _hop,
    e.HopQueried: _hop,
    e.ActivationStarted: _activation,
    e.ActivationSucceeded: _activation,
    e.ActivationFailed: _activation,
    e.Delivered: _way_out,
    e.DeliveryReversed: _way_out,
    e.PromiseExtended: _way_out,
    e.Compensated: _way_out,
    e.Completed: _way_out,
    e.Erased: _way_out,
    e.RefundRequested: _refund,
    e.RefundApproved: _refund,
    e.RefundRefused: _refund,
    e.RefundPaid: _refund,
    e.Nudged: _care,
    e.Located: _care,
    e.Offered: _care,
    e.NudgeClosed: _care,
    e.Notified: _care,
    e.DisputeOpened: _dispute,
    e.DisputeMerged: _dispute,
    e.DisputeDecided: _dispute,
    e.DisputeEvidence: _dispute,
    e.DisputeAppealed: _dispute,
    e.DisputeEscalated: _dispute,
}

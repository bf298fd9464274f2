"""`evolve` folds one entry into an order's state, totally and purely.

Any sequence of facts folds to some state, odd ones included; what was odd is kept as an irregularity.
Long: the state machine of an order is one match over one vocabulary, to be read as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.entry import Entry
from mingdan.ledger.order import (
    Compensation,
    DisputeState,
    Extension,
    Hold,
    HopState,
    Irregularity,
    Mark,
    NudgeState,
    Order,
    Place,
    Shipment,
    Stage,
    StageName,
    Trouble,
)
from mingdan.ledger.rules import objection
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
    return order if isinstance(event, e.Epoch) else applied(order, entry, event, objection(order, event))


def applied(order: Order, entry: Entry, event: e.OrderEvent, rule: str | None) -> Order:
    """The state after an entry of which it is known that it breaks this rule, or none."""
    backfill = entry.basis == "backfill"
    known = (entry.at if entry.learned is None else entry.learned) if backfill else entry.recorded
    mark = Mark(entry.at, known, entry.leaf, backfill)
    changes = _changes(order, event, mark)
    stages = _stages(order, event, entry.by, mark)
    if stages is not order.stages:
        changes["stages"] = stages
    if rule is not None:
        changes["irregularities"] = (*order.irregularities, Irregularity(rule, entry.leaf))
    return replace(
        order,
        stream=entry.stream,
        seq=entry.seq,
        leaf=entry.leaf,
        imported=order.imported or backfill,
        **changes,
    )


def _changes(order: Order, event: e.OrderEvent, mark: Mark) -> Changes:  # long: one case for each kind
    match event:
        case e.Noted() | e.RiskEscalated() | e.ActivationRelayed() | e.DisputeEvidence():
            return {}  # kept and shown; the state does not turn on them
        case e.Placed(due_at=due):
            return {} if order.placed else {"terms": event, "placed": mark, **_due(order, due)}
        case e.Paid(due_at=due):
            return {} if order.paid else {"paid": mark, **_due(order, due)}
        case e.PaidLate(due_at=due):
            return {} if order.paid_late else {"paid_late": mark, **_due(order, due)}
        case e.Expired():
            return {"expired": order.expired or mark}
        case e.Cancelled(by=by):
            return {"cancelled": mark, "cancelled_by": by}
        case e.Reinstated():
            return {"cancelled": None, "cancelled_by": None}
        case e.Completed():
            return {"completed": order.completed or mark}
        case e.Erased():
            return {"erased": order.erased or mark}
        case e.Disavowed(entry=entry):
            return _undone(order, bytes.fromhex(entry))
        case e.RecipientChecked(result=result):
            return {"recipient": result, "checked": mark}
        case e.RecipientConfirmed():
            return {"confirmed": mark}
        case e.RecipientCorrected():
            return {"recipient": "unknown", "checked": None, "confirmed": None}
        case e.StockReserved():
            return {"reserved": mark, "trouble": None}
        case e.StockShort():
            return {"trouble": Trouble("short", "platform", mark), "reserved": None}
        case e.StockReleased():
            return {"reserved": None}
        case e.RiskHeld(rule=rule, track=track, review_by=by, on_timeout=then):
            return {"hold": Hold(rule, track, by, then, mark), "holds": _past(order, mark)}
        case e.RiskReviewed():
            return {"hold": None if order.hold is None else replace(order.hold, ended=mark)}
        case e.BatchQueued(batch=batch, position=position, expected_start=start):
            return {"queue": Place(batch, position, start, mark)}
        case e.BatchStarted():
            return {"queue": None if order.queue is None else replace(order.queue, started=True)}
        case e.BatchFinished():
            return {"queue": None}
        case e.HopForwarded(to=to, attempt=attempt, ref=ref):
            hop = HopState(to, attempt, "forwarded", ref, mark, mark)
            return {"hops": (*order.hops, hop), "trouble": None}
        case e.HopAccepted():
            return {"hops": _heard(order, "accepted", mark), "accepted": order.accepted or mark}
        case e.HopRejected(code=code, attributable_to=party):
            return {"hops": _heard(order, "rejected", mark), "trouble": Trouble(code, party, mark)}
        case e.HopUncertain():
            return {
                "hops": _heard(order, "uncertain", mark),
                "trouble": Trouble("uncertain", "unknown", mark),
            }
        case e.HopQueried(result=result):
            known = "uncertain" if result == "unknown" else result
            return {
                "hops": _heard(order, known, mark),
                "trouble": None if result == "found" else order.trouble,
            }
        case e.ActivationStarted():
            return {"activation": "started", "activated": mark, "trouble": None}
        case e.ActivationSucceeded():
            return {"activation": "succeeded", "activated": mark, "trouble": None}
        case e.ActivationFailed(code=code, attributable_to=party):
            return {"activation": "failed", "activated": mark, "trouble": Trouble(code, party, mark)}
        case e.Delivered(evidence=evidence, units=units):
            shipment = Shipment(mark, units or order.qty or 1, evidence)
            return {"shipments": (*order.shipments, shipment), "trouble": None}
        case e.DeliveryReversed():
            taken = (replace(each, taken_back=each.taken_back or mark.leaf) for each in order.shipments)
            return {"reversed": mark, "shipments": tuple(taken)}
        case e.PromiseExtended(due_at=due, consent=consent):
            return {} if consent is None else {"extensions": (*order.extensions, Extension(mark, due))}
        case e.Compensated(amount=amount):
            return {"compensations": (*order.compensations, Compensation(mark, amount))}
        case e.RefundRequested():
            return _refund(order, "requested", mark)
        case e.RefundApproved():
            return _refund(order, "approved", mark)
        case e.RefundRefused():
            return _refund(order, "refused", mark)
        case e.RefundPaid():
            return _refund(order, "paid", mark)
        case e.Nudged(nudge=nudge):
            return {"nudges": (*order.nudges, NudgeState(nudge, mark))}
        case e.Located(nudge=nudge):
            return {"nudges": _answered(order, nudge, "located", mark)}
        case e.Offered(nudge=nudge):
            return {"nudges": _answered(order, nudge, "offered", mark)}
        case e.NudgeClosed(nudge=nudge):
            return {"nudges": _answered(order, nudge, "closed", mark)}
        case e.Notified(of=of):
            return _noticed(order, bytes.fromhex(of), mark)
        case e.DisputeOpened(dispute=dispute, claim=claim, freezes=freezes):
            return {"disputes": (*order.disputes, DisputeState(dispute, claim, freezes, mark))}
        case e.DisputeMerged(dispute=dispute):
            return {"disputes": _settled(order, dispute, mark, "merged")}
        case e.DisputeDecided(dispute=dispute, outcome=outcome):
            return {"disputes": _settled(order, dispute, mark, outcome)}
        case e.DisputeAppealed(dispute=dispute) | e.DisputeEscalated(dispute=dispute):
            return {"disputes": _settled(order, dispute, None, None)}
        case _:
            assert_never(event)


def _stages(order: Order, event: e.OrderEvent, by: str, mark: Mark) -> tuple[Stage, ...]:
    """Who holds the order after this event: from payment to the first delivery, without a gap (I9)."""
    if order.shipments or (step := _stage(order, event, by)) is None:
        return order.stages
    stages = order.stages or _from_payment(order)
    if bool(stages) == isinstance(event, (e.Paid, e.PaidLate)):
        return stages  # they begin with a payment, and only once
    name, holder = step
    since = max(mark.effective, stages[-1].since) if stages else mark.effective
    return (*stages, Stage(name, holder, since, mark.leaf))


def _from_payment(order: Order) -> tuple[Stage, ...]:
    """The first stage of a paid order that has none: its delivery came before and was disavowed."""
    money = order.money_in
    return () if money is None else (Stage("stock", _platform(order), money.effective, money.leaf),)


def _stage(order: Order, event: e.OrderEvent, by: str) -> tuple[StageName, str] | None:
    platform = _platform(order)
    match event:
        case e.Paid() | e.PaidLate() | e.StockShort():
            return "stock", platform
        case e.StockReserved() | e.HopRejected() | e.ActivationFailed():
            return "dispatch", platform
        case e.HopForwarded(to=to):
            return "dispatch", to
        case e.HopAccepted() | e.ActivationStarted() | e.HopQueried(result="found"):
            return "activation", order.hops[-1].to if order.hops else by
        case e.HopUncertain():
            return "unknown", "unknown"
        case e.ActivationSucceeded() | e.ActivationRelayed():
            return "relay", by
        case e.RiskHeld():
            return "risk", platform
        case e.RiskReviewed():
            before = [stage for stage in order.stages if stage.name != "risk"]
            return (before[-1].name, before[-1].holder) if before else ("stock", platform)
        case _:
            return None  # the holder changes hands only by these


def _platform(order: Order) -> str:
    return "unknown" if order.terms is None else order.terms.platform


def _due(order: Order, due: int | None) -> Changes:
    return {} if due is None or order.due_at is not None else {"due_at": due}


def _heard(order: Order, state: str, mark: Mark) -> tuple[HopState, ...]:
    if not order.hops:
        return ()
    return (*order.hops[:-1], replace(order.hops[-1], state=state, last=mark))


def _past(order: Order, mark: Mark) -> tuple[Hold, ...]:
    """The holds before a new one, which ends the one that still stood."""
    if order.hold is None:
        return order.holds
    return (*order.holds, replace(order.hold, ended=order.hold.ended or mark))


def _refund(order: Order, state: str, mark: Mark) -> Changes:
    """A refund that was paid stays paid, and how far the order had come stays what it was (I12)."""
    if order.refund == "paid":
        return {}
    return {"refund": state, "refunded": mark, "reached": step_of(order) if state == "paid" else None}


def _answered(order: Order, nudge: str, answer: str, mark: Mark) -> tuple[NudgeState, ...]:
    return tuple(replace(each, **{answer: mark}) if each.nudge == nudge else each for each in order.nudges)


def _noticed(order: Order, of: bytes, mark: Mark) -> Changes:
    def told(hold: Hold) -> Hold:
        return replace(hold, noticed=mark) if hold.mark.leaf == of and hold.noticed is None else hold

    hold = None if order.hold is None else told(order.hold)
    return {"hold": hold, "holds": tuple(told(each) for each in order.holds)}


def _settled(
    order: Order, dispute: str, closed: Mark | None, outcome: str | None
) -> tuple[DisputeState, ...]:
    return tuple(
        replace(each, closed=closed, outcome=outcome) if each.dispute == dispute else each
        for each in order.disputes
    )


def _undone(order: Order, leaf: bytes) -> Changes:
    """Takes back what rests on a disavowed entry; its irregularities stay, for the entry stays."""
    changes: Changes = {
        name: None
        for name in _MARKS
        if (mark := getattr(order, name)) is not None
        and (mark if isinstance(mark, Mark) else mark.mark).leaf == leaf
    }
    if "cancelled" in changes:
        changes["cancelled_by"] = None
    if "checked" in changes:
        changes["recipient"] = "unknown"
    if "refunded" in changes:
        changes |= {"refund": "none", "reached": None}
    if "activated" in changes:
        changes["activation"] = "none"
    for name in _LISTS:
        kept = tuple(each for each in getattr(order, name) if each.mark.leaf != leaf)
        if len(kept) < len(getattr(order, name)):
            changes[name] = kept
    if "reversed" in changes:
        changes["shipments"] = tuple(
            replace(each, taken_back=None) if each.taken_back == leaf else each for each in order.shipments
        )
    if order.hops and order.hops[-1].last.leaf == leaf and "hops" not in changes:
        last = order.hops[-1]  # forwarded, and nothing more is known
        changes["hops"] = (*order.hops[:-1], replace(last, state="forwarded", last=last.mark))
    if any(each.leaf == leaf for each in order.stages):
        changes["stages"] = _rejoined(order.stages, leaf)
    return changes


def _rejoined(stages: tuple[Stage, ...], leaf: bytes) -> tuple[Stage, ...]:
    """The stages without one: who held the order before it held it on. Without a payment there is none."""
    return () if stages[0].leaf == leaf else tuple(each for each in stages if each.leaf != leaf)


_LISTS = ("extensions", "holds", "hops", "shipments", "compensations", "nudges", "disputes")
_MARKS = (
    "paid",
    "paid_late",
    "expired",
    "cancelled",
    "completed",
    "checked",
    "confirmed",
    "reserved",
    "hold",
    "queue",
    "accepted",
    "activated",
    "trouble",
    "reversed",
    "refunded",
)

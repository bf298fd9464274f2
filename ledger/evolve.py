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
    DisputeState,
    Hold,
    HopState,
    Irregularity,
    Mark,
    NudgeState,
    Order,
    Place,
    Stage,
    StageName,
    Trouble,
)
from mingdan.ledger.rules import objection

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
    if isinstance(event, e.Epoch):
        return order
    backfill = entry.basis == "backfill"
    known = (entry.at if entry.learned is None else entry.learned) if backfill else entry.recorded
    mark = Mark(entry.at, known, entry.leaf, backfill)
    changes = _changes(order, event, mark)
    stages = _stages(order, event, entry.by, mark)
    if stages is not order.stages:
        changes["stages"] = stages
    rule = objection(order, event)
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
            return {"hold": Hold(rule, track, by, then, mark), "holds": order.holds + 1}
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
            return {"hops": (*order.hops, hop), "trouble": None, "queue": None}
        case e.HopAccepted():
            return {"hops": _heard(order, "accepted", mark)}
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
            return {
                "delivered": order.delivered or mark,
                "evidence": order.evidence or evidence,
                "units": order.units + (units or order.qty or 1),
                "deliveries": order.deliveries + 1,
                "trouble": None,
            }
        case e.DeliveryReversed():
            return {"reversed": mark}
        case e.PromiseExtended(due_at=due):
            return {"extended_to": due}
        case e.Compensated(amount=amount):
            return {"compensated": order.compensated + amount}
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
    if (order.paid is None and not isinstance(event, e.Paid)) or order.delivered is not None:
        return order.stages
    step = _stage(order, event, by)
    if step is None or (isinstance(event, e.Paid) and order.stages):
        return order.stages
    name, holder = step
    since = max(mark.effective, order.stages[-1].since) if order.stages else mark.effective
    return (*order.stages, Stage(name, holder, since, mark.leaf))


def _stage(order: Order, event: e.OrderEvent, by: str) -> tuple[StageName, str] | None:
    platform = "unknown" if order.terms is None else order.terms.platform
    match event:
        case e.Paid() | e.StockShort():
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


def _due(order: Order, due: int | None) -> Changes:
    return {} if due is None or order.due_at is not None else {"due_at": due}


def _heard(order: Order, state: str, mark: Mark) -> tuple[HopState, ...]:
    if not order.hops:
        return ()
    return (*order.hops[:-1], replace(order.hops[-1], state=state, last=mark))


def _refund(order: Order, state: str, mark: Mark) -> Changes:
    return {} if order.refund == "paid" else {"refund": state, "refunded": mark}


def _answered(order: Order, nudge: str, answer: str, mark: Mark) -> tuple[NudgeState, ...]:
    return tuple(replace(each, **{answer: mark}) if each.nudge == nudge else each for each in order.nudges)


def _noticed(order: Order, of: bytes, mark: Mark) -> Changes:
    hold = order.hold
    if hold is None or hold.mark.leaf != of or hold.noticed is not None:
        return {}
    return {"hold": replace(hold, noticed=mark)}


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
    if "delivered" in changes:
        changes |= {"evidence": None, "units": 0, "deliveries": 0}
    if "checked" in changes:
        changes["recipient"] = "unknown"
    if "refunded" in changes:
        changes["refund"] = "none"
    if "activated" in changes:
        changes["activation"] = "none"
    for name in ("hops", "nudges", "disputes"):
        kept = tuple(each for each in getattr(order, name) if each.mark.leaf != leaf)
        if len(kept) < len(getattr(order, name)):
            changes[name] = kept
    return changes


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
    "activated",
    "trouble",
    "delivered",
    "reversed",
    "refunded",
)

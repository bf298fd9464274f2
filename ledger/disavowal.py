"""What a disavowal takes back of an order: the parts of its state that rest on the disavowed entry.

What stands again without the entry must be what could have been told without it.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.covered import overwritten, uncovered
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import DisputeState, Hold, HopState, Order, Overruled, Spell, Wait
from mingdan.ledger.pauses import timed
from mingdan.ledger.stages import rejoined


def undone(order: Order, leaf: bytes, told: Mark) -> dict[str, object]:
    """Takes back what rests on an entry, as was `told`; its irregularities stay, for the entry stays.

    A delivery, a cancellation or a pause that stands again by it counts from when that was known, whatever
    it claims: else a seller would make an order on time, or none of its own, once it is late.
    """
    changes = _unmarked(order, leaf)
    known = told if told.backfill else replace(told, at=told.known)
    for name in _LISTS:
        kept = tuple(each for each in getattr(order, name) if each.mark.leaf != leaf)
        if len(kept) < len(getattr(order, name)):
            changes[name] = kept
    if "reversed" in changes:
        changes["shipments"] = tuple(
            replace(each, taken_back=None, again=known) if each.taken_back == leaf else each
            for each in order.shipments
        )
    for name in ("hops", *_RESTING):
        resting: tuple[Struct, ...] = changes.get(name, getattr(order, name))  # type: ignore[assignment]
        taken = tuple(_taken_back(leaf, part, known) for part in resting)
        if taken != resting:
            changes[name] = taken
    if "disputes" in changes:
        ruled: tuple[DisputeState, ...] = changes["disputes"]  # type: ignore[assignment]
        changes["disputes"] = tuple(timed(each, known) for each in ruled)
    if order.hold is not None and "hold" not in changes:
        changes["hold"] = _taken_back(leaf, order.hold, known)
    elif order.holds and "hold" in changes:  # the one before it stands again
        *before, last = (_taken_back(leaf, hold, known) for hold in order.holds)
        changes |= {"hold": last, "holds": tuple(before)}
    changes |= uncovered(order, leaf)
    again = changes.get("called_off")
    if isinstance(again, Mark) and again != order.called_off:
        owed = changes.get("paid_late", order.paid_late) is not None
        changes["called_off"] = None if owed else replace(known, leaf=again.leaf)
    if any(each.leaf == leaf for each in order.stages):
        money = changes.get("paid", order.paid) or changes.get("paid_late", order.paid_late)
        changes["stages"] = rejoined(order.stages, leaf, money)  # type: ignore[arg-type]
    return changes


def _unmarked(order: Order, leaf: bytes) -> dict[str, object]:
    """The parts that rest on an entry alone, and were never overwritten, as before they were told."""
    kept_apart = overwritten(order)
    changes: dict[str, object] = {
        name: None
        for name in _MARKS
        if name not in kept_apart
        and (mark := getattr(order, name)) is not None
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
    return changes


def revival(order: Order, leaf: bytes) -> str | None:
    """The rule that disavowing an entry of a live order breaks by what stands again without it.

    A tier that may have an order was sent it, whatever its sender says since (I10); and what was decided was
    opened, else the same dispute could be opened and decided anew.
    """
    if any(hop.mark.leaf == leaf and hop.state in ("uncertain", "found") for hop in order.hops):
        return "hop-uncertain"
    if any(each.mark.leaf == leaf and each.ruled for each in order.disputes):
        return "dispute-closed"
    if not order.units:
        return None
    after = without(order, leaf)
    again = after.units > order.units and (order.qty is None or after.units > order.qty)
    ends = after.cancelled is not None and order.cancelled is None
    return "already-delivered" if again or ends else None


def without(order: Order, leaf: bytes) -> Order:
    """The order as if an entry had not been told."""
    return replace(order, **undone(order, leaf, Mark(0, 0, b"")))


def _taken_back(leaf: bytes, part: Struct, known: Mark) -> Struct:
    """A part of the state without what the disavowed entry said of it, and what was told with that."""
    gone: dict[str, object] = {}
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if name != "mark" and isinstance(value, Mark) and value.leaf == leaf:
            gone |= {name: None} | {each: None for each in _WITH.get(name, ()) if hasattr(part, each)}
    if "ended" in gone and isinstance(part, Hold | Wait):
        gone["lapses"] = (*part.lapses, Spell(part.ended, known))  # type: ignore[arg-type]
    if isinstance(part, HopState):
        gone |= _unsaid(leaf, part)
    if isinstance(part, DisputeState):
        gone |= _ruled_again(leaf, part)
    return replace(part, **gone) if gone else part


def _unsaid(leaf: bytes, hop: HopState) -> dict[str, object]:
    """A hop without a word: the one before it is the last again."""
    own = tuple(each for each in hop.own if each[1] != leaf)
    work = tuple(each for each in hop.work if each[1].leaf != leaf)
    found: dict[str, object] = {"own": own} if own != hop.own else {}
    found |= {"work": work} if work != hop.work else {}
    if hop.last.leaf == leaf and hop.before:
        state, last = hop.before[-1]
        return found | {"last": last, "state": state, "before": hop.before[:-1]}
    kept = tuple(each for each in hop.before if each[1].leaf != leaf)
    unfound = kept != hop.before and hop.before[-1][0] == "found" and hop.before[-1][1].leaf == leaf
    if unfound and kept and any(mark == hop.last for word, mark in hop.work if word == "failed"):
        state, last = kept[-1]  # what failed had never been found: a doubt is one again (I10)
        return found | {"last": last, "state": state, "before": kept[:-1]}
    return found | {"last": hop.last} | ({"before": kept} if kept != hop.before else {})


def _ruled_again(leaf: bytes, dispute: DisputeState) -> dict[str, object]:
    """A dispute without a word that decided it, opened it again or passed it on: what it was then stands."""
    passed_on = tuple(each for each in dispute.escalations if each[1] != leaf)
    found: dict[str, object] = {"escalations": passed_on} if passed_on != dispute.escalations else {}
    records = list(dispute.overruled)
    place = next((number for number, each in enumerate(records) if each.leaf == leaf), None)
    if place is not None:
        over = records.pop(place)
        if place == len(records):
            found |= {"closed": over.closed, "outcome": over.outcome, "appeal_by": over.appeal_by}
        else:
            records[place] = replace(over, leaf=records[place].leaf)
    elif records and records[0].closed is not None and records[0].closed.leaf == leaf:
        records[0] = Overruled(records[0].leaf, None, None, None)
    return found | {"overruled": tuple(records)}


def merged_beneath(dispute: DisputeState, mark: Mark) -> DisputeState:
    """A decided dispute that is told to be merged: so it stands only once no decision of it does."""
    records, place = dispute.overruled, len(dispute.overruled)
    while place and records[place - 1].closed is not None:
        place -= 1
    standing = (records[place:] or (dispute,))[0].closed
    if standing is None:
        return dispute
    closing = records[place - 1].leaf if place else standing.leaf
    merging = Overruled(mark.leaf, None, None, None), Overruled(closing, mark, "merged", None)
    return replace(dispute, overruled=(*records[: max(place - 1, 0)], *merging, *records[place:]))


_RESTING = ("holds", "nudges", "disputes", "waits")
_WITH = {
    "ended": ("decision",),
    "offered": ("option", "by_when"),
    "closed": ("outcome", "appeal_by"),
}
_LISTS = (
    "extensions",
    "holds",
    "hops",
    "shipments",
    "compensations",
    "nudges",
    "disputes",
    "waits",
    "payments",
    "wishes",
)
_MARKS = (
    "paid",
    "paid_late",
    "expired",
    "called_off",
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
    "refund_asked",
)

"""What a disavowal takes back of an order: the parts of its state that rest on the disavowed entry."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.mark import Mark
from mingdan.ledger.order import HopState, Order
from mingdan.ledger.stages import rejoined


def undone(order: Order, leaf: bytes) -> dict[str, object]:
    """Takes back what rests on a disavowed entry; its irregularities stay, for the entry stays."""
    changes: dict[str, object] = {
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
    for name in ("hops", *_RESTING):
        resting: tuple[Struct, ...] = changes.get(name, getattr(order, name))  # type: ignore[assignment]
        taken = tuple(_taken_back(leaf, part) for part in resting)
        if taken != resting:
            changes[name] = taken
    if order.hold is not None and "hold" not in changes:
        changes["hold"] = _taken_back(leaf, order.hold)
    if any(each.leaf == leaf for each in order.stages):
        changes["stages"] = rejoined(order.stages, leaf)
    return changes


def _taken_back(leaf: bytes, part: Struct) -> Struct:
    """A part of the state without what the disavowed entry said of it, and what was told with that."""
    gone: dict[str, object] = {}
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if name != "mark" and isinstance(value, Mark) and value.leaf == leaf:
            gone |= {name: None} | {each: None for each in _WITH.get(name, ()) if hasattr(part, each)}
    if "last" in gone and isinstance(part, HopState):  # forwarded, and nothing more is known
        gone |= {"last": part.mark, "state": "forwarded"}
    return replace(part, **gone) if gone else part


_RESTING = ("holds", "nudges", "disputes", "waits")
_WITH = {
    "ended": ("decision",),
    "finished": ("outcome",),
    "offered": ("option", "by_when"),
    "closed": ("outcome", "appeal_by"),
}
_LISTS = ("extensions", "holds", "hops", "shipments", "compensations", "nudges", "disputes", "waits")
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
    "refund_asked",
)

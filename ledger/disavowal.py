"""What a disavowal takes back of an order: the parts of its state that rest on the disavowed entry."""

from __future__ import annotations

from msgspec.structs import replace

from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Order
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
    if order.hops and order.hops[-1].last.leaf == leaf and "hops" not in changes:
        last = order.hops[-1]  # forwarded, and nothing more is known
        changes["hops"] = (*order.hops[:-1], replace(last, state="forwarded", last=last.mark))
    if any(each.leaf == leaf for each in order.stages):
        changes["stages"] = rejoined(order.stages, leaf)
    return changes


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

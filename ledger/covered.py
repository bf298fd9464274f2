"""What facts took the place of in an order's state: told again when such a fact is disavowed.

Of a part that was never overwritten nothing is kept; of one that was, every change since. What is told of a
part that it does not change any more (a second payment) lies beneath what stands, and so stands after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Covered, Order, Place, Trouble


def covering(order: Order, changes: Mapping[str, object], leaf: bytes) -> tuple[Covered, ...]:
    """What these changes, which an entry brings about, take the place of."""
    parts = dict.fromkeys(_PART_OF[name] for name in changes if name in _PART_OF)
    kept = {each.part for each in order.covered}
    return tuple(
        Covered(leaf, part, _ENCODE(before))
        for part in parts
        if (before := _values(order, part)) != _changed(order, part, changes)
        and (before != _EMPTY[part] or part in kept)
    )


def beneath(order: Order, part: str, told: tuple[object, ...], leaf: bytes) -> tuple[Covered, ...]:
    """What is covered after an entry told these values of a part that stands settled before it."""
    standing, records = _values(order, part), list(order.covered)
    places = [place for place, each in enumerate(records) if each.part == part]
    after = [*(_DECODERS[part].decode(records[place].before) for place in places[1:]), standing]
    lowest = next((place for place, each in zip(places, after, strict=False) if _settles(part, each)), None)
    if lowest is None:
        (first,) = _leaves(standing)
        return (
            *records, Covered(leaf, part, _ENCODE(_EMPTY[part])), Covered(first, part, _ENCODE(told)),
        )  # fmt: skip
    over = records[lowest]
    records[lowest : lowest + 1] = (
        msgspec.structs.replace(over, leaf=leaf),
        msgspec.structs.replace(over, before=_ENCODE(told)),
    )
    return tuple(records)


def _settles(part: str, values: tuple[object, ...]) -> bool:
    """Whether a part is no more changed by what else is told of it."""
    return values[0] == "paid" if part == "refund" else values[0] is not None


def uncovered(order: Order, leaf: bytes) -> dict[str, object]:
    """The changes by which an order is as if the entry had neither overwritten anything nor been."""
    found: dict[str, object] = {}
    records = list(order.covered)
    for part in dict.fromkeys(each.part for each in records):
        found |= _without(records, part, leaf)
    return found | ({"covered": tuple(records)} if tuple(records) != order.covered else {})


def overwritten(order: Order) -> frozenset[str]:
    """The fields of which `uncovered` alone says what a disavowal leaves."""
    return frozenset(name for each in order.covered for name in PARTS[each.part])


def _without(records: list[Covered], part: str, leaf: bytes) -> dict[str, object]:
    """Takes an entry out of the records of one part; what the part is then, if it was the newest."""
    places = [place for place, each in enumerate(records) if each.part == part]
    for number, place in enumerate(places):
        before = records[place].before
        if records[place].leaf == leaf:
            after = places[number + 1 :]
            if after:
                records[after[0]] = msgspec.structs.replace(records[after[0]], before=before)
            del records[place]
            return {} if after else dict(zip(PARTS[part], _DECODERS[part].decode(before), strict=True))
    first = records[places[0]]
    if leaf in _leaves(_DECODERS[part].decode(first.before)):
        records[places[0]] = msgspec.structs.replace(first, before=_ENCODE(_EMPTY[part]))
    return {}


def _values(order: Order, part: str) -> tuple[object, ...]:
    return tuple(getattr(order, name) for name in PARTS[part])


def _changed(order: Order, part: str, changes: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(changes.get(name, getattr(order, name)) for name in PARTS[part])


def _leaves(values: tuple[Any, ...]) -> Iterator[bytes]:
    """The entries that values rest on."""
    for value in values:
        if isinstance(value, Mark):
            yield value.leaf
        elif isinstance(value, Place | Trouble):
            yield value.mark.leaf


PARTS: dict[str, tuple[str, ...]] = {
    "activation": ("activation", "activated"),
    "called_off": ("called_off",),
    "cancelled": ("cancelled", "cancelled_by"),
    "completed": ("completed",),
    "confirmed": ("confirmed",),
    "expired": ("expired",),
    "paid": ("paid",),
    "paid_late": ("paid_late",),
    "queue": ("queue",),
    "recipient": ("recipient", "checked"),
    "refund": ("refund", "refunded", "reached"),
    "reserved": ("reserved",),
    "trouble": ("trouble",),
}
_PART_OF = {name: part for part, names in PARTS.items() for name in names}
_EMPTY = {part: _values(Order(), part) for part in PARTS}
_ENCODE = msgspec.msgpack.Encoder().encode
_DECODERS: Mapping[str, msgspec.msgpack.Decoder[tuple[Any, ...]]] = {
    "activation": msgspec.msgpack.Decoder(tuple[str, Mark | None]),
    "called_off": msgspec.msgpack.Decoder(tuple[Mark | None]),
    "cancelled": msgspec.msgpack.Decoder(tuple[Mark | None, str | None]),
    "completed": msgspec.msgpack.Decoder(tuple[Mark | None]),
    "confirmed": msgspec.msgpack.Decoder(tuple[Mark | None]),
    "expired": msgspec.msgpack.Decoder(tuple[Mark | None]),
    "paid": msgspec.msgpack.Decoder(tuple[Mark | None]),
    "paid_late": msgspec.msgpack.Decoder(tuple[Mark | None]),
    "queue": msgspec.msgpack.Decoder(tuple[Place | None]),
    "recipient": msgspec.msgpack.Decoder(tuple[str, Mark | None]),
    "refund": msgspec.msgpack.Decoder(tuple[str, Mark | None, str | None]),
    "reserved": msgspec.msgpack.Decoder(tuple[Mark | None]),
    "trouble": msgspec.msgpack.Decoder(tuple[Trouble | None]),
}

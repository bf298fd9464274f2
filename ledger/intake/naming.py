"""Where facts of orders name entries by their leaf hash, and the same facts with other hashes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.event import OrderEvent


def named(event: OrderEvent) -> Iterator[str]:
    """The leaf hashes (hex) of all entries that a fact names."""
    for field in NAMING.get(type(event), ()):
        found = getattr(event, field)
        yield from found if isinstance(found, tuple) else () if found is None else (found,)


def renamed(event: OrderEvent, here: Mapping[str, str]) -> OrderEvent:
    """The fact with each hash that is known `here` in the place of the one it stands for; others stay."""
    changed: dict[str, object] = {}
    for field in NAMING.get(type(event), ()):
        found = getattr(event, field)
        if isinstance(found, tuple):
            changed[field] = tuple(here.get(leaf, leaf) for leaf in found)
        elif found is not None:
            changed[field] = here.get(found, found)
    return replace(event, **changed) if changed else event


# Every field with a leaf hash in it; the other hashes of facts commit to private words.
NAMING: dict[type[OrderEvent], tuple[str, ...]] = {
    e.Disavowed: ("corrected_by", "entry"),
    e.HopUncertain: ("of",),
    e.HopQueried: ("of",),
    e.ActivationRelayed: ("of",),
    e.Located: ("entries",),
    e.Notified: ("of",),
}

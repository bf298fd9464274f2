"""How SKUs are supplied from each other: down to whom an exception reaches, up to whom one is mapped.

Both ways end wherever they begin, also where old mappings go round in a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from mingdan.ledger.market.sku import Sku

Sent = Mapping[str, frozenset[str]]  # by SKU, the tiers that an order of it was ever forwarded to

HIGHEST = 64  # tiers: no chain of supply is looked up any further


def affected(scope: Iterable[str], skus: Mapping[str, Sku]) -> frozenset[str]:
    """The SKUs of an exception's scope and all that are supplied from them, however far down."""
    found = set(scope)
    while True:
        more = {name for name, each in skus.items() if each.upstream in found} - found
        if not more:
            return frozenset(found)
        found |= more


def above(name: str, sku_of: Callable[[str], Sku | None]) -> Iterator[str]:
    """A SKU and those that it is supplied from, tier by tier, as far as they are known."""
    seen: set[str] = set()
    while name not in seen and len(seen) < HIGHEST:
        seen.add(name)
        yield name
        sku = sku_of(name)
        if sku is None or sku.upstream is None:
            return
        name = sku.upstream


def supplies(party: str, name: str, skus: Mapping[str, Sku], sent: Sent) -> bool:
    """Whether a party lists a SKU, or one that it is supplied from, or was sent orders of one of them."""
    return any(lists(party, skus.get(each)) or party in sent.get(each, ()) for each in above(name, skus.get))


def lists(party: str, sku: Sku | None) -> bool:
    return sku is not None and sku.listing is not None and sku.listing.platform == party


def touched(scope: Iterable[str], party: str, skus: Mapping[str, Sku], sent: Sent) -> frozenset[str]:
    """Those that an exception of this scope affects where it is a party's word: what that party supplies."""
    return frozenset(name for name in affected(scope, skus) if supplies(party, name, skus, sent))


RULES = {
    "mapped-in-a-circle": "a SKU is never supplied from itself, however many tiers up",
    "not-its-exception": "an exception is ended by who reported it, by who lists all that it names, or by an "
    "auditor",
}

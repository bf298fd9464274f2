"""How far an exception reaches: the SKUs it names, and all that are supplied from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mingdan.ledger.market.sku import Sku


def affected(scope: Iterable[str], skus: Mapping[str, Sku]) -> frozenset[str]:
    """The SKUs of an exception's scope and all that are supplied from them, however far down."""
    found = set(scope)
    while True:
        more = {name for name, each in skus.items() if each.upstream in found} - found
        if not more:
            return frozenset(found)
        found |= more

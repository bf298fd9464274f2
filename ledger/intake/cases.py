"""Which order a source's case is: known by the source's name for it, or drawn anew.

An erased order has lost that name; its facts are still known by their keys, so that importing the source
again does not bring it back under another handle.
"""

from __future__ import annotations

from collections.abc import Mapping

from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.draft import key_digest
from mingdan.ledger.keeping.vault import Draw, NewOrder, draw_order


class Cases:
    """The orders of one import. It remembers the erased ones, for nothing else does."""

    def __init__(self, book: Book, draw: Draw) -> None:
        self._book = book
        self._draw = draw
        self._erased: dict[str, NewOrder] = {}

    def orders(self, keys: Mapping[str, str]) -> tuple[dict[str, NewOrder], list[NewOrder]]:
        """All orders by alias, and those of them that are new. `keys` is a fact's key for each alias."""
        known = self._book.vault.by_alias(keys)
        unknown = {alias: key for alias, key in keys.items() if alias not in known}
        self._erased |= self._without_name(unknown)
        new = {alias: draw_order(alias, self._draw) for alias in unknown if alias not in self._erased}
        erased = {alias: self._erased[alias] for alias in unknown if alias in self._erased}
        return known | erased | new, [*new.values()]

    def _without_name(self, keys: Mapping[str, str]) -> dict[str, NewOrder]:
        digests = {digest: alias for alias, key in keys.items() if (digest := key_digest(key))}
        if not digests:
            return {}
        with self._book.store.appending() as appending:
            streams = {digests[key]: row.stream for key, row in appending.rows_with(digests).items()}
        orders = self._book.vault.orders_of(streams.values())
        found = {alias: orders[stream] for alias, stream in streams.items() if stream in orders}
        return {alias: order for alias, order in found.items() if order.alias is None}

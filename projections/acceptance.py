"""Over-acceptance found by replay: which orders were taken in although their SKU's supply did not carry them.

Shelves are kept as the guard keeps its own, by the same functions and in the log's order: whoever replays
the log finds what a platform took in past its guard.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from mingdan.ledger.entry import Entry
from mingdan.ledger.event import DeliveryReversed, Disavowed, StockShort
from mingdan.ledger.market.guard import (
    TURNING,
    Shelf,
    is_sold_elsewhere,
    moved,
    promised,
    shelf_name,
    shelf_of,
    turned_away,
)
from mingdan.ledger.market.sku import Sku, carries
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.order import Order
from mingdan.projections import register, views


class Shelves:
    """The shelves of SKUs over a run of entries, from where the views left them.

    `subjects` are the streams of the market that the run changes, as they stand while it goes on.
    """

    def __init__(self, db: Connection, subjects: Mapping[str, Subject]) -> None:
        self.db = db
        self.subjects = subjects
        self.skus: dict[str, Sku] = {}  # that the run does not change
        self.kept: dict[str, Shelf] = {}
        self.moved: set[str] = set()
        self.found: list[tuple[object, ...]] = []

    def turn(self, before: Order, after: Order, entry: Entry) -> None:
        """Takes in an entry of an order; imported orders stand on no shelf."""
        terms = after.terms
        name = None if terms is None else shelf_of(terms)
        if name is None or (after.imported and (before.imported or not before.seq)):
            return
        event = entry.event
        if isinstance(event, StockShort):
            self._note(after, entry, event.needed, None, event.available, "short")
        elif type(event) in TURNING:
            grown = promised(after) - promised(before)
            if grown > 0 and not isinstance(event, Disavowed | DeliveryReversed):  # nothing new was taken on
                self._weigh(after, entry, grown)
            self._keep(name, moved(self._shelf(name), before, after))

    def restock(self, before: Subject, after: Subject) -> None:
        """Takes in an entry of a SKU: a newer report of its stock counts from its own instant on."""
        if not isinstance(before, Sku) or not isinstance(after, Sku) or after.stock is None:
            return
        if after.listing is not None and (before.stock is None or before.stock.as_of < after.stock.as_of):
            name = shelf_name(after.listing.platform, after.stream.partition("/")[2])
            self._keep(name, self._shelf(name).reported(after.stock.as_of), told=True)

    def write(self) -> None:
        """Puts what has changed into the views."""
        views.put(self.db, views.shelves, [(name, *self.kept[name]) for name in sorted(self.moved)])
        views.put(self.db, views.acceptances, self.found)

    def _weigh(self, order: Order, entry: Entry, qty: int) -> None:
        """Notes an order that the guard turns away at the time it was recorded."""
        assert order.terms is not None
        name = shelf_of(order.terms)
        assert name is not None
        sku, shelf, now = self._sku(name.partition("/")[2]), self._shelf(name), entry.recorded
        reason = turned_away(sku, shelf, qty, now)
        if reason is not None:
            self._note(order, entry, qty, shelf.promised, carries(sku, now, shelf.spent), reason)

    def _note(
        self, order: Order, entry: Entry, qty: int, standing: int | None, carried: int | None, reason: str
    ) -> None:
        terms = order.terms
        assert terms is not None
        assert terms.sku is not None
        if is_sold_elsewhere(self._sku(terms.sku), terms):
            return  # of a supply that nobody keeps
        of = (order.stream, entry.seq, terms.platform, terms.merchant, terms.sku)
        self.found.append((*of, entry.recorded, qty, standing, carried, reason))

    def _keep(self, name: str, shelf: Shelf, *, told: bool = False) -> None:
        if told or shelf != self._shelf(name):
            self.kept[name] = shelf
            self.moved.add(name)

    def _shelf(self, name: str) -> Shelf:
        if name not in self.kept:
            found = self.db.execute(select(views.shelves).where(views.shelves.c.sku == name)).one_or_none()
            self.kept[name] = Shelf() if found is None else Shelf(*found[1:])
        return self.kept[name]

    def _sku(self, name: str) -> Sku:
        stream = f"sku/{name}"
        found = self.subjects.get(stream) or self.skus.get(stream)
        if found is None:
            found = register.subjects(self.db, [stream])[stream]
        assert isinstance(found, Sku)
        self.skus[stream] = found
        return found

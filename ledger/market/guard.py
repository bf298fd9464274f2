"""The intake guard (I4): open promises never outgrow what is known to be there or declared to come."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.disavowal import without
from mingdan.ledger.market.sku import Reason, Sku, carries
from mingdan.ledger.order import Order
from mingdan.ledger.status import ended


class Shelf(NamedTuple):
    """What stands against a SKU's supply: units promised, and units delivered since the last stock report."""

    promised: int = 0
    spent: int = 0
    last: int = 0  # when the newest of these was delivered (ms UTC): an older report knows nothing of it

    def reported(self, as_of: int) -> Shelf:
        """The shelf after a newer stock report, which counts from its own instant (ms UTC) on."""
        return self._replace(spent=0) if as_of >= self.last else self


def moved(shelf: Shelf, before: Order, after: Order) -> Shelf:
    """The shelf after an order has changed. What is delivered is gone from the stock that was told of.

    A delivery that is taken back or disavowed makes no room: the next report does.
    """
    spent = 0 if after.imported else max(0, _gone(after) - _gone(before))
    last = max(shelf.last, after.shipments[-1].mark.effective) if spent else shelf.last
    return Shelf(shelf.promised + promised(after) - promised(before), shelf.spent + spent, last)


def _gone(order: Order) -> int:
    """The units that left the stock: what is told to have come beyond the order came from elsewhere."""
    return min(order.units, order.qty or order.units)


def promised(order: Order) -> int:
    """The units of an order that are promised and not yet delivered; history promises nothing any more."""
    if order.placed is None or order.imported or ended(order) is not None:
        return 0
    return max(0, (order.qty or 1) - order.units)


def takes_up(order: Order, event: e.OrderEvent) -> bool:
    """Whether an order that is over is promised anew by its reinstatement, or because no end of it occurred.

    What was paid back is owed again where that was not so, whatever is there.
    """
    if ended(order) is None or order.refund == "paid":
        return False
    match event:
        case e.Reinstated():
            return ended(replace(order, cancelled=None)) is None
        case e.Disavowed(entry=entry):
            return ended(without(order, bytes.fromhex(entry))) is None
        case _:
            return False


def shelf_of(placed: e.Placed) -> str | None:
    """The shelf that an order draws on, which is its platform's: whoever sells elsewhere draws on his own."""
    return None if placed.sku is None else shelf_name(placed.platform, placed.sku)


def shelf_name(platform: str, sku: str) -> str:
    return f"{platform}/{sku}"


def is_sold_elsewhere(sku: Sku, placed: e.Placed) -> bool:
    """Whether a SKU is listed by another platform than an order of it is placed on."""
    return sku.listing is not None and sku.listing.platform != placed.platform


def turned_away(sku: Sku, shelf: Shelf, qty: int, now: int) -> Reason | None:
    """Why an order of `qty` units is not taken in over what stands on its SKU's shelf, or None.

    A SKU that is not listed is not guarded: nothing is known of its supply.
    """
    if sku.listing is None:
        return None
    if sku.closed is not None:
        return "closed"
    most, wanted = carries(sku, now, shelf.spent), shelf.promised + qty
    if most is None or wanted <= most:
        return None
    fresh = sku if sku.stock is None else replace(sku, stock=replace(sku.stock, ttl=now - sku.stock.as_of))
    return "stale" if (carries(fresh, now, shelf.spent) or 0) >= wanted else "cap"


# Only these change how much of an order is promised and undelivered.
TURNING = frozenset[type[e.Event]](
    (
        e.Placed,
        e.Paid,
        e.PaidLate,
        e.Expired,
        e.Cancelled,
        e.Reinstated,
        e.Delivered,
        e.DeliveryReversed,
        e.RefundPaid,
        e.Disavowed,
        e.Erased,
    )
)
RULES: dict[Reason, str] = {
    "cap": "no more is promised than is known to be there or declared to come (I4)",
    "closed": "intake of this SKU is closed",
    "stale": "what is known of the stock is too old to promise on (I4)",
}

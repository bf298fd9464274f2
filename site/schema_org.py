"""An order in schema.org's words, for readers that are machines: what its page says in public and no more."""

from __future__ import annotations

import msgspec

from mingdan.ledger.order import Order, Step
from mingdan.ledger.rules import prepaid
from mingdan.ledger.status import Side
from mingdan.site.html import Html
from mingdan.site.moment import exact
from mingdan.site.standing import Standing

CONTEXT = "https://schema.org"


def linked_data(at: Standing) -> Html:
    """JSON-LD of an Order with its ParcelDelivery, fit to stand within a script element."""
    order, terms = at.order, at.order.terms
    told: dict[str, object] = {
        "@context": CONTEXT,
        "@type": "Order",
        "identifier": order.stream,
        "orderStatus": f"{CONTEXT}/{order_status(order, at.status.step, at.status.side)}",
    }
    if terms is not None:
        told["seller"] = _organization(terms.merchant or terms.platform)
        if terms.merchant is not None:
            told["broker"] = _organization(terms.platform)
        if order.placed is not None and not terms.bound:
            told["orderDate"] = exact(order.placed.effective)
        if terms.sku is not None:
            told["orderedItem"] = _item(terms.sku, terms.qty)
    told["orderDelivery"] = _delivery(at)
    return Html(msgspec.json.encode(told).decode().replace("<", "\\u003c"))


def order_status(order: Order, step: Step, side: Side) -> str:
    """One of schema.org's OrderStatus: by what stands in its way, else by how far it has come."""
    if side == "none" and step == "placed" and not prepaid(order):
        return "OrderProcessing"
    return BY_SIDE.get(side) or BY_STEP[step]


def _organization(name: str) -> dict[str, object]:
    return {"@type": "Organization", "identifier": name}


def _item(sku: str, qty: int | None) -> dict[str, object]:
    item: dict[str, object] = {"@type": "OrderItem", "orderedItem": {"@type": "Product", "sku": sku}}
    return item if qty is None else item | {"orderQuantity": qty}


def _delivery(at: Standing) -> dict[str, object]:
    """By when it is promised, and who holds it while it waits."""
    told: dict[str, object] = {"@type": "ParcelDelivery"}
    if at.order.promised is not None:
        told["expectedArrivalUntil"] = exact(at.order.promised)
    if at.waiting and at.order.stages and at.order.stages[-1].holder != "unknown":
        told["provider"] = _organization(at.order.stages[-1].holder)
    return told


BY_SIDE: dict[Side, str] = {
    "queued": "OrderProcessing",
    "held": "OrderProblem",
    "exception": "OrderProblem",
    "overdue": "OrderProblem",
    "disputed": "OrderProblem",
    "refunding": "OrderProblem",
    "refunded": "OrderReturned",
    "cancelled": "OrderCancelled",
    "expired": "OrderCancelled",
}
BY_STEP: dict[Step, str] = {
    "placed": "OrderPaymentDue",
    "paid": "OrderProcessing",
    "verified": "OrderProcessing",
    "shipped": "OrderDelivered",
    "completed": "OrderDelivered",
}

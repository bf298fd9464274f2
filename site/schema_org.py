"""An order in schema.org's words, for machines: a part of its twin that says no more than its page does."""

from __future__ import annotations

from typing import Literal

import msgspec

from mingdan.ledger.order import Order, Step
from mingdan.ledger.rules import prepaid
from mingdan.ledger.status import Side, Status
from mingdan.site.moment import exact
from mingdan.site.twin import Shape

CONTEXT: Literal["https://schema.org"] = "https://schema.org"


class Linked(Shape, frozen=True, kw_only=True, tag_field="@type", rename="camel", omit_defaults=True):
    """What every node of JSON-LD says: of which of schema.org's types it is."""


class Organization(Linked, frozen=True, kw_only=True, tag="Organization"):
    """A party, by its id."""

    identifier: str


class Product(Linked, frozen=True, kw_only=True, tag="Product"):
    """Goods, by their id."""

    sku: str


class OrderItem(Linked, frozen=True, kw_only=True, tag="OrderItem"):
    """What was ordered, and how many of it."""

    ordered_item: Product
    order_quantity: int | None = None


class ParcelDelivery(Linked, frozen=True, kw_only=True, tag="ParcelDelivery"):
    """By when it is promised (RFC 3339), and who holds it while it waits."""

    expected_arrival_until: str | None = None
    provider: Organization | None = None


class LinkedOrder(Linked, frozen=True, kw_only=True, tag="Order"):
    """The order as a schema.org `Order`: a document of JSON-LD by itself."""

    context: Literal["https://schema.org"] = msgspec.field(name="@context")
    identifier: str
    order_delivery: ParcelDelivery
    order_status: str
    broker: Organization | None = None
    order_date: str | None = None
    ordered_item: OrderItem | None = None
    seller: Organization | None = None


def linked_order(order: Order, standing: Status, *, waiting: bool) -> LinkedOrder:
    """What is known of the terms as well; an order that was imported without them says where it stands."""
    told = LinkedOrder(
        context=CONTEXT,
        identifier=order.stream,
        order_delivery=_delivery(order, waiting=waiting),
        order_status=f"{CONTEXT}/{order_status(order, standing.step, standing.side)}",
    )
    terms, placed = order.terms, order.placed
    if terms is None:
        return told
    return msgspec.structs.replace(
        told,
        broker=None if terms.merchant is None else Organization(identifier=terms.platform),
        order_date=None if placed is None or terms.bound else exact(placed.effective),
        ordered_item=None if terms.sku is None else _item(terms.sku, terms.qty),
        seller=Organization(identifier=terms.merchant or terms.platform),
    )


def order_status(order: Order, step: Step, side: Side) -> str:
    """One of schema.org's OrderStatus: by what stands in its way, else by how far it has come."""
    if side == "none" and step == "placed" and not prepaid(order):
        return "OrderProcessing"
    return BY_SIDE.get(side) or BY_STEP[step]


def _item(sku: str, qty: int | None) -> OrderItem:
    return OrderItem(ordered_item=Product(sku=sku), order_quantity=qty)


def _delivery(order: Order, *, waiting: bool) -> ParcelDelivery:
    holder = order.stages[-1].holder if waiting and order.stages else "unknown"
    return ParcelDelivery(
        expected_arrival_until=None if order.promised is None else exact(order.promised),
        provider=None if holder == "unknown" else Organization(identifier=holder),
    )


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

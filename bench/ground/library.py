"""The peer of most rows: the eventsourcing library's own Application and aggregates, used as documented.

Its aggregate makes the same decisions in its own style: a method that refuses, and an event that it triggers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from ground.orders import ABREAST, FACTS, Told, grouped, words
from msgspec.structs import asdict

CACHED = {  # every cache it has: aggregates kept, taken as they are, neither read again nor copied
    "AGGREGATE_CACHE_MAXSIZE": "0",
    "AGGREGATE_CACHE_FASTFORWARD": "n",
    "DEEPCOPY_FROM_AGGREGATE_CACHE": "n",
}


class IllegalError(Exception):
    pass


class Order(Aggregate):
    @event("Placed")
    def __init__(
        self,
        amount: int,
        currency: str,
        form: str,
        merchant: str,
        platform: str,
        policy: str,
        qty: int,
        sku: str,
        tier: str,
        order_no: str,
        recipient: str,
    ) -> None:
        self.step = "placed"
        self.terms = (platform, merchant, sku, form, tier, policy)
        self.amount = amount
        self.currency = currency
        self.qty = qty
        self.names = (order_no, recipient)

    def pay(self, amount: int) -> None:
        self._expect("placed")
        self._paid(amount)

    @event("Paid")
    def _paid(self, amount: int) -> None:
        self.step = "paid"
        self.paid = amount

    def check(self, field: str, result: str, rule: str) -> None:
        self._expect("paid")
        self._checked(field, result, rule)

    @event("RecipientChecked")
    def _checked(self, field: str, result: str, rule: str) -> None:
        self.step = "checked"
        self.recipient = (field, result, rule)

    def reserve(self, as_of: int, available: int, reservation: str) -> None:
        self._expect("checked")
        self._reserved(as_of, available, reservation)

    @event("StockReserved")
    def _reserved(self, as_of: int, available: int, reservation: str) -> None:
        self.step = "reserved"
        self.stock = (as_of, available, reservation)

    def forward(self, attempt: int, to: str) -> None:
        self._expect("reserved")
        self._forwarded(attempt, to)

    @event("HopForwarded")
    def _forwarded(self, attempt: int, to: str) -> None:
        self.step = "forwarded"
        self.hop = (attempt, to)

    def accept(self, eta: int) -> None:
        self._expect("forwarded")
        self._accepted(eta)

    @event("HopAccepted")
    def _accepted(self, eta: int) -> None:
        self.step = "accepted"
        self.eta = eta

    def activate(self) -> None:
        self._expect("accepted")
        self._activated()

    @event("ActivationSucceeded")
    def _activated(self) -> None:
        self.step = "activated"

    def deliver(self, evidence: str, units: int) -> None:
        self._expect("activated")
        self._delivered(evidence, units)

    @event("Delivered")
    def _delivered(self, evidence: str, units: int) -> None:
        self.step = "delivered"
        self.delivery = (evidence, units)

    def _expect(self, step: str) -> None:
        if self.step != step:
            raise IllegalError(f"an order that is {self.step}")


SAYS = (
    None,
    Order.pay,
    Order.check,
    Order.reserve,
    Order.forward,
    Order.accept,
    Order.activate,
    Order.deliver,
)


class Orders(Application[UUID]):
    """Tells its orders the facts that our ledger is told; `ids` are the orders by their number."""

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(dict(env))
        self.ids: dict[int, UUID] = {}

    def tell(self, some: Iterable[Told]) -> None:
        """One save for all of these facts: load each order, decide, append."""
        self.save(*[self._told(order, fact) for order, fact in some])

    def tell_all(self, some: Iterable[Told], group: int = ABREAST) -> None:
        """The same in groups."""
        for batch in grouped(some, group):
            self.tell(batch)

    def _told(self, number: int, fact: int) -> Order:
        said = asdict(FACTS[fact].event)
        fields = {name: value for name, value in said.items() if value not in (None, False)}
        says = SAYS[fact]
        if says is None:
            placed = Order(**fields, **words(number, fact))
            self.ids[number] = placed.id
            return placed
        order: Order = self.repository.get(self.ids[number])
        says(order, **fields)
        return order

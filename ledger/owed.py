"""How late an order is under its terms, and what that is worth: accrued, paid and unpaid, by replay."""

from __future__ import annotations

from msgspec import Struct

from mingdan.ledger.mark import Mark
from mingdan.ledger.market.compensation import is_expression, lateness, value_of
from mingdan.ledger.order import Order
from mingdan.ledger.pauses import paused
from mingdan.ledger.policy import Policy
from mingdan.ledger.status import ended


class Owed(Struct, frozen=True):
    """In minor units of the order's currency. `running` while it still grows."""

    late: int  # ms, without pauses
    paused: int  # ms
    accrued: int
    paid: int
    running: bool

    @property
    def unpaid(self) -> int:
        return max(0, self.accrued - self.paid)


def owed(order: Order, policy: Policy, as_of: int) -> Owed | None:
    """What lateness has come to by an instant (ms UTC); None where no sum is promised for it.

    Lateness runs from the due time in force to the delivery of all units, the refund, or the instant.
    """
    due, money = order.promised, order.money_in
    rule = policy.compensation
    if rule is None or not is_expression(rule) or due is None or money is None:
        return None
    over = _over(order, as_of)
    end = as_of if over is None else over.effective
    still = paused(order, policy.pauses, money.effective, end)
    late = max(0, end - due - still)
    names = lateness(late) | {"amount": (order.terms and order.terms.amount) or 0, "units": order.qty or 1}
    accrued = value_of(rule, names) if late else 0
    return Owed(late=late, paused=still, accrued=accrued, paid=order.compensated, running=over is None)


def _over(order: Order, as_of: int) -> Mark | None:
    """Where lateness ends: with the delivery that stands, or another end."""
    shipment = order.in_hand
    mark = ended(order) if shipment is None else shipment.since
    return mark if mark is not None and mark.effective <= as_of else None

"""What a refund pays back: at least what was paid for what was not delivered, at most what was paid.

Compensation never counts. A buyer who asked for less himself may be paid that.
"""

from __future__ import annotations

from collections.abc import Iterable

from mingdan.ledger.order import Order, Sum


def paid(order: Order) -> int | None:
    """What was paid, in minor units: each payment's own word, else the price; None where neither says it.

    The first payment of each kind counts, as it does for the order.
    """
    counted = {each.leaf for each in (order.paid, order.paid_late) if each is not None}
    return _sum(order, (each for each in order.payments if each.mark.leaf in counted))


def due(order: Order) -> int | None:
    """What a refund pays back at least, in minor units; None where it is not known what was paid."""
    whole = paid(order)
    if whole is None:
        return None
    owing = _undelivered(order, whole)
    wished = order.wishes[-1].amount if order.wishes else None
    return owing if wished is None else min(owing, wished)


def refund_objection(order: Order, amount: int | None) -> str | None:
    """The rule that paying back so much breaks; None where it breaks none, or not all amounts are known."""
    least, most = due(order), _sum(order, order.payments)
    if amount is None or least is None or most is None:
        return None
    if amount > most:
        return "refund-over"
    return "refund-short" if amount < least else None


def _undelivered(order: Order, whole: int) -> int:
    """The part of what was paid that is for units not in hand, rounded down; of an unknown quantity all."""
    if order.qty is None:
        return whole if order.in_hand is None else 0
    return whole * max(0, order.qty - order.units) // order.qty


def _sum(order: Order, payments: Iterable[Sum]) -> int | None:
    price = None if order.terms is None else order.terms.amount
    told = [price if each.amount is None else each.amount for each in payments]
    known = [each for each in told if each is not None]
    return sum(known) if known and len(known) == len(told) else None

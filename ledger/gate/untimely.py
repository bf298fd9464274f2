"""A time that cannot be: which rule of time it breaks, the entry in its way, and how the order stands."""

from __future__ import annotations

from collections.abc import Iterable

from mingdan.ledger.entry import read
from mingdan.ledger.errors import TimeRefused
from mingdan.ledger.evolve import fold
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Order
from mingdan.ledger.status import status


def explain(error: TimeRefused, rows: Iterable[Row], now: int) -> None:
    """Adds the evidence to a refusal; `rows` are of the order, and none where nothing is recorded of it."""
    order = fold(read(row.entry, row.kind, row.leaf) for row in rows)
    rule = _rule(error)
    error.evidence["rule"] = rule
    if order.placed is None:
        return
    error.evidence["status"] = "/".join(status(order, now)[:2])
    mark = _in_the_way(rule, order)
    if mark is not None:
        error.evidence["because"] = mark.leaf.hex()


def _rule(error: TimeRefused) -> str:
    """By the time that the ledger compared with."""
    return next((rule for name, rule in _COMPARED.items() if name in error.evidence), "not-yet")


def _in_the_way(rule: str, order: Order) -> Mark | None:
    return {"before-placed": order.placed, "before-paid": order.money_in}.get(rule)


_COMPARED = {"placed_at": "before-placed", "paid_at": "before-paid"}
RULES = {
    "before-placed": "nothing happens to an order before it is placed",
    "before-paid": "what rests on a payment comes no earlier than the payment",
    "not-yet": "what is told has happened",
}

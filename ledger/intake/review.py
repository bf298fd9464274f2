"""A person's review of a hold, as the statements that record it: a refusal asks for the money back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from mingdan.ledger.entry import Entry
from mingdan.ledger.errors import IllegalTransition
from mingdan.ledger.evolve import fold
from mingdan.ledger.intake.statement import Said, Statement
from mingdan.ledger.refund import due
from mingdan.ledger.rules import RULES

Decision = Literal["release", "refuse"]


def reviewed(entries: Sequence[Entry], decision: Decision, reason: str, by: str | None) -> list[Said]:
    """What is said of the order of these entries, by its platform unless another is named.

    A refusal asks for the refund of what was paid and did not come, unless that was asked already. Raises
    IllegalTransition where the order is not held.
    """
    order = fold(entries)
    if not order.held or order.terms is None:
        raise IllegalTransition(
            RULES["not-held"],
            next_step="see what waits with `mingdan queue`, and the order's timeline with `mingdan show`",
            rule="not-held",
            stream=order.stream,
            because=order.leaf.hex(),
        )
    speaker = by or order.terms.platform
    told: list[tuple[str, dict[str, str | int]]] = [
        ("risk.reviewed", {"decision": decision, "reason": reason})
    ]
    owing = order.money_in is not None and order.in_hand is None
    if decision == "refuse" and owing and order.refund in ("none", "refused"):
        amount = due(order)
        told.append(("refund.requested", {} if amount is None else {"amount": amount}))
    return [
        Said(number, Statement(by=speaker, data={**fields}, kind=kind, order=order.stream))
        for number, (kind, fields) in enumerate(told, 1)
    ]

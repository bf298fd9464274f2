"""Risk rules as data: which paid order is held before it goes on, by which rule, and until when.

Every hold says by when a person reviews it and what follows if nobody does (I5); an order is held by at most
one rule at a time, and by the same rule never twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mingdan.ledger.deadline import REVIEW_WITHIN
from mingdan.ledger.event import RiskHeld
from mingdan.ledger.fact import Count, Currency, Id, Label
from mingdan.ledger.order import Order
from mingdan.ledger.status import ways_out

SourceField = Literal["contact", "recipient"]  # the private field by whose words two orders are of one source
Span = Annotated[int, Meta(ge=1, le=2**52)]  # ms


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every rule says: `review_within` in ms, and `reason` in the operator's own words."""

    id: Id
    on_timeout: Literal["release", "refund"]
    reason: Label | None = None
    review_within: Annotated[int, Meta(ge=1, le=REVIEW_WITHIN)]  # or the hold itself would be refused


class Velocity(Rule, frozen=True, kw_only=True, tag="velocity"):
    """One source places more than `most` orders, this one included, within `within` ms."""

    field: SourceField = "contact"
    most: Annotated[int, Meta(ge=1, le=1_000_000)]
    within: Span


class VagueRecipient(Rule, frozen=True, kw_only=True, tag="recipient"):
    """The recipient looks mistyped, and the buyer has not confirmed it."""


class LargeAmount(Rule, frozen=True, kw_only=True, tag="amount"):
    """The order comes to more than `above`, in minor units of `currency`."""

    above: Count
    currency: Currency


RiskRule = Velocity | VagueRecipient | LargeAmount


def screened(order: Order, rules: Sequence[RiskRule], seen: Mapping[str, int], *, at: int) -> RiskHeld | None:
    """The hold of an order at an instant (ms UTC): by the first rule that applies, or None.

    `seen` is how many other orders of the same source each velocity rule counts before this one, by rule id.
    """
    if not screenable(order):
        return None
    before = {hold.rule for hold in (*order.holds, order.hold) if hold is not None}
    for rule in rules:
        if rule.id not in before and _applies(rule, order, seen.get(rule.id, 0)):
            due = at + rule.review_within
            return RiskHeld(on_timeout=rule.on_timeout, review_by=due, rule=rule.id, track="auto")
    return None


def screenable(order: Order) -> bool:
    """Whether an order may still be held: paid live, not held, and not yet on its way on or out."""
    if order.money_in is None or order.imported or order.erased is not None:
        return False
    refunding = order.refund not in ("none", "refused")
    return not (order.held or order.hops or order.shipments or refunding or ways_out(order))


def _applies(rule: RiskRule, order: Order, seen: int) -> bool:
    match rule:
        case Velocity(most=most):
            return seen >= most  # this one is one more
        case VagueRecipient():
            return order.recipient == "suspect" and order.confirmed is None
        case LargeAmount(above=above, currency=currency):
            terms = order.terms
            return terms is not None and terms.currency == currency and (terms.amount or 0) > above

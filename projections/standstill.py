"""Standstill: how many paid orders do not move, by their terms and by what is usual for their SKU (I14)."""

from __future__ import annotations

from collections.abc import Iterable

from mingdan.ledger.market.sku import Paced
from mingdan.ledger.order import Order
from mingdan.ledger.stuck import NO_PACE, limits, pace_of, paced_by
from mingdan.projections.conduct import Standstill
from mingdan.projections.register import Register


def standstill(waiting: Iterable[Order], register: Register, as_of: int) -> Standstill:
    """Of the orders of the backlog, as of an instant (ms UTC)."""
    passed = [_passed(order, register, as_of) for order in waiting]
    return Standstill(
        orders=sum(map(bool, passed)),
        by_limit=sum("limit" in whys for whys in passed),
        by_pace=sum("pace" in whys for whys in passed),
    )


def _passed(order: Order, register: Register, as_of: int) -> frozenset[str]:
    told = limits(order, register.terms_of(order), pace(order, register))
    return frozenset(each.why for each in told if as_of > each.since)


def pace(order: Order, register: Register) -> Paced:
    """What was usual for its SKU as far as that was known when it was paid."""
    stream = paced_by(order)
    return NO_PACE if stream is None else pace_of(order, register.skus.get(stream.removeprefix("sku/")))

"""The stuck detector: an order that stays in a stage longer than its terms allow, or than is usual (I14)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.market.sku import Paced, Sku
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.order import Order, StageName
from mingdan.ledger.policy import Policy
from mingdan.ledger.status import ways_out

NO_PACE = Paced(n=0, p95=StageLimits())


class Stuck(NamedTuple):
    """Since when (ms UTC) an order is held too long, in which stage, and by which limit (ms) of whose."""

    since: int
    stage: StageName
    why: Literal["limit", "pace"]
    limit: int


def stuck(order: Order, policy: Policy, as_of: int, pace: Paced = NO_PACE) -> Stuck | None:
    """What has been passed longest ago, or None. `pace` is what was usual for its SKU."""
    return min((each for each in limits(order, policy, pace) if as_of > each.since), default=None)


def paced_by(order: Order) -> str | None:
    """The stream of the SKU that says what is usual for an order, if anything does."""
    if order.money_in is None or order.terms is None or order.terms.sku is None or order.imported:
        return None
    return f"sku/{order.terms.sku}"


def pace_of(order: Order, sku: Subject | None) -> Paced:
    """What was usual for its SKU, as far as that was known when the order was paid."""
    money = order.money_in
    pace = sku.pace_at(money.known) if isinstance(sku, Sku) and money is not None else None
    return NO_PACE if pace is None else pace.usual


def limits(order: Order, policy: Policy, pace: Paced = NO_PACE) -> Iterator[Stuck]:
    """The instants after which an order that waits for its delivery will count as stuck."""
    money = order.money_in
    if money is None or order.in_hand is not None or ways_out(order):
        return
    if not order.hops:
        yield Stuck(money.effective + policy.stage_limit, "stock", "limit", policy.stage_limit)
    if not order.stages:
        return
    stage = order.stages[-1]
    limit = getattr(policy.stage_limits, stage.name, None)
    if limit is not None and stage.name != "stock":  # whose limit is until the order is forwarded
        yield Stuck(stage.since + limit, stage.name, "limit", limit)
    usual = getattr(pace.p95, stage.name, None)
    if usual is not None:
        yield Stuck(stage.since + usual, stage.name, "pace", usual)

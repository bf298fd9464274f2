"""Who holds an order, from its payment to its delivery: stages without a gap (I9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.hops import hop_asked_of
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Order, Stage, StageName

_Step = tuple[StageName, str] | None


def stages(order: Order, event: e.OrderEvent, by: str, mark: Mark) -> tuple[Stage, ...]:
    """The stages after this event, which `by` told."""
    told = _STEP_OF.get(type(event))
    if told is None or order.delivered or (step := told(order, event, by)) is None:
        return order.stages
    before = order.stages or _from_payment(order)
    if bool(before) == isinstance(event, (e.Paid, e.PaidLate)):
        return before  # they begin with a payment, and only once
    name, holder = step
    since = max(mark.effective, before[-1].since) if before else mark.effective
    return (*before, Stage(name, holder, since, mark.leaf))


def rejoined(stages: tuple[Stage, ...], leaf: bytes, money: Mark | None) -> tuple[Stage, ...]:
    """The stages without one: who held the order before it held it on. Without a payment there is none.

    `money` is the payment that stands then.
    """
    if stages[0].leaf != leaf:
        return tuple(each for each in stages if each.leaf != leaf)
    if money is None:
        return ()
    first = replace(stages[0], leaf=money.leaf, since=money.effective)
    return (first, *(replace(each, since=max(each.since, first.since)) for each in stages[1:]))


def _from_payment(order: Order) -> tuple[Stage, ...]:
    """The first stage of a paid order that has none: its delivery came before and was disavowed."""
    money = order.money_in
    return () if money is None else (Stage("stock", _platform(order), money.effective, money.leaf),)


def _platform(order: Order) -> str:
    return "unknown" if order.terms is None else order.terms.platform


def _at_platform(name: StageName) -> Callable[[Order, Any, str], _Step]:
    return lambda order, _event, _by: (name, _platform(order))


def _to_tier(_order: Order, event: e.HopForwarded, _by: str) -> _Step:
    return "dispatch", event.to


def _at_tier(order: Order, _event: e.OrderEvent, by: str) -> _Step:
    return "activation", order.hops[-1].to if order.hops else by


def _found(order: Order, event: e.HopQueried, by: str) -> _Step:
    if event.result != "found":
        return None
    hop = hop_asked_of(order, event, by)
    return "activation", by if hop is None else hop.to


def _nobody(_order: Order, _event: e.OrderEvent, _by: str) -> _Step:
    return "unknown", "unknown"


def _on_the_way(_order: Order, _event: e.OrderEvent, by: str) -> _Step:
    return "relay", by


def _released(order: Order, _event: e.OrderEvent, _by: str) -> _Step:
    """A hold that ends gives the order back to who held it before."""
    before = [stage for stage in order.stages if stage.name != "risk"]
    return (before[-1].name, before[-1].holder) if before else ("stock", _platform(order))


# The holder changes hands only by these.
_STEP_OF: dict[type[e.OrderEvent], Callable[[Order, Any, str], _Step]] = {
    e.Paid: _at_platform("stock"),
    e.PaidLate: _at_platform("stock"),
    e.StockShort: _at_platform("stock"),
    e.StockReserved: _at_platform("dispatch"),
    e.HopRejected: _at_platform("dispatch"),
    e.ActivationFailed: _at_platform("dispatch"),
    e.HopForwarded: _to_tier,
    e.HopAccepted: _at_tier,
    e.ActivationStarted: _at_tier,
    e.HopQueried: _found,
    e.HopUncertain: _nobody,
    e.ActivationSucceeded: _on_the_way,
    e.ActivationRelayed: _on_the_way,
    e.RiskHeld: _at_platform("risk"),
    e.RiskReviewed: _released,
}

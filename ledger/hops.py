"""What is heard of each tier that an order was forwarded to: a word belongs to the hop of who said it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import HopState, Order

_State = Literal["accepted", "rejected", "uncertain", "found", "not_found"]


def hops(order: Order, event: e.OrderEvent, by: str, mark: Mark) -> tuple[HopState, ...]:
    """The hops after this event, which `by` told."""
    if isinstance(event, e.HopForwarded):
        fresh = HopState(event.to, event.attempt, "forwarded", event.ref, mark, mark, order.seq + 1, by)
        return (*order.hops, fresh)
    told = _HEARD.get(type(event))
    if told is None or not order.hops:
        return order.hops
    place = _place(order, event, by)
    hop = order.hops[place]
    words = told(event, hop, mark)
    if "state" in words:
        words["before"] = (*hop.before, (hop.state, hop.last))
    changed = replace(hop, **words)
    return (*order.hops[:place], changed, *order.hops[place + 1 :])


def hop_of(order: Order, by: str) -> HopState | None:
    """The newest hop to a party, or None where the order was never forwarded to it."""
    return next((hop for hop in reversed(order.hops) if hop.to == by), None)


def _place(order: Order, event: e.OrderEvent, by: str) -> int:
    """Whose hop is spoken of: the speaker's own, or the last where somebody else tells what he saw.

    Whether a submission arrived is asked by who sent it.
    """
    asked = isinstance(event, e.HopUncertain | e.HopQueried)
    own = [place for place, hop in enumerate(order.hops) if (hop.by if asked else hop.to) == by]
    return own[-1] if own else len(order.hops) - 1


def _accepted(_event: e.OrderEvent, hop: HopState, mark: Mark) -> dict[str, object]:
    return {"state": "accepted", "last": mark, "accepted": hop.accepted or mark}


def _said(state: _State) -> Callable[[Any, HopState, Mark], dict[str, object]]:
    return lambda _event, _hop, mark: {"state": state, "last": mark}


def _queried(event: e.HopQueried, _hop: HopState, mark: Mark) -> dict[str, object]:
    return {"state": _ANSWERS[event.result], "last": mark}


def _started(_event: e.OrderEvent, hop: HopState, mark: Mark) -> dict[str, object]:
    return {"started": hop.started or mark}


def _finished(outcome: Literal["succeeded", "failed"]) -> Callable[[Any, HopState, Mark], dict[str, object]]:
    return lambda _event, hop, mark: {"finished": hop.finished or mark, "outcome": outcome}


_ANSWERS: dict[str, _State] = {"found": "found", "not_found": "not_found", "unknown": "uncertain"}
_HEARD: dict[type[e.OrderEvent], Callable[[Any, HopState, Mark], dict[str, object]]] = {
    e.HopAccepted: _accepted,
    e.HopRejected: _said("rejected"),
    e.HopUncertain: _said("uncertain"),
    e.HopQueried: _queried,
    e.ActivationStarted: _started,
    e.ActivationSucceeded: _finished("succeeded"),
    e.ActivationFailed: _finished("failed"),
}

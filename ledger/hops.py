"""What is heard of each tier that an order was forwarded to: a word belongs to the hop of who said it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import HopState, Order, Work

_State = Literal["accepted", "rejected", "uncertain", "found", "not_found"]
_ASKED = e.HopUncertain | e.HopQueried


def hops(order: Order, event: e.OrderEvent, by: str, mark: Mark, *, observed: bool) -> tuple[HopState, ...]:
    """The hops after this event, which `by` told, or `observed` of somebody else."""
    if isinstance(event, e.HopForwarded):
        fresh = HopState(event.to, event.attempt, "forwarded", event.ref, mark, mark, order.seq + 1, by)
        return (*order.hops, fresh)
    told = _HEARD.get(type(event))
    if told is None or not order.hops:
        return order.hops
    place = _place(order, event, by, observed=observed)
    hop = order.hops[place]
    words = told(event, hop, mark)
    if hop.state == "uncertain" and observed and hop.to != by and not isinstance(event, _ASKED):
        words = {name: value for name, value in words.items() if name not in ("state", "last")}  # I10
    if (word := WORDS.get(type(event))) is not None:
        words["own"] = _own(hop, word, mark.leaf if hop.to == by else None)
    if "state" in words:
        words["before"] = (*hop.before, (hop.state, hop.last))
    changed = replace(hop, **words)
    return (*order.hops[:place], changed, *order.hops[place + 1 :])


def hop_of(order: Order, by: str) -> HopState | None:
    """The newest hop to a party, or None where the order was never forwarded to it."""
    return next((hop for hop in reversed(order.hops) if hop.to == by), None)


def hop_told_of(order: Order, by: str, *, observed: bool) -> HopState | None:
    """The hop that a tier's word is about: the speaker's own, or what a neighbour observed of another's."""
    if not observed:
        return hop_of(order, by)
    return order.hops[_seen(order, by)] if order.hops else None


def sent_by(order: Order, by: str) -> tuple[int, ...]:
    """Where the hops are that a party sent on, itself apart; who sells an order asks for all who sell it.

    Whether a submission arrived is asked by who sent it, and never of oneself.
    """
    others = order.sells(by) and all(hop.by != by for hop in order.hops)
    sent = (place for place, hop in enumerate(order.hops) if hop.by == by or (others and order.sells(hop.by)))
    return tuple(place for place in sent if order.hops[place].to != by)


def asked_of(order: Order, event: e.HopUncertain | e.HopQueried, by: str) -> Sequence[int]:
    """Where the hops are that a party's doubt or query may be of.

    It names one; else a query is of what is in doubt, and all other words of what was sent last.
    """
    own = sent_by(order, by)
    if event.of is not None:
        return [place for place in own if order.hops[place].mark.leaf.hex() == event.of]
    asks = isinstance(event, e.HopQueried)
    return [place for place in own if asks and order.hops[place].state == "uncertain"] or own[-1:]


def hop_asked_of(order: Order, event: e.HopUncertain | e.HopQueried, by: str) -> HopState | None:
    """The hop that a doubt or a query falls on."""
    return order.hops[_place(order, event, by, observed=False)] if order.hops else None


def has_arrived(order: Order, by: str) -> bool:
    """Whether a query found this order at a tier, and nobody who has it from there gave up (I10).

    That tier sends it on, and whoever it sent it to; nobody else does.
    """
    return any(by not in {hop.to for hop in chain} for chain in _at_work(order))


def has_it(order: Order, tier: str) -> bool:
    """Whether a query found this order at that very tier, and nobody who has it from there gave up."""
    return any(chain[0].to == tier for chain in _at_work(order))


def _at_work(order: Order) -> Iterator[list[HopState]]:
    """Each hop at which an order was found, with those by which it was sent on, if none of these gave up."""
    found = (_onward(order, place) for place, hop in enumerate(order.hops) if hop.state == "found")
    return (chain for chain in found if not any(map(_gave_up, chain[1:])))


def _onward(order: Order, place: int) -> list[HopState]:
    """A hop, and those by which the order was sent on from there since."""
    chain = [order.hops[place]]
    for hop in order.hops[place + 1 :]:
        if any(hop.by == each.to for each in chain):
            chain.append(hop)
    return chain


def _gave_up(hop: HopState) -> bool:
    return hop.state == "rejected" or bool(hop.work and hop.work[-1][0] == "failed")


def _place(order: Order, event: e.OrderEvent, by: str, *, observed: bool) -> int:
    """Whose hop is spoken of: the speaker's own, or the last where somebody else tells what he saw."""
    if isinstance(event, _ASKED):
        named = [place for place, hop in enumerate(order.hops) if hop.mark.leaf.hex() == event.of]
        own = named or asked_of(order, event, by)
    elif observed:
        return _seen(order, by)
    else:
        own = [place for place, hop in enumerate(order.hops) if hop.to == by]
    return own[-1] if own else len(order.hops) - 1


def _seen(order: Order, by: str) -> int:
    """Where a neighbour looks: at the last tier that the order was sent to, itself apart."""
    others = [place for place, hop in enumerate(order.hops) if hop.to != by]
    return others[-1] if others else len(order.hops) - 1


def _own(hop: HopState, word: str, leaf: bytes | None) -> tuple[tuple[str, bytes], ...]:
    """What the tier said itself, with this word of its own, or without it where a neighbour told it anew."""
    kept = tuple(each for each in hop.own if each[0] != word)
    return kept if leaf is None else (*kept, (word, leaf))


def _accepted(_event: e.OrderEvent, hop: HopState, mark: Mark) -> dict[str, object]:
    return {"state": "accepted", "last": mark, "accepted": hop.accepted or mark}


def _said(state: _State) -> Callable[[Any, HopState, Mark], dict[str, object]]:
    return lambda _event, _hop, mark: {"state": state, "last": mark}


def _queried(event: e.HopQueried, _hop: HopState, mark: Mark) -> dict[str, object]:
    return {"state": _ANSWERS[event.result], "last": mark}


def _worked(word: Work) -> Callable[[Any, HopState, Mark], dict[str, object]]:
    return lambda _event, hop, mark: {"work": (*hop.work, (word, mark))}


def _failed(_event: e.OrderEvent, hop: HopState, mark: Mark) -> dict[str, object]:
    """What was found and failed since is in no doubt: the tier took it on, and it may go elsewhere."""
    over: dict[str, object] = {"state": "accepted", "last": mark} if hop.state == "found" else {}
    return {"work": (*hop.work, ("failed", mark)), **over}


# What a tier says once of its hop, or once of each time that it is at work.
WORDS: dict[type[e.Event], str] = {
    e.HopAccepted: "accepted",
    e.HopRejected: "rejected",
    e.ActivationStarted: "started",
    e.ActivationSucceeded: "succeeded",
    e.ActivationFailed: "failed",
}
_ANSWERS: dict[str, _State] = {"found": "found", "not_found": "not_found", "unknown": "uncertain"}
_HEARD: dict[type[e.OrderEvent], Callable[[Any, HopState, Mark], dict[str, object]]] = {
    e.HopAccepted: _accepted,
    e.HopRejected: _said("rejected"),
    e.HopUncertain: _said("uncertain"),
    e.HopQueried: _queried,
    e.ActivationStarted: _worked("started"),
    e.ActivationSucceeded: _worked("succeeded"),
    e.ActivationFailed: _failed,
}

"""The chain of tiers that an order went through: each with both its clocks, their lag and its last word."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from mingdan.ledger.order import HopState, Mark
from mingdan.site.standing import Standing
from mingdan.site.timeline import lag

_DOT = Markup(" · ")


class Link(NamedTuple):
    """One tier: who, what it got, what was last heard of it, whether the order is there now."""

    party: Markup
    state: Markup
    times: tuple[Markup, ...]
    here: bool


def chain(at: Standing) -> list[Link]:
    """The platform, then every hop in the order in which it was forwarded; empty before the first hop."""
    order = at.order
    if not order.hops:
        return []
    holder = order.stages[-1].holder if order.stages and at.waiting else None
    links = [_hop(at, hop, hop is order.hops[-1] and hop.to == holder) for hop in order.hops]
    if order.terms is not None and order.placed is not None:
        name = order.terms.platform
        received = (_clocked(at, "chain.received", order.placed),)
        links.insert(0, Link(at.voice.party(name), at.voice.texts["chain.origin"], received, name == holder))
    return links


def _hop(at: Standing, hop: HopState, here: bool) -> Link:
    state = at.voice.texts[f"hop.{hop.state}"]
    if hop.attempt > 1:
        state = _DOT.join((state, at.voice.say("chain.attempt", attempt=hop.attempt)))
    times = [_clocked(at, "chain.forwarded", hop.mark)]
    if hop.last.leaf != hop.mark.leaf:
        times.append(_clocked(at, "chain.heard", hop.last))
    return Link(at.voice.party(hop.to), state, tuple(times), here)


def _clocked(at: Standing, key: str, mark: Mark) -> Markup:
    """When it happened and when it was known, with the lag between them."""
    stamp = at.voice.calendar.stamp
    told = at.voice.say(key, time=stamp(mark.at))
    if abs(mark.known - mark.at) < 1000:
        return told
    known = at.voice.say("chain.known", time=stamp(mark.known, beside=mark.at))
    return _DOT.join((told, known, lag(at.voice, mark.known - mark.at)))

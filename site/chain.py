"""The chain of tiers that an order went through: each with both its clocks, their lag and its last word."""

from __future__ import annotations

from typing import Literal, NamedTuple

from mingdan.ledger.mark import Mark
from mingdan.ledger.order import HopState, Order
from mingdan.site.html import DOT, Html, joined
from mingdan.site.standing import Standing
from mingdan.site.timeline import lag

Telling = Literal["received", "forwarded", "heard"]


class Link(NamedTuple):
    """A tier on an order's way. `word` is what became of the order there, `told` when that was said."""

    party: str
    word: str
    attempt: int
    told: tuple[tuple[Telling, Mark], ...]
    here: bool


def links(order: Order, *, waiting: bool) -> list[Link]:
    """The platform, then every hop as it was forwarded; empty before the first hop."""
    if not order.hops:
        return []
    holder = order.stages[-1].holder if order.stages and waiting else None
    found = [_hop(each, here=each is order.hops[-1] and each.to == holder) for each in order.hops]
    if order.terms is not None and order.placed is not None:
        name = order.terms.platform
        found.insert(0, Link(name, "origin", 1, (("received", order.placed),), here=name == holder))
    return found


def chain(at: Standing) -> list[Html]:
    """The same as list items."""
    return [_item(at, each) for each in links(at.order, waiting=at.waiting)]


def _hop(hop: HopState, *, here: bool) -> Link:
    word, heard = _said(hop)
    told: list[tuple[Telling, Mark]] = [("forwarded", hop.mark)]
    if heard.leaf != hop.mark.leaf:
        told.append(("heard", heard))
    return Link(hop.to, word, hop.attempt, tuple(told), here)


def _said(hop: HopState) -> tuple[str, Mark]:
    """How far the tier has come by its own words, and the entry that says so."""
    if hop.finished is not None and hop.outcome is not None:
        return hop.outcome, hop.finished
    if hop.started is not None and hop.state in ("forwarded", "accepted", "found"):
        return "started", hop.started
    return hop.state, hop.last


def _item(at: Standing, link: Link) -> Html:
    """One tier: who, what became of the order there, when, and whether it is there now."""
    texts = at.voice.texts
    state = texts["chain.origin" if link.word == "origin" else f"hop.{link.word}"]
    if link.attempt > 1:
        state = joined((state, at.voice.say("chain.attempt", attempt=link.attempt)), DOT)
    current = ' aria-current="true"' if link.here else ""
    now = f" <em>{texts['chain.here']}</em>" if link.here else ""
    told = joined(Html(f"<p>{_clocked(at, f'chain.{what}', mark)}</p>") for what, mark in link.told)
    who = f'{at.voice.titled(link.party)} <span class="state">{state}</span>'
    return Html(f"<li{current}>{who}{now}{told}</li>\n")


def _clocked(at: Standing, key: str, mark: Mark) -> Html:
    """When it happened and when it was known, with the lag between them."""
    clock = at.voice.calendar.clock
    told = at.voice.say(key, time=clock(mark.at))
    if abs(mark.known - mark.at) < 1000:
        return told
    known = at.voice.say("chain.known", time=clock(mark.known, beside=mark.at))
    return joined((told, known, lag(at.voice, mark.known - mark.at)), DOT)

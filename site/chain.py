"""The chain of tiers that an order went through: each with both its clocks, their lag and its last word."""

from __future__ import annotations

from mingdan.ledger.mark import Mark
from mingdan.ledger.order import HopState
from mingdan.site.html import DOT, Html, joined
from mingdan.site.standing import Standing
from mingdan.site.timeline import lag


def chain(at: Standing) -> list[Html]:
    """The platform, then every hop as it was forwarded, as list items; empty before the first hop."""
    order, texts = at.order, at.voice.texts
    if not order.hops:
        return []
    holder = order.stages[-1].holder if order.stages and at.waiting else None
    links = [_hop(at, hop, here=hop is order.hops[-1] and hop.to == holder) for hop in order.hops]
    if order.terms is not None and order.placed is not None:
        name = order.terms.platform
        received = _clocked(at, "chain.received", order.placed)
        links.insert(0, _link(at, name, texts["chain.origin"], [received], here=name == holder))
    return links


def _hop(at: Standing, hop: HopState, *, here: bool) -> Html:
    word, heard = _said(hop)
    state = at.voice.texts[f"hop.{word}"]
    if hop.attempt > 1:
        state = joined((state, at.voice.say("chain.attempt", attempt=hop.attempt)), DOT)
    times = [_clocked(at, "chain.forwarded", hop.mark)]
    if heard.leaf != hop.mark.leaf:
        times.append(_clocked(at, "chain.heard", heard))
    return _link(at, hop.to, state, times, here=here)


def _said(hop: HopState) -> tuple[str, Mark]:
    """How far the tier has come by its own words, and the entry that says so."""
    if hop.finished is not None and hop.outcome is not None:
        return hop.outcome, hop.finished
    if hop.started is not None and hop.state in ("forwarded", "accepted", "found"):
        return "started", hop.started
    return hop.state, hop.last


def _link(at: Standing, party: str, state: Html, times: list[Html], *, here: bool) -> Html:
    """One tier: who, what became of the order there, when, and whether it is there now."""
    current = ' aria-current="true"' if here else ""
    now = f" <em>{at.voice.texts['chain.here']}</em>" if here else ""
    told = joined(Html(f"<p>{time}</p>") for time in times)
    who = f'{at.voice.party(party)} <span class="state">{state}</span>'
    return Html(f"<li{current}>{who}{now}{told}</li>\n")


def _clocked(at: Standing, key: str, mark: Mark) -> Html:
    """When it happened and when it was known, with the lag between them."""
    stamp = at.voice.calendar.stamp
    told = at.voice.say(key, time=stamp(mark.at))
    if abs(mark.known - mark.at) < 1000:
        return told
    known = at.voice.say("chain.known", time=stamp(mark.known, beside=mark.at))
    return joined((told, known, lag(at.voice, mark.known - mark.at)), DOT)

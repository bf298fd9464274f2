"""The streams of the market folded and guarded by one rule: which module knows a stream, its name says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, get_args

from msgspec.structs import replace

from mingdan.ledger.entry import Entry
from mingdan.ledger.event import Event
from mingdan.ledger.mark import Irregularity, Mark
from mingdan.ledger.market import incident, party, promise, sku
from mingdan.ledger.market.subject import Subject


class Room(NamedTuple):
    """What is known of the streams under one name."""

    empty: Subject
    facts: frozenset[type[Event]]
    changed: Callable[[Any, Any, str, Mark], Any]
    objection: Callable[[Any, Any, str, int], str | None]


def empty(stream: str) -> Subject:
    """The state of a stream of the market before its first entry."""
    return replace(_room(stream).empty, stream=stream)


def evolve(subject: Subject, entry: Entry) -> Subject:
    """The state after one more entry. Never raises; what was odd becomes an irregularity (I16)."""
    at = judged_at(entry.event, entry.mark)
    return applied(subject, entry, objection(subject, entry.event, entry.by, at))


def applied(subject: Subject, entry: Entry, rule: str | None) -> Subject:
    """The state after an entry of which it is known that it breaks this rule, or none."""
    room = _room(subject.stream)
    known = type(entry.event) in room.facts
    after: Subject = room.changed(subject, entry.event, entry.by, entry.mark) if known else subject
    odd = () if rule is None else (Irregularity(rule, entry.leaf),)
    return replace(after, seq=entry.seq, leaf=entry.leaf, irregularities=(*after.irregularities, *odd))


def objection(subject: Subject, event: Event, by: str, at: int) -> str | None:
    """The rule that a fact told by this party of this time (ms UTC) breaks, or None."""
    room = _room(subject.stream)
    return room.objection(subject, event, by, at) if type(event) in room.facts else "wrong-stream"


def judged_at(event: Event, mark: Mark) -> int:
    """The instant that rules count a fact from (ms UTC): what it sets lies ahead as it is heard."""
    return mark.known if isinstance(event, _HEARD) else mark.begun


def _room(stream: str) -> Room:
    return _ROOMS[stream.partition("/")[0]]


_HEARD = (party.Qualified, party.Decision, party.Appealed, promise.Published, sku.Preorder)

RULES = {
    "wrong-stream": "a party, a SKU, an exception and a policy each have their own kinds",
    "not-imported": "what a register says is told as it goes on, and never imported as history",
    **party.RULES,
    **sku.RULES,
    **incident.RULES,
    **promise.RULES,
}
_ROOMS = {
    "party": Room(party.Party(), frozenset(get_args(party.PartyEvent)), party.changed, party.objection),
    "sku": Room(sku.Sku(), frozenset(get_args(sku.SkuEvent)), sku.changed, sku.objection),
    "exception": Room(
        incident.Incident(), frozenset(get_args(incident.IncidentEvent)), incident.changed, incident.objection
    ),
    "policy": Room(promise.Promise(), frozenset({promise.Published}), promise.changed, promise.objection),
}

"""Which objects an entry tells of, in what part, and what it says of them: the tables behind OCEL.

An attribute of an object is as it was told; that a fact was disavowed is an event of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple, get_args

import msgspec

from mingdan.ledger import event as e
from mingdan.ledger.entry import Entry
from mingdan.ledger.export.cells import FIELDS, Cell, Form, said
from mingdan.ledger.market import incident, party, promise, sku

Type = Literal["order", "hop", "sku", "party", "exception", "dispute", "policy", "log"]


class Part(NamedTuple):
    """An object, and the part it has in an event or beside another object."""

    type: Type
    id: str
    qualifier: str


class Change(NamedTuple):
    """What an object's attribute is from an event on; the cell bears the attribute's name."""

    object: str
    cell: Cell


def subject(entry: Entry) -> Part:
    """What the entry's stream is."""
    return Part(_MARKET.get(entry.stream.partition("/")[0], "order"), entry.stream, "subject")


def parts(entry: Entry, tier: str | None) -> Iterator[Part]:
    """Every object of an event, its subject first; `tier` is whose hop it speaks of."""
    yield subject(entry)
    yield Part("party", f"party/{entry.by}", "told by")
    if tier is not None:
        yield Part("hop", hop(entry.stream, tier), "hop")
    yield from named(entry)


def named(entry: Entry) -> Iterator[Part]:
    """The objects that the event's fields name, each qualified by the field."""
    event = entry.event
    for field, room in _naming(type(event)):
        found = getattr(event, field)
        for name in found if isinstance(found, tuple) else (found,):
            if name is not None:
                under = f"{entry.stream}/" if room == "dispute" else ""  # its name is its order's own
                yield Part(room, f"{under}{room}/{name}", field)


@cache
def _naming(fact: type[e.Event]) -> list[tuple[str, Type]]:
    """The fields of a kind that name objects, and of which type."""
    fields = (field.name for field in msgspec.structs.fields(fact))
    named = ((field, _TO.get(fact) if field == "to" else NAMED.get(field)) for field in fields)
    return [(field, room) for field, room in named if room is not None]


def hop(stream: str, tier: str) -> str:
    """A tier's part of one order; how often it was asked is its attribute `attempt`."""
    return f"{stream}/hop/{tier}"


def beside(entry: Entry, tier: str | None) -> Iterator[tuple[str, Part]]:
    """Which objects belong together from this event on: an object's id, and the other's part beside it."""
    event, own = entry.event, entry.stream
    if tier is not None:
        yield own, Part("hop", hop(own, tier), "hop")
        yield hop(own, tier), Part("party", f"party/{tier}", "tier")
    disputes = [part for part in named(entry) if part.type == "dispute"]
    for part in disputes[:1]:
        yield own, part
    for part in disputes[1:]:
        yield disputes[0].id, part
    if isinstance(event, _BINDING):
        yield from ((own, part) for part in named(entry))


def changes(entry: Entry, tier: str | None) -> Iterator[Change]:
    """What the event says of its objects' attributes."""
    event = entry.event
    told = {cell.name.removeprefix("data."): cell for cell in said(event)}
    for name, field in _FIELDS.get(type(event), {}).items():
        if field in told:
            yield Change(entry.stream, told[field]._replace(name=name))
    for name, value in _STATES.get(type(event), {}).items():
        yield Change(entry.stream, Cell(name, "text", value))
    if tier is not None:
        yield from _of_part(hop(entry.stream, tier), told, {"attempt": "attempt"}, _HOPS.get(type(event)))
    state = _DISPUTES.get(type(event))
    for part in [part for part in named(entry) if part.type == "dispute"][:1]:
        yield from _of_part(part.id, told, _OF_DISPUTE, state)


def attributes_of(object_type: Type) -> dict[str, Form]:
    """The attributes that objects of a type may have, with their forms."""
    if object_type == "hop":
        return {"attempt": "whole", "state": "text"}
    if object_type == "dispute":
        return {**dict.fromkeys(_OF_DISPUTE, "text"), "state": "text"}
    found: dict[str, Form] = {}
    for kind, fact in e.KINDS.items():
        if _MARKET.get(kind.partition(".")[0], "order") == object_type:
            found |= {name: FIELDS[field] for name, field in _FIELDS.get(fact, {}).items()}
            found |= dict.fromkeys(_STATES.get(fact, {}), "text")
    return found


def _of_part(own: str, told: dict[str, Cell], fields: dict[str, str], state: str | None) -> Iterator[Change]:
    for name, field in fields.items():
        if field in told:
            yield Change(own, told[field]._replace(name=name))
    if state is not None:
        yield Change(own, Cell("state", "text", state))


TYPES: tuple[Type, ...] = get_args(Type)
_MARKET: dict[str, Type] = {
    "sku": "sku",
    "party": "party",
    "exception": "exception",
    "policy": "policy",
    "log": "log",
}
NAMED: dict[str, Type] = {
    "about": "exception",
    "attributable_to": "party",
    "decider": "party",
    "dispute": "dispute",
    "exception": "exception",
    "holder": "party",
    "into": "dispute",
    "merchant": "party",
    "platform": "party",
    "policy": "policy",
    "scope": "sku",
    "sku": "sku",
    "tier": "party",
    "verifier": "party",
}
_TO: dict[type[e.Event], Type] = {e.HopForwarded: "party", e.DisputeEscalated: "party", sku.Mapped: "sku"}
_BINDING = e.Placed | sku.Listed | sku.Mapped | sku.Closed | incident.Reported
_FIELDS: dict[type[e.Event], dict[str, str]] = {
    e.Placed: {each: each for each in ("amount", "currency", "due_at", "form", "policy_version", "qty")},
    e.Paid: {"due_at": "due_at"},
    e.PaidLate: {"due_at": "due_at"},
    e.PromiseExtended: {"due_at": "due_at"},
    sku.Listed: {"form": "form", "name": "name", "stock_mode": "stock_mode"},
    sku.Stocked: {"stock": "qty", "stock_as_of": "as_of"},
    sku.Priced: {"amount": "amount", "currency": "currency"},
    sku.Capped: {"cap": "cap"},
    sku.Alerted: {"alert": "level"},
    party.Registered: {"name": "name", "role": "role"},
    party.Qualified: {"valid_until": "valid_until"},
    incident.Reported: {"kind": "kind", "starts": "starts", "expected_end": "expected_end"},
    promise.Published: {"version": "version"},
}
_STATES: dict[type[e.Event], dict[str, str]] = {
    sku.Cleared: {"alert": "none"},
    sku.Closed: {"intake": "closed"},
    sku.Opened: {"intake": "open"},
    party.Registered: {"standing": "registered"},
    party.Warned: {"standing": "warned"},
    party.Suspended: {"standing": "suspended"},
    party.Blacklisted: {"standing": "blacklisted"},
    party.Expelled: {"standing": "expelled"},
    party.Reinstated: {"standing": "reinstated"},
    party.Lapsed: {"standing": "lapsed"},
    incident.Reported: {"state": "reported"},
    incident.Acknowledged: {"state": "acknowledged"},
    incident.Acted: {"state": "acted"},
    incident.Resolved: {"state": "resolved"},
}
_HOPS: dict[type[e.Event], str] = {
    e.HopForwarded: "forwarded",
    e.HopAccepted: "accepted",
    e.HopRejected: "rejected",
    e.HopUncertain: "uncertain",
    e.ActivationStarted: "started",
    e.ActivationSucceeded: "succeeded",
    e.ActivationFailed: "failed",
}
_OF_DISPUTE = {"claim": "claim", "freezes": "freezes", "outcome": "outcome"}
_DISPUTES: dict[type[e.Event], str] = {
    e.DisputeOpened: "opened",
    e.DisputeMerged: "merged",
    e.DisputeDecided: "decided",
    e.DisputeAppealed: "appealed",
    e.DisputeEscalated: "escalated",
}

"""CloudEvents 1.0 as they are sent here: strict, each becomes one statement.

`id` and `source` make an event safe to send again, `type` is `mingdan.` and the kind, `subject` what it is
of. An attribute that is not understood is refused, but for those that carriers add: it may be a slip.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from mingdan.ledger.claim import Basis, Signature
from mingdan.ledger.errors import MalformedEntry
from mingdan.ledger.event import KINDS
from mingdan.ledger.fact import NAME, Id
from mingdan.ledger.intake.statement import Name, Statement
from mingdan.ledger.stream import MARKET

PREFIX = "mingdan."
Plain = Annotated[str, Meta(pattern=r"\A[^\x00-\x1f\x7f]{1,200}\Z")]
Type = Annotated[str, Meta(pattern=r"\Amingdan\.[a-z0-9_.]{1,60}\Z")]
Time = Annotated[
    str,
    Meta(
        pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
        r"([Zz]|[+-][0-9]{2}:[0-9]{2})\Z",
        extra_json_schema={"format": "date-time"},
    ),
]  # RFC 3339
Hand = Annotated[str, Meta(pattern=rf"\A{NAME}:[A-Za-z0-9+/]{{85}}[AQgw]==\Z")]
Carried = str | int | bool | None
Value = bool | int | str | list[str] | dict[str, int] | None


class CloudEvent(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`data` holds the kind's fields, private ones in clear; `sig` is `key:ed25519` of a party's own hand."""

    basis: Basis | None = None
    by: Id | None = None
    data: dict[str, Value] = {}
    datacontenttype: Annotated[str, Meta(pattern=r"\Aapplication/json\s*(;.*)?\Z")] | None = None
    dataschema: Plain | None = None
    id: Plain
    partitionkey: Carried = None
    sampledrate: Carried = None
    sequence: Carried = None
    sequencetype: Carried = None
    sig: Hand | None = None
    source: Plain
    specversion: Literal["1.0"]
    subject: Name
    time: Time | None = None
    traceparent: Carried = None
    tracestate: Carried = None
    type: Type


def statement_of(event: CloudEvent, party: str) -> Statement:
    """What an event states; left out, `by` is this party. Raises MalformedEntry with the pointer."""
    kind = event.type.removeprefix(PREFIX)
    return Statement(
        at=None if event.time is None else at_of(event.time),
        basis=event.basis,
        by=event.by or party,
        data=dict(event.data),
        id=f"{event.source}\n{event.id}",
        kind=kind,
        sig=None if event.sig is None else _signature(event.sig),
        **_named(kind, event.subject),
    )


def room_of(kind: str) -> str | None:
    """What a kind is told of, where that is no order: `party`, `sku`, `exception` or `policy`."""
    room = kind.partition(".")[0]
    return room if room in _ROOMS and kind in KINDS else None


def at_of(time: str) -> int:
    """Milliseconds UTC of RFC 3339; what is finer is cut off. Raises MalformedEntry."""
    found = _PARTS.fullmatch(time.upper())
    assert found is not None  # as its type says
    second, fraction, zone = found.groups("0")
    try:
        moment = datetime.fromisoformat(second + zone.replace("Z", "+00:00"))
        since = moment - _EPOCH
    except (ValueError, OverflowError) as error:
        raise MalformedEntry("there is no such time", pointer="/time", expected="RFC 3339") from error
    return since // _MILLISECOND + int(fraction.ljust(3, "0")[:3])


def _named(kind: str, subject: str) -> dict[str, Any]:
    """What the statement names: an order by any of its names, or a party, SKU, exception or policy."""
    room, (told_of, _, name) = room_of(kind), subject.partition("/")
    if room is None:
        return {"order": subject}
    if told_of != room or re.fullmatch(NAME, name) is None:
        raise MalformedEntry(
            "this kind is told of another subject", pointer="/subject", expected=f"{room}/…", kind=kind
        )
    return {room: name}


def _signature(hand: str) -> Signature:
    key, _, ed25519 = hand.partition(":")
    return Signature(ed25519=ed25519, key=key)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_PARTS = re.compile(r"(.{19})(?:\.([0-9]+))?(.+)")
_ROOMS = frozenset(MARKET.split("|"))

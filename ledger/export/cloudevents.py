"""CloudEvents 1.0 in the JSON batch format, an event a line, with the attributes that the intake knows.

The id is the leaf hash: whoever puts the entry together again from the attributes sees whether it is it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, BinaryIO

import msgspec
from msgspec import Meta, Struct

from mingdan.ledger.claim import Basis, Claim, Signature
from mingdan.ledger.entry import seal
from mingdan.ledger.errors import MalformedEntry
from mingdan.ledger.event import KINDS, Event
from mingdan.ledger.export.cells import date
from mingdan.ledger.export.leaving import About, Leaving
from mingdan.ledger.fact import Hash
from mingdan.ledger.tree import leaf_hash

PREFIX = "mingdan."


class CloudEvent(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """An entry's attributes; `seq` fits CloudEvents' integer, instants are RFC 3339 to the millisecond."""

    specversion: str
    id: Hash
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    basis: Basis | None = None
    by: str
    learned: str | None = None
    prev: Hash | None = None
    recorded: str
    seq: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    signature: str | None = None  # of the party that said it, with the id of its key
    signaturekey: str | None = None
    data: dict[str, Any]


def write(out: BinaryIO, entries: Iterable[Leaving], about: About) -> None:
    before = b"[\n"
    for each in entries:
        out.write(before + msgspec.json.encode(_event(each, about.origin)))
        before = b",\n"
    out.write(b"\n]\n" if before == b",\n" else b"[]\n")


def entry_of(told: object) -> bytes:
    """The entry's canonical bytes, put together again. Raises MalformedEntry unless they hash to its id."""
    try:
        found = msgspec.convert(told, CloudEvent)
        raw = _sealed(found, msgspec.convert(found.data, KINDS[found.type.removeprefix(PREFIX)]))
    except (ValueError, KeyError) as error:
        raise MalformedEntry("not an entry that was exported", reason=str(error)) from error
    leaf = leaf_hash(raw).hex()
    if leaf != found.id:
        raise MalformedEntry("this event was altered: it is not the entry of its id", id=found.id, got=leaf)
    return raw


def _event(each: Leaving, origin: str) -> CloudEvent:
    entry, sig = each.entry, each.entry.sig
    return CloudEvent(
        specversion="1.0",
        id=entry.leaf.hex(),
        source=origin,
        type=PREFIX + entry.kind,
        subject=entry.stream,
        time=date(entry.at, each.position),
        datacontenttype="application/json",
        basis=entry.basis,
        by=entry.by,
        learned=None if entry.learned is None else date(entry.learned, each.position),
        prev=entry.prev,
        recorded=date(entry.recorded, each.position),
        seq=entry.seq,
        signature=None if sig is None else sig.ed25519,
        signaturekey=None if sig is None else sig.key,
        data=msgspec.to_builtins(entry.event),
    )


def _sealed(found: CloudEvent, event: Event) -> bytes:
    sig = None
    if found.signature is not None and found.signaturekey is not None:
        sig = Signature(found.signature, found.signaturekey)
    learned = None if found.learned is None else _ms(found.learned)
    claim = Claim(stream=found.subject, by=found.by, event=event, basis=found.basis, learned=learned, sig=sig)
    prev = None if found.prev is None else bytes.fromhex(found.prev)
    return seal(claim, event, at=_ms(found.time), seq=found.seq, prev=prev, recorded=_ms(found.recorded))


def _ms(date: str) -> int:
    """Raises ValueError for what is no date with an offset."""
    found = datetime.fromisoformat(date)
    if found.tzinfo is None:
        raise ValueError(f"a time without its offset: {date}")
    return (found - _EPOCH) // timedelta(milliseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

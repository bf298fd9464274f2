"""The entry: one canonical byte string that is stored, hashed, published, embedded and verified.

RFC 8785 JSON made exactly once, by `seal`; parsing accepts nothing that sealing would not print.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from mingdan.ledger.claim import Basis, Claim, Signature
from mingdan.ledger.errors import MalformedEntry, UnknownKind
from mingdan.ledger.event import KIND_OF, KINDS, Event
from mingdan.ledger.fact import DIGEST, NAME, Hash, Id, Millis
from mingdan.ledger.mark import Mark
from mingdan.ledger.stream import Stream, is_stream
from mingdan.ledger.tree import leaf_hash

LARGEST = 65_535


class Envelope(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The entry's bytes as they lie, fields in RFC 8785 order; each kind has its own, typed throughout."""

    at: Millis
    basis: Basis | None = None
    by: Id
    data: Any
    kind: str
    learned: Millis | None = None
    prev: Hash | None
    recorded: Millis
    seq: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    sig: Signature | None = None
    stream: Stream
    v: Literal[1]


class Entry(Struct, frozen=True, gc=False):
    """A parsed entry with the hash of its bytes. `prev` is the leaf hash before it in its stream."""

    at: int
    basis: Basis | None
    by: str
    event: Event
    leaf: bytes
    learned: int | None
    prev: str | None
    recorded: int
    seq: int
    stream: str
    sig: Signature | None = None

    @property
    def kind(self) -> str:
        return KIND_OF[type(self.event)]

    @property
    def mark(self) -> Mark:
        """Where a part of a state rests that this entry brought about."""
        backfill = self.basis == "backfill"
        known = (self.at if self.learned is None else self.learned) if backfill else self.recorded
        return Mark(self.at, known, self.leaf, backfill)


def seal(claim: Claim, event: Event, *, at: int, seq: int, prev: bytes | None, recorded: int) -> bytes:
    """The canonical bytes, made here and nowhere else. Raises MalformedEntry over 65,535 bytes."""
    kind = KIND_OF[type(event)]
    raw = _ENCODE(
        Envelope(
            at=at,
            basis=claim.basis,
            by=claim.by,
            data=event,
            kind=kind,
            learned=claim.learned,
            prev=None if prev is None else prev.hex(),
            recorded=recorded,
            seq=seq,
            sig=claim.sig,
            stream=claim.stream,
            v=1,
        )
    )
    if len(raw) > LARGEST:
        raise MalformedEntry(
            "an entry may be 65,535 bytes at most",
            next_step="tell it in fewer words, or in several facts",
            got=len(raw),
            kind=kind,
        )
    return raw


def read(raw: bytes, kind: str, leaf: bytes) -> Entry:
    """An entry of this kind from bytes that this ledger stored: typed, not checked to be canonical again."""
    return _entry(_OWN[kind](raw), leaf)


def parse(raw: bytes) -> Entry:
    """An entry from anybody's bytes, accepted only where `seal` prints the same bytes.

    Raises UnknownKind or MalformedEntry, with the place msgspec names.
    """
    if len(raw) > LARGEST:
        raise MalformedEntry("an entry may be 65,535 bytes at most", got=len(raw))
    decode = _PLAIN.get(_kind_at(raw), _loosely)
    try:
        envelope = decode(raw)
        if not _well_named(envelope):
            envelope = _loosely(raw)  # says what is wrong, and where
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedEntry("not an entry", reason=str(error), start=_start(raw)) from error
    if _ENCODE(envelope) != raw:
        raise MalformedEntry("not the canonical form (RFC 8785) of this entry", start=_start(raw))
    return _entry(envelope, leaf_hash(raw))


def _kind_at(raw: bytes) -> bytes:
    """The kind as the canonical form has it: what follows it holds no such text, what stands before may."""
    begin = raw.rfind(_KIND) + len(_KIND)
    return raw[begin : raw.find(b'"', begin)]


def _loosely(raw: bytes) -> Envelope:
    """What the bytes would be if they were canonical. Raises UnknownKind, msgspec.DecodeError."""
    envelope = _ANY(raw)
    if envelope.kind not in KINDS:
        raise UnknownKind(
            "no such kind of event", next_step="see docs/events.md for the kinds", kind=envelope.kind
        )
    return _STRICT[envelope.kind](raw)


def _well_named(of: Envelope) -> bool:
    """Whether names and hash have their form: msgspec takes twice as long to say it."""
    return bool((of.prev is None or _HASH(of.prev)) and _NAME(of.by) and is_stream(of.stream))


def _entry(of: Envelope, leaf: bytes) -> Entry:
    return Entry(
        of.at, of.basis, of.by, of.data, leaf, of.learned, of.prev, of.recorded, of.seq, of.stream, of.sig
    )


def _start(raw: bytes) -> str:
    return raw[:80].decode("utf-8", "backslashreplace")


def _decoder(kind: str, **plain: object) -> Callable[[bytes], Envelope]:
    """Reads the envelope of one kind; `plain` names fields whose form need not be looked at again."""
    typed = {"data": KINDS[kind], "kind": Literal[kind]} | plain
    fields = [
        (each.name, typed.get(each.name, each.type))
        if each.default is msgspec.NODEFAULT
        else (each.name, typed.get(each.name, each.type), each.default)
        for each in msgspec.structs.fields(Envelope)
    ]
    strict: dict[str, Any] = {"forbid_unknown_fields": True, "omit_defaults": True, "kw_only": True}
    of_kind: Any = msgspec.defstruct("Envelope", fields, frozen=True, gc=False, **strict)
    decode: Callable[[bytes], Envelope] = msgspec.json.Decoder(of_kind).decode
    return decode


_KIND = b'"kind":"'
_ENCODE = msgspec.json.Encoder().encode
_ANY = msgspec.json.Decoder(Envelope).decode
_STRICT = {kind: _decoder(kind) for kind in KINDS}
_OWN = {kind: _decoder(kind, by=str, prev=str | None, stream=str) for kind in KINDS}
_PLAIN = {kind.encode(): decode for kind, decode in _OWN.items()}
_NAME = re.compile(NAME).fullmatch
_HASH = re.compile(DIGEST).fullmatch

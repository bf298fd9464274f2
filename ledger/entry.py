"""The entry: one canonical byte string that is stored, hashed, published, embedded and verified.

RFC 8785 JSON made exactly once, by `seal`; parsing accepts nothing that sealing would not print.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from mingdan.ledger.errors import MalformedEntry, UnknownKind
from mingdan.ledger.event import (
    DIGEST,
    KIND_OF,
    KINDS,
    NAME,
    PRIVATE,
    Epoch,
    Event,
    Hash,
    Id,
    Millis,
)
from mingdan.ledger.tree import leaf_hash

LARGEST = 65_535
LOG = "log"
Basis = Literal["observed", "backfill"]
Stream = Annotated[str, Meta(pattern=rf"\A(log|order/{DIGEST})\Z")]


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """A party's own signature over its claim (proofs, section 1)."""

    ed25519: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9+/]{85}[AQgw]==\Z")]  # 64 bytes in base64
    key: Id


class Claim(Struct, frozen=True, kw_only=True):
    """What a party states, before the ledger gives it a place: `private` holds words, never commitments.

    `at` is milliseconds UTC; None means now. `key` is the idempotency key: source and id, or None.
    `learned` is when an imported source says that it recorded the fact itself.
    """

    stream: str
    by: str
    event: Event
    at: int | None = None
    basis: Basis | None = None
    learned: int | None = None
    private: dict[str, str] = {}
    key: str | None = None


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

    @property
    def kind(self) -> str:
        return KIND_OF[type(self.event)]


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


def fact(kind: str, data: bytes) -> Event:
    """The typed event of a kind from the JSON of its fields. Raises UnknownKind, msgspec.DecodeError."""
    decode = _DATA.get(kind)
    if decode is None:
        raise UnknownKind("no such kind of event", next_step="see docs/events.md for the kinds", kind=kind)
    return decode(data)


def claimed(kind: str, fields: dict[str, object]) -> tuple[Event, dict[str, str]]:
    """A typed event and its private words from plain fields, as an intake hands them in.

    Raises UnknownKind, or MalformedEntry naming the field.
    """
    if kind not in KINDS:
        raise UnknownKind("no such kind of event", next_step="see docs/events.md for the kinds", kind=kind)
    if kind == KIND_OF[Epoch]:
        raise MalformedEntry("epochs are sealed by the ledger, never claimed", next_step=_SEE, kind=kind)
    names = PRIVATE.get(KINDS[kind], ())
    private = {name: fields[name] for name in names if fields.get(name) is not None}
    for name, words in private.items():
        if not isinstance(words, str) or not words or "\0" in words:
            raise MalformedEntry("a private field is text without NUL, and not empty", kind=kind, field=name)
    try:
        event: Event = msgspec.convert(
            {name: value for name, value in fields.items() if name not in private}, KINDS[kind]
        )
    except msgspec.ValidationError as error:
        raise MalformedEntry(
            "the fields do not fit the kind", next_step=_SEE, kind=kind, reason=str(error)
        ) from error
    return event, {name: str(words) for name, words in private.items()}


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
    return bool(
        (of.prev is None or _HASH(of.prev)) and (of.stream == LOG or _ORDER(of.stream)) and _NAME(of.by)
    )


def _entry(of: Envelope, leaf: bytes) -> Entry:
    return Entry(of.at, of.basis, of.by, of.data, leaf, of.learned, of.prev, of.recorded, of.seq, of.stream)


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


_SEE = "see docs/events.md for the kinds and their fields"
_KIND = b'"kind":"'
_ENCODE = msgspec.json.Encoder().encode
_ANY = msgspec.json.Decoder(Envelope).decode
_STRICT = {kind: _decoder(kind) for kind in KINDS}
_OWN = {kind: _decoder(kind, by=str, prev=str | None, stream=str) for kind in KINDS}
_PLAIN = {kind.encode(): decode for kind, decode in _OWN.items()}
_NAME = re.compile(NAME).fullmatch
_HASH = re.compile(DIGEST).fullmatch
_ORDER = re.compile(f"order/{DIGEST}").fullmatch
_DATA = {kind: msgspec.json.Decoder(fact_type).decode for kind, fact_type in KINDS.items()}

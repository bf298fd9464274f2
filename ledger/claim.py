"""What a party states, before the ledger gives it a place."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from mingdan.ledger.errors import MalformedEntry, UnknownKind
from mingdan.ledger.event import KIND_OF, KINDS, PRIVATE, Epoch, Event
from mingdan.ledger.fact import Id

Basis = Literal["observed", "backfill"]


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """A party's own signature over its claim (proofs, section 1)."""

    ed25519: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9+/]{85}[AQgw]==\Z")]  # 64 bytes in base64
    key: Id


class Claim(Struct, frozen=True, kw_only=True):
    """`private` holds words, never commitments.

    `at` is milliseconds UTC; None means now. `key` is the idempotency key: source and id, or None.
    `learned` is when an imported source says that it recorded the fact itself. `sig` is the party's own hand.
    `after` is the stream's newest entry (leaf hash, hex) where the claim follows from how the stream stands.
    """

    stream: str
    by: str
    event: Event
    at: int | None = None
    basis: Basis | None = None
    learned: int | None = None
    private: dict[str, str] = {}
    key: str | None = None
    sig: Signature | None = None
    after: str | None = None


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


_SEE = "see docs/events.md for the kinds and their fields"

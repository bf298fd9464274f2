"""The shapes of our entries for contestants: as types alone, or with every pattern and bound of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_type_hints

import msgspec
from ground.orders import FACTS
from msgspec.structs import fields

from mingdan.ledger.claim import Basis
from mingdan.ledger.event import KIND_OF
from mingdan.ledger.fact import Hash, Id, Millis
from mingdan.ledger.stream import Stream

Field = tuple[str, Any, list[Any]]  # name, type, default if there is one
KINDS = {KIND_OF[type(fact.event)]: type(fact.event) for fact in FACTS}


def data_of(kind: str, *, strict: bool = False) -> list[Field]:
    """The fields of a kind."""
    shapes = get_type_hints(KINDS[kind], include_extras=strict)  # the extras are what Meta says of them
    return [
        (each.name, shapes[each.name], [] if each.default is msgspec.NODEFAULT else [each.default])
        for each in fields(KINDS[kind])
    ]


def envelope(kind: str, data: type, *, strict: bool = False) -> list[Field]:
    """The fields of an entry, in the order in which they lie."""
    millis, name, digest, stream = (Millis, Id, Hash, Stream) if strict else (int, str, str, str)
    return [
        ("at", millis, []),
        ("basis", Basis | None, [None]),
        ("by", name, []),
        ("data", data, []),
        ("kind", Literal[kind], []),
        ("learned", millis | None, [None]),
        ("prev", digest | None, []),
        ("recorded", millis, []),
        ("seq", int, []),
        ("stream", stream, []),
        ("v", Literal[1], []),
    ]


def decoder(kind: str, *, strict: bool = False) -> Callable[[bytes], Any]:
    """Reads an entry of a kind that is known beforehand into one struct."""
    data = _struct(data_of(kind, strict=strict))
    return msgspec.json.Decoder(_struct(envelope(kind, data, strict=strict))).decode


def _struct(of: list[Field]) -> type[msgspec.Struct]:
    shapes = [(name, shape, *default) for name, shape, default in of]
    return msgspec.defstruct("Fields", shapes, forbid_unknown_fields=True, omit_defaults=True, kw_only=True)

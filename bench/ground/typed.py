"""The shapes of our entries as types alone, for contestants: no pattern, no bound, no order of checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_type_hints

import msgspec
from ground.orders import FACTS
from msgspec.structs import fields

from mingdan.ledger.entry import Basis
from mingdan.ledger.event import KIND_OF

Field = tuple[str, Any, list[Any]]  # name, type, default if there is one
KINDS = {KIND_OF[type(fact.event)]: type(fact.event) for fact in FACTS}


def data_of(kind: str) -> list[Field]:
    """The fields of a kind."""
    shapes = get_type_hints(KINDS[kind])  # without what Meta says of them
    return [
        (each.name, shapes[each.name], [] if each.default is msgspec.NODEFAULT else [each.default])
        for each in fields(KINDS[kind])
    ]


def envelope(kind: str, data: type) -> list[Field]:
    """The fields of an entry, in the order in which they lie."""
    return [
        ("at", int, []),
        ("basis", Basis | None, [None]),
        ("by", str, []),
        ("data", data, []),
        ("kind", Literal[kind], []),
        ("learned", int | None, [None]),
        ("prev", str | None, []),
        ("recorded", int, []),
        ("seq", int, []),
        ("stream", str, []),
        ("v", Literal[1], []),
    ]


def decoder(kind: str) -> Callable[[bytes], Any]:
    """Reads an entry of a kind that is known beforehand into one struct."""
    return msgspec.json.Decoder(_struct(envelope(kind, _struct(data_of(kind))))).decode


def _struct(of: list[Field]) -> type[msgspec.Struct]:
    shapes = [(name, shape, *default) for name, shape, default in of]
    return msgspec.defstruct("Fields", shapes, forbid_unknown_fields=True, omit_defaults=True, kw_only=True)

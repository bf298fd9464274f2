"""Where each entry of an order stands in the log: a page says it of all, a timeline proves it of the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.note import of_base64, parse_note, to_base64
from mingdan.ledger.timeline import Timeline
from mingdan.ledger.tree import leaf_hash, verify_inclusion
from mingdan.site.dossier import printed


class Place(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry's index in the log, and the hashes from its leaf to the root (base64)."""

    index: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    path: tuple[str, ...]


def place(index: int, path: Sequence[bytes]) -> Place:
    return Place(index=index, path=tuple(map(to_base64, path)))


def print_places(places: Sequence[Place]) -> bytes:
    return printed(msgspec.to_builtins(places))


def parse_places(content: bytes) -> tuple[Place, ...]:
    """Accepts exactly what `print_places` prints; nothing vouches for it yet. Raises MalformedProof."""
    try:
        places = _DECODE(content)
    except (ValueError, RecursionError) as error:  # msgspec's and Unicode's errors are ValueErrors
        raise MalformedProof("not the places of entries", reason=str(error)) from error
    if print_places(places) != content:
        raise MalformedProof("places we would write otherwise", places=len(places))
    return places


def check_places(places: Sequence[Place], order: Timeline) -> None:
    """Raises Broken unless all entries of the order stand just there, one behind the other, in its tree."""
    if len(places) != len(order.entries):
        raise Broken("a place for each entry and no other", expected=len(order.entries), actual=len(places))
    head, before = Checkpoint.parse(parse_note(order.checkpoint)[0]), -1
    for each, raw in zip(places, order.entries, strict=True):
        if each.index <= before:
            raise Broken("an entry that stands before the one it follows", index=each.index)
        verify_inclusion(each.index, head.size, leaf_hash(raw), tuple(map(of_base64, each.path)), head.root)
        before = each.index


_DECODE = msgspec.json.Decoder(tuple[Place, ...]).decode

"""The twin of a page: what it shows, for machines, in ids, codes and integers, as one canonical document.

No language stands in it; free words are those of the record. Its `$schema` says by which schema it is read.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from mingdan.ledger.errors import MalformedProof
from mingdan.ledger.fact import Count, Hash, Int
from mingdan.ledger.mark import Irregularity, Mark
from mingdan.site.edition import Edition


class Shape(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every part of a twin shares. Times are ms UTC, durations ms, money minor units."""


class Tree(Shape, frozen=True, kw_only=True):
    """The published tree that a twin is told of: its log's checkpoint says the same, signed."""

    origin: str
    root: Hash
    size: Count


class Twin(Shape, frozen=True, kw_only=True, tag_field="$schema"):
    """What every twin says: of which instant and of which tree it speaks."""

    as_of: Int
    checkpoint: Tree


class Odd(Shape, frozen=True, kw_only=True):
    """A rule that an entry breaks, by its name."""

    leaf: Hash
    rule: str


def tree_of(edition: Edition) -> Tree:
    return Tree(origin=edition.origin, root=edition.root, size=edition.size)


def instant(mark: Mark | None) -> int | None:
    """When it happened, as it counts (ms UTC); None while it has not."""
    return None if mark is None else mark.effective


def odd_of(irregularities: tuple[Irregularity, ...]) -> tuple[Odd, ...]:
    return tuple(Odd(leaf=each.leaf.hex(), rule=each.rule) for each in irregularities)


def print_twin(told: Struct) -> bytes:
    """RFC 8785 JSON: every name sorted, integers and text only."""
    return _ENCODE(told)


def parse_twin(content: bytes, shape: Any) -> Any:
    """Accepts exactly what `print_twin` prints of a shape, or of a union of such. Raises MalformedProof."""
    try:
        told = msgspec.json.decode(content, type=shape)
    except (ValueError, RecursionError) as error:  # msgspec's and Unicode's errors are ValueErrors
        raise MalformedProof("not a twin of this shape", reason=str(error)) from error
    if print_twin(told) != content:
        raise MalformedProof("not the canonical form (RFC 8785) of this twin", bytes=len(content))
    return told


_ENCODE = msgspec.json.Encoder(order="sorted").encode

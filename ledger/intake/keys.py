"""The keys of one reading and what each stands for: two facts under one are found before any is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.event import KIND_OF
from mingdan.ledger.intake.source import Row
from mingdan.ledger.intake.telling import Happening

_DIGEST = 16  # bytes


class Keys:
    """Grows with the facts, some 200 bytes each: digests of the key and of the fact, and the row's number."""

    def __init__(self) -> None:
        self._said: dict[bytes, bytes] = {}

    def accept(self, row: Row, case: str, happenings: Iterable[Happening]) -> None:
        """Takes all facts of a row, or raises MalformedSource naming the row before it that said another."""
        new = {}
        for each in happenings:
            key, fact = _digest(each.key.encode()), _fact(case, each)
            said = self._said.get(key)
            if said is None:
                new[key] = fact + row.number.to_bytes(8)
            elif said[:_DIGEST] != fact:
                raise MalformedSource(
                    "its key already stands for another fact in a row before it",
                    key=each.key,
                    before=f"row {int.from_bytes(said[_DIGEST:])}",
                )
        self._said |= new


def _fact(case: str, told: Happening) -> bytes:
    event = KIND_OF[type(told.event)], told.event
    return _digest(_ENCODE((case, *event, told.private, told.by, told.at, told.learned)))


def _digest(said: bytes) -> bytes:
    return sha256(said).digest()[:_DIGEST]


_ENCODE = msgspec.json.Encoder(order="deterministic").encode

"""Entries read strictly and printed again: accepted only where what comes out is what went in.

The limits are told the kind of each entry beforehand: one decode, one encode, neither compared nor hashed.
One checks what we check, the other types alone, as the peers do: none knows the form of a name or a hash.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from time import process_time
from typing import Annotated, Any

import msgspec
import pydantic
import rfc8785
from ground.goal import Goal, report
from ground.ledger import rows_of
from ground.typed import KINDS, Field, data_of, decoder, envelope
from table import Lane, Role, asked, race

from mingdan.ledger.entry import parse
from mingdan.ledger.keeping.rows import Row

Again = Callable[[bytes], bytes]
OUR_TYPES = "msgspec, our types"


def by_json(raw: bytes) -> bytes:
    return json.dumps(json.loads(raw), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def by_rfc8785(raw: bytes) -> bytes:
    return rfc8785.dumps(json.loads(raw))


def by_pydantic() -> Again:
    """A model for each kind, told apart by the kind."""
    some = reduce(or_, [_model(kind) for kind in KINDS])
    entry = pydantic.TypeAdapter(Annotated[some, pydantic.Field(discriminator="kind")])
    read, show = entry.validate_json, entry.dump_json
    return lambda raw: show(read(raw), exclude_unset=True)


def by_msgspec(kind: str, *, strict: bool) -> Again:
    """A struct for each kind, which the caller picks."""
    read, show = decoder(kind, strict=strict), msgspec.json.Encoder().encode
    return lambda raw: show(read(raw))


def _model(kind: str) -> type[pydantic.BaseModel]:
    return _pydantic(envelope(kind, _pydantic(data_of(kind))))


def _pydantic(of: list[Field]) -> type[pydantic.BaseModel]:
    strict = pydantic.ConfigDict(extra="forbid", frozen=True)
    shapes: dict[str, Any] = {name: (shape, *(default or [...])) for name, shape, default in of}
    return pydantic.create_model("Fields", __config__=strict, **shapes)


def lane(name: str, rows: Sequence[Row], again: Again, role: Role) -> Lane:
    entries = [row.entry for row in rows]
    assert all(again(entry) == entry for entry in entries[:100])
    return Lane(name, len(entries), lambda: exhaust(map(again, entries)), role)


def told_the_kind(name: str, rows: Sequence[Row], of: Mapping[str, Again]) -> Lane:
    told = [(of[row.kind], row.entry) for row in rows]
    assert all(again(entry) == entry for again, entry in told[:100])
    return Lane(name, len(told), lambda: exhaust(again(entry) for again, entry in told), "limit")


def lanes(orders: int) -> list[Lane]:
    rows = rows_of(orders)
    few = rows[: len(rows) // 4]
    entries = [row.entry for row in rows]
    return [
        Lane("mingdan", len(entries), lambda: exhaust(map(parse, entries))),  # compares what it prints
        lane("json", few, by_json, "peer"),
        lane("rfc8785", few, by_rfc8785, "peer"),
        lane("pydantic", few, by_pydantic(), "peer"),
        told_the_kind(OUR_TYPES, rows, {kind: by_msgspec(kind, strict=True) for kind in KINDS}),
        told_the_kind("msgspec, types alone", rows, {kind: by_msgspec(kind, strict=False) for kind in KINDS}),
    ]


def exhaust(some: Iterable[object]) -> None:
    """Takes everything and keeps nothing: what is kept would be walked by the garbage collector."""
    deque(some, maxlen=0)


if __name__ == "__main__":
    given = asked(__doc__)
    report(
        "parse an entry and print it again",
        race(lanes(250 if given.quick else 5_000), given.repeats, process_time),
        "entries",
        [Goal("mingdan", 0.8, OUR_TYPES)],
    )

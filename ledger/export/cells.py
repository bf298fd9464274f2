"""An entry as typed cells, named as paths into its JSON: what tables, XES and OCEL show beside its bytes.

They are for reading; what an import goes by is the entry's own bytes, under `entry`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
import msgspec.inspect as mi

from mingdan.ledger.errors import Misuse
from mingdan.ledger.event import KINDS, Event
from mingdan.ledger.export.leaving import Leaving
from mingdan.ledger.instant import instant

Form = Literal["text", "whole", "time", "truth"]
Value = str | int | bool


class Cell(NamedTuple):
    """A named value; a time is milliseconds UTC, and what is no single value is the text of its JSON."""

    name: str
    form: Form
    value: Value


def cells(leaving: Leaving) -> Iterator[Cell]:
    """Everything that an entry says, and where it stands in the log; what it does not say is left out."""
    entry = leaving.entry
    sig = entry.sig
    told = {
        "at": entry.at,
        "basis": entry.basis,
        "by": entry.by,
        "kind": entry.kind,
        "learned": entry.learned,
        "leaf": entry.leaf.hex(),
        "position": leaving.position,
        "prev": entry.prev,
        "recorded": entry.recorded,
        "seq": entry.seq,
        "sig.ed25519": None if sig is None else sig.ed25519,
        "sig.key": None if sig is None else sig.key,
        "stream": entry.stream,
    }
    for name, form in ENVELOPE.items():
        value = told[name]
        if value is not None:
            yield Cell(name, form, value)
    yield from said(entry.event)


def said(event: Event) -> Iterator[Cell]:
    """The fields that an event says, without the defaults that its entry leaves out."""
    for name, value in msgspec.to_builtins(event).items():
        if value is not None:
            single = isinstance(value, str | int)
            yield Cell(f"data.{name}", FIELDS[name], value if single else _JSON(value).decode())


def fields_of(kind: str) -> dict[str, Form]:
    """The fields that a kind may say, with their forms."""
    found = mi.type_info(KINDS[kind])
    assert isinstance(found, mi.StructType)
    return {field.encode_name: _form(field.type) for field in found.fields}


def date(ms: int, position: int) -> str:
    """A time as RFC 3339 writes it. Raises Misuse outside its years."""
    text = date_or_none(ms)
    if text is None:
        raise Misuse(
            "an entry's time lies outside the years that this format can say",
            next_step="export as jsonl or parquet, which carry any time",
            position=position,
            at=ms,
        )
    return text


def date_or_none(ms: int) -> str | None:
    """A time as RFC 3339 writes it, or None outside the years 1 to 9999."""
    text = instant(ms)
    return text if text.endswith("Z") else None


def written(cell: Cell) -> str | None:
    """A cell as text; None for a time that no date can say: the entry's bytes still say it."""
    if cell.form == "time":
        return date_or_none(int(cell.value))
    return str(cell.value).lower() if cell.form == "truth" else str(cell.value)


def _form(found: mi.Type) -> Form:
    match found:
        case mi.UnionType(types=types):
            (only,) = {_form(each) for each in types if not isinstance(each, mi.NoneType)}
            return only
        case mi.IntType(ge=int(low)) if low < 0:
            return "time"  # of all numbers only times reach before zero
        case mi.IntType():
            return "whole"
        case mi.BoolType():
            return "truth"
        case _:
            return "text"


_JSON = msgspec.json.encode
ENVELOPE: dict[str, Form] = {
    "position": "whole",
    "leaf": "text",
    "stream": "text",
    "seq": "whole",
    "kind": "text",
    "at": "time",
    "recorded": "time",
    "learned": "time",
    "by": "text",
    "basis": "text",
    "prev": "text",
    "sig.key": "text",
    "sig.ed25519": "text",
}
# One name has one form in every kind; tests hold it so.
FIELDS: dict[str, Form] = {name: form for kind in KINDS for name, form in fields_of(kind).items()}

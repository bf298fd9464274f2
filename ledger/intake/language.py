"""The words of a mapping file: what a source is, how its columns are read, which fact each row tells.

One strict struct for each table of the TOML file, so that a key which is not here is an error.
The reference is docs/mappings.md.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mingdan.ledger.fact import Id

Constant = str | int | bool
Columns = str | tuple[str, ...]
Formats = Annotated[tuple[str, ...], Meta(min_length=1)]
Character = Annotated[str, Meta(min_length=1, max_length=1)]


class Words(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every table shares: immutable, and strict about its keys."""


class FromColumn(Words, frozen=True, kw_only=True, rename={"as_": "as"}):
    """A value that stands in the row: the first known column of `column`, or all of them joined by `join`."""

    column: Columns
    as_: Literal["text", "id", "integer", "amount", "time"] | None = None
    scale: Annotated[int, Meta(ge=0, le=18)] | None = None  # decimal places of the minor unit
    decimal: Character = "."
    thousands: Annotated[str, Meta(max_length=1)] = ""
    map: dict[str, Constant] = {}
    default: Constant | None = None
    join: str | None = None


Value = Constant | FromColumn
Moment = Columns | FromColumn


class Source(Words, frozen=True, kw_only=True):
    name: Id
    shape: Literal["log", "table"]
    format: Literal["csv", "jsonl", "xes"]
    case: Columns
    activity: str | None = None
    time: Moment | None = None
    learned: Moment | None = None
    key: Columns | None = None
    by: Value | None = None  # the source's name, unless said
    otherwise: Literal["note", "refuse"] = "note"
    encoding: str | None = None
    delimiter: Character | None = None
    quote: Annotated[str, Meta(max_length=1)] | None = None
    zone: str = "UTC"
    times: Formats = ("iso",)
    missing: tuple[str, ...] = ()


class Column(Words, frozen=True, kw_only=True):
    """What is peculiar to one column; `missing` adds to the source's, `times` and `zone` replace them."""

    missing: tuple[str, ...] = ()
    times: Formats | None = None
    zone: str | None = None


class Rule(Words, frozen=True, kw_only=True):
    """One `[[event]]`: in a log the activities that tell it, in a table the column its time stands in."""

    kind: str
    activity: Columns | None = None
    time: Moment | None = None
    without_time: Literal["leave_out", "bound", "refuse"] | None = None
    learned: Moment | None = None
    by: Value | None = None
    fields: dict[str, Value] = {}


class Mapping(Words, frozen=True, kw_only=True):
    source: Source
    event: tuple[Rule, ...] = ()
    columns: dict[str, Column] = {}


def named(columns: Columns) -> tuple[str, ...]:
    """The columns' names, however many were written."""
    return (columns,) if isinstance(columns, str) else columns


def moment(where: Moment) -> FromColumn:
    """The full form of a time's place: a bare name stands for that column."""
    return where if isinstance(where, FromColumn) else FromColumn(column=where, as_="time")

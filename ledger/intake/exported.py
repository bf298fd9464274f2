"""Entries read back from a file that `mingdan export` wrote: which format it is, its first bytes say.

What is read is the entry's own bytes; the cells beside it are for people. That it is an entry is checked,
that it stands in some log is not: a file vouches for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any, NamedTuple

import msgspec

from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.errors import Malformed, MalformedEntry, MalformedSource
from mingdan.ledger.export import cloudevents, ocel, parquet, xes
from mingdan.ledger.intake.json_items import json_items
from mingdan.ledger.intake.source import SourceFile
from mingdan.ledger.intake.xes import xes_events


class Found(NamedTuple):
    """A row before it is read: its number, the line it begins in, and what stands for the entry there."""

    number: int
    line: int
    said: Any


class Format(NamedTuple):
    """How a format is known, read and asked for its log's origin; rows are read as often as asked."""

    name: str
    mark: re.Pattern[bytes]
    rows: Callable[[SourceFile], Iterator[Found]]
    raw: Callable[[Any], bytes]
    origin: Callable[[SourceFile], str | None]

    def entry(self, found: Found) -> Entry:
        """The entry of a row. Raises MalformedEntry where there is none, or one that was altered."""
        return parse(self.raw(found.said))


def format_of(file: SourceFile) -> Format:
    """The format that a file of ours is in. Raises MalformedSource for any other file."""
    start = next(file.chunks(), b"")
    for found in FORMATS:
        if found.mark.match(start) and _holds_entries(found, file):
            return found
    raise MalformedSource(
        "not a file that mingdan exported",
        next_step="say what its columns mean with --mapping: docs/mappings.md; nothing was recorded",
        file=str(file.path),
    )


def _holds_entries(found: Format, file: SourceFile) -> bool:
    """Whether its first row is one, or where that is torn or there is none, the file says that it is ours."""
    try:
        first = next(found.rows(file), None)
        if first is not None and found.raw(first.said):
            return True
    except Malformed:
        pass  # an altered row of ours, a torn file of ours, or another's
    return found.origin(file) is not None


def _lines(file: SourceFile) -> Iterator[Found]:
    for number, line in enumerate(file.lines("utf-8"), 1):
        yield Found(number, number, line.rstrip("\n"))


def _batch(file: SourceFile) -> Iterator[Found]:
    for number, item in enumerate(json_items(file), 1):
        yield Found(number, item.line, item.value)


def _ocel_events(file: SourceFile) -> Iterator[Found]:
    events = (item for item in json_items(file) if item.array == "events")
    for number, item in enumerate(events, 1):
        yield Found(number, item.line, item.value)


def _xes_events(file: SourceFile) -> Iterator[Found]:
    for row in xes_events(file, frozenset({xes.ENTRY})):
        yield Found(row.number, row.line, row.cells.get(xes.ENTRY))


def _table(file: SourceFile) -> Iterator[Found]:
    read, number = parquet.arrow_of("pyarrow.parquet"), 0
    try:
        file.raw.seek(0)
        for batch in read.ParquetFile(file.raw).iter_batches(columns=[parquet.ENTRY]):
            for number, raw in enumerate(batch.column(0).to_pylist(), number + 1):  # noqa: B020  # it goes on
                yield Found(number, number, raw)
    except (OSError, ValueError, LookupError) as error:
        raise file.torn("not a whole Parquet table of entries", row=number, reason=str(error)) from error


def _ocel_entry(said: object) -> bytes:
    attributes = said.get("attributes") if isinstance(said, dict) else None
    for each in attributes if isinstance(attributes, list) else ():
        if isinstance(each, dict) and each.get("name") == ocel.ENTRY:
            return _plain(each.get("value"))
    return _plain(None)


def _unescaped(said: object) -> bytes:
    """What XML cannot hold was escaped in the JSON: printed again it is canonical, if it was."""
    try:
        return msgspec.json.encode(msgspec.json.decode(_plain(said)))
    except msgspec.DecodeError as error:
        raise MalformedEntry("not an entry", reason=str(error)) from error


def _plain(said: object) -> bytes:
    match said:
        case bytes():
            return said
        case str():
            return said.encode("utf-8", "surrogatepass")  # half a character is refused where it is parsed
        case _:
            raise MalformedEntry("no entry in this row", next_step="export again: `entry` was taken out")


def _first_source(file: SourceFile) -> str | None:
    first = next(json_items(file), None)
    told = first.value if first is not None and isinstance(first.value, dict) else {}
    ours = str(told.get("type")).startswith(cloudevents.PREFIX)
    return str(told.get("source")) if ours else None


def _about_ocel(file: SourceFile) -> str | None:
    first = next(json_items(file), None)
    return _origin_in(first.value if first is not None and first.array == "mingdan" else None)


def _about_table(file: SourceFile) -> str | None:
    read = parquet.arrow_of("pyarrow.parquet")
    try:
        file.raw.seek(0)
        told = read.ParquetFile(file.raw).schema_arrow.metadata or {}
        return _origin_in(msgspec.json.decode(told.get(parquet.ABOUT, b"null")))
    except (OSError, ValueError):
        return None


def _about_xes(file: SourceFile) -> str | None:
    found = re.search(rf'key="{re.escape(xes.ORIGIN)}" value="([^"]*)"'.encode(), next(file.chunks(), b""))
    return None if found is None else unescape(found[1].decode("utf-8", "replace"))


def _origin_in(about: object) -> str | None:
    origin = about.get("origin") if isinstance(about, dict) else None
    return origin if isinstance(origin, str) else None


# The first that fits: a line that begins like an entry is one, any other object may be OCEL.
FORMATS = (
    Format("parquet", re.compile(b"PAR1"), _table, _plain, _about_table),
    Format("xes", re.compile(rb"(\xef\xbb\xbf)?\s*<"), _xes_events, _unescaped, _about_xes),
    Format("cloudevents", re.compile(rb"(\xef\xbb\xbf)?\s*\["), _batch, cloudevents.entry_of, _first_source),
    Format("jsonl", re.compile(rb'\{"at":-?[0-9]'), _lines, _plain, lambda _file: None),
    Format("ocel2", re.compile(rb"(\xef\xbb\xbf)?\s*\{"), _ocel_events, _ocel_entry, _about_ocel),
)

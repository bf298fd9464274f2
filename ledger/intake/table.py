"""Rows of delimited text and of JSON lines.

Every row has the columns of the header and the last line its end, or the file is torn; numbers of JSON stay
the text they are.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

import msgspec

from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.intake.language import Source
from mingdan.ledger.intake.source import Row, SourceFile


def csv_rows(file: SourceFile, source: Source, wanted: frozenset[str]) -> Iterator[Row]:
    """The rows after the header, blank lines aside. Raises MalformedSource, also if a wanted column lacks."""
    lines = file.lines(_encoding(source))
    table = csv.reader(
        lines,
        delimiter=source.delimiter or ",",
        quotechar=source.quote or '"',
        quoting=csv.QUOTE_NONE if source.quote == "" else csv.QUOTE_MINIMAL,
        strict=True,
    )
    begins = number = 0
    try:
        header = [name.strip() for name in next(table, [])]
        places = _places(file, header, wanted)
        begins = table.line_num
        for cells in table:
            if cells:
                number += 1
                if len(cells) != len(header):
                    raise file.torn(
                        "a row has another number of columns than the header",
                        row=number, line=begins + 1, expected=len(header), got=len(cells),
                    )  # fmt: skip
                yield Row(number, begins + 1, {name: cells[place] for name, place in places})
            begins = table.line_num
    except MalformedSource as error:
        if begins:  # past the header
            error.evidence.setdefault("row", number + 1)
        raise
    except csv.Error as error:
        raise file.torn(
            f"not delimited text: {error}", row=number + 1, line=begins + 1, upto=table.line_num
        ) from error


def json_rows(file: SourceFile, source: Source, wanted: frozenset[str]) -> Iterator[Row]:
    """The objects, one a line, blank lines aside; `a.b` is the field b of the object in a."""
    number = 0
    try:
        for line, text in enumerate(file.lines(_encoding(source)), 1):
            if text.strip():
                number += 1
                yield Row(number, line, _cells(file, text, wanted, number, line))
    except MalformedSource as error:
        error.evidence.setdefault("row", number + 1)
        raise


def _cells(file: SourceFile, text: str, wanted: frozenset[str], row: int, line: int) -> dict[str, str]:
    cells: dict[str, str] = {}
    try:
        _flatten(_OBJECT(text), "", cells)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise file.torn(f"not a JSON object: {error}", row=row, line=line, got=text[:40]) from error
    if any("\0" in cell for cell in cells.values()):
        raise file.torn("a NUL character", row=row, line=line)
    return cells if cells.keys() <= wanted else _only(cells, wanted)


def _places(file: SourceFile, header: list[str], wanted: frozenset[str]) -> list[tuple[str, int]]:
    if not header:
        raise file.torn("no header: the file is empty")
    lacking = sorted(wanted - set(header))
    if lacking:
        raise _lacking(file, lacking, header)
    twice = sorted(name for name in wanted if header.count(name) > 1)
    if twice:
        raise file.torn("the header has a column twice", columns=", ".join(twice), line=1)
    return [(name, place) for place, name in enumerate(header) if name in wanted]


def _lacking(file: SourceFile, lacking: list[str], header: list[str]) -> MalformedSource:
    return MalformedSource(
        "the mapping reads columns that the file lacks",
        next_step="correct the names in the mapping, or the delimiter; nothing was recorded",
        file=str(file.path),
        columns=", ".join(lacking),
        has=", ".join(header),
    )


def _flatten(found: dict[str, object], before: str, cells: dict[str, str]) -> None:
    for name, value in found.items():
        match value:
            case str():
                cells[before + name] = value
            case dict():
                _flatten(value, f"{before}{name}.", cells)
            case None:
                pass  # JSON's null is no value, as if the name were absent
            case _:
                cells[before + name] = msgspec.json.encode(value).decode()


def _only(cells: dict[str, str], wanted: frozenset[str]) -> dict[str, str]:
    return {name: text for name, text in cells.items() if name in wanted}


def _encoding(source: Source) -> str:
    """A byte-order mark is no part of the first column's name."""
    encoding = source.encoding or "utf-8"
    return "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding


_OBJECT = msgspec.json.Decoder(dict[str, object], float_hook=str).decode

"""A Parquet table: a typed column for everything an entry can say, and its canonical bytes. Needs pyarrow.

Rows are written in groups as entries pass, so that memory does not follow the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from itertools import islice
from typing import Any, BinaryIO

import msgspec

from mingdan.ledger.errors import Misuse
from mingdan.ledger.export.cells import ENVELOPE, FIELDS, Form, cells
from mingdan.ledger.export.leaving import About, Leaving

GROUP = 10_000  # rows
ABOUT = b"mingdan"  # the key of what the file says of itself, as JSON
ENTRY = "entry"


def write(out: BinaryIO, entries: Iterable[Leaving], about: About) -> None:
    arrow, parquet = arrow_of("pyarrow"), arrow_of("pyarrow.parquet")
    schema = _schema(arrow).with_metadata({ABOUT: msgspec.json.encode(about._asdict())})
    passing = iter(entries)
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        while group := [*islice(passing, GROUP)]:
            writer.write_table(arrow.Table.from_pylist([_row(each) for each in group], schema))


def arrow_of(name: str) -> Any:
    """A module of pyarrow, which need not be there. Raises Misuse, naming the extra."""
    try:
        return import_module(name)
    except ImportError as error:
        raise Misuse("Parquet needs pyarrow", next_step="pip install 'mingdan[parquet]'") from error


def _schema(arrow: Any) -> Any:
    types = {
        "text": arrow.string(),
        "whole": arrow.int64(),
        "time": arrow.timestamp("ms", tz="UTC"),
        "truth": arrow.bool_(),
    }
    columns: dict[str, Form] = ENVELOPE | {f"data.{name}": FIELDS[name] for name in sorted(FIELDS)}
    typed = [(name, types[form]) for name, form in columns.items()]
    return arrow.schema([*typed, (ENTRY, arrow.binary())])


def _row(each: Leaving) -> dict[str, object]:
    return {cell.name: cell.value for cell in cells(each)} | {ENTRY: each.raw}

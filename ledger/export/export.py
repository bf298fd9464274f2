"""Writes entries to a file in one of five formats: whole or not at all, and never a word of the vault.

Crash order: everything goes into `<name>.part` beside the file, that is synced, then renamed. A run that
fails leaves the file as it was.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from msgspec import Struct

from mingdan.ledger.errors import Misuse
from mingdan.ledger.export import cloudevents, jsonl, ocel, parquet, xes
from mingdan.ledger.export.leaving import About, Leaving, Write, asked
from mingdan.ledger.keeping.staging import environment
from mingdan.ledger.stream import MARKET, is_stream

Format = Literal["jsonl", "cloudevents", "parquet", "ocel2", "xes"]
Progress = Callable[[int, int | None], None]
_STEP = 1_000  # entries between two words about progress


class Exported(Struct, frozen=True):
    """What was written. `position` is the newest entry looked at: `--since` that goes on from here."""

    format: Format
    origin: str
    entries: int
    left_out: int  # of those asked for, what the format has no place for
    position: int


class _Kind(NamedTuple):
    write: Write
    text: bool = True  # fit for a terminal or a pipe
    orders_only: bool = False
    lacks: tuple[str, ...] = ()


def export(
    out: BinaryIO,
    format: Format,  # noqa: A002  # the option's own name
    entries: Iterable[Leaving],
    about: About,
    progress: Progress = lambda _done, _of: None,
) -> Exported:
    """Writes the entries that were asked for.

    Raises Misuse for a stream that cannot be, or an entry whose time the format cannot say.
    """
    kind, count = FORMATS[format], _Count(about.since)
    check_streams(about.streams)
    passing = _passing(entries, about, count, progress, orders_only=kind.orders_only)
    kind.write(out, passing, about._replace(lacks=kind.lacks))
    return Exported(format, about.origin, count.written, count.left_out, count.position)


@contextmanager
def placed(path: Path) -> Iterator[BinaryIO]:
    """A file that is there once the block ends well, and unchanged where it does not."""
    part = path.with_name(f"{path.name}.part")
    with environment("the export cannot be written", str(path)):
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def standard_output(format: Format) -> BinaryIO:  # noqa: A002  # the option's own name
    """Where text goes without a file. Raises Misuse for a format that is none."""
    if not FORMATS[format].text:
        raise Misuse("this format is no text for standard output", next_step="name a file with --out")
    return sys.stdout.buffer


def check_streams(streams: Iterable[str]) -> None:
    """Raises Misuse for what names neither a stream nor a room of streams."""
    for name in streams:
        if not is_stream(name) and name not in _ROOMS:
            raise Misuse(
                "no stream can have this name",
                next_step="name one as `mingdan show` does, like party/shop, or all of a kind: order, sku, …",
                got=name[:80],
            )


class _Count:
    def __init__(self, since: int) -> None:
        self.written = self.left_out = 0
        self.position = since


def _passing(
    entries: Iterable[Leaving], about: About, count: _Count, progress: Progress, *, orders_only: bool
) -> Iterator[Leaving]:
    for each in entries:
        count.position = each.position
        if each.position % _STEP == 0:
            progress(each.position - about.since, about.size - about.since)
        if not asked(each.entry.stream, about.streams):
            continue
        if orders_only and not each.entry.stream.startswith("order/"):
            count.left_out += 1
            continue
        count.written += 1
        yield each


_ROOMS = frozenset(("order", *MARKET.split("|")))
_WORDS = "private words: entries carry commitments, which nobody can open without the vault"
_PROOF = "proofs: inclusion in the log is shown by its site"
FORMATS: dict[Format, _Kind] = {
    "jsonl": _Kind(jsonl.write),
    "cloudevents": _Kind(cloudevents.write),
    "parquet": _Kind(parquet.write, text=False, lacks=(_WORDS, _PROOF)),
    "ocel2": _Kind(ocel.write, lacks=(_WORDS, _PROOF)),
    "xes": _Kind(
        xes.write,
        orders_only=True,
        lacks=(
            _WORDS,
            _PROOF,
            "parties, SKUs, exceptions, policies and epochs: XES knows cases alone, here the orders",
            "objects: what an event names is an attribute of it",
            "the order of entries across orders, but for the attribute position",
        ),
    ),
}

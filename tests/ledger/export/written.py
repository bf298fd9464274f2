"""Entries of one's own making, what an export of them is in bytes, and what an import reads in it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry, parse, seal
from mingdan.ledger.event import Event
from mingdan.ledger.export.export import export
from mingdan.ledger.export.leaving import About, Leaving, of_store
from mingdan.ledger.intake.exported import format_of
from mingdan.ledger.intake.naming import renamed
from mingdan.ledger.intake.source import SourceFile
from mingdan.ledger.keeping.book import Book

FORMATS = ("jsonl", "cloudevents", "parquet", "ocel2", "xes")
ORIGIN = "orders.example.com/log"
NOW = 1_780_000_000_000
ORDER = "order/" + 64 * "a"


def sealed(*told: tuple[str, Event], by: str = "kamao", at: int = NOW, **more) -> list[Leaving]:
    """Events of streams, sealed one after the other."""
    heads: dict[str, tuple[int, bytes | None]] = {}
    made = []
    for position, (stream, event) in enumerate(told, 1):
        seq, prev = heads.get(stream, (0, None))
        claim = Claim(stream=stream, by=by, event=event, **more)
        raw = seal(claim, event, at=at, seq=seq + 1, prev=prev, recorded=at)
        entry = parse(raw)
        heads[stream] = seq + 1, entry.leaf
        made.append(Leaving(position, raw, entry))
    return made


def exported(name: str, leaving: Iterable[Leaving], **about) -> bytes:
    out = io.BytesIO()
    export(out, name, leaving, About(ORIGIN, 1_000, **about))
    return out.getvalue()


def from_book(book: Book, name: str) -> bytes:
    return exported(name, of_store(book.store, 0, book.store.max_notification_id() or 0))


def read_back(folder: Path, content: bytes) -> list[Entry]:
    path = folder / "export"
    path.write_bytes(content)
    with SourceFile(path) as file:
        found = format_of(file)
        return [found.entry(row) for row in found.rows(file)]


def story(entries: Iterable[Entry], names: dict[str, str]) -> dict[str, list[tuple]]:
    """What is told of each order, by the name of its stream; a hash of an entry told here is its place."""
    orders: dict[str, list[Entry]] = {}
    for entry in entries:
        orders.setdefault(names[entry.stream], []).append(entry)
    places = {
        entry.leaf.hex(): f"{name} {place}"
        for name, told in orders.items()
        for place, entry in enumerate(told)
    }
    return {
        name: [(each.kind, each.at, each.by, renamed(each.event, places)) for each in told]
        for name, told in orders.items()
    }


def log(book: Book) -> Iterator[Entry]:
    return (each.entry for each in of_store(book.store, 0, book.store.max_notification_id() or 0))

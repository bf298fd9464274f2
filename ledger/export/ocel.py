"""OCEL 2.0 in JSON: every entry an event of many objects, and the objects with what was told of them.

Events are written as they pass, objects once all have; values are text and their types declared, as the
published schema (ocel-standard.org/2.0) has it. What the file says of itself stands under `mingdan`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import msgspec

from mingdan.ledger import event as e
from mingdan.ledger.entry import Entry
from mingdan.ledger.event import KINDS
from mingdan.ledger.export.cells import ENVELOPE, Form, cells, date, fields_of, written
from mingdan.ledger.export.gathering import gathering
from mingdan.ledger.export.leaving import About, Leaving
from mingdan.ledger.export.objects import TYPES, attributes_of, beside, changes, parts

ENTRY = "entry"


def write(out: BinaryIO, entries: Iterable[Leaving], about: About) -> None:
    with gathering(_TABLES) as db:
        out.write(b'{"mingdan":' + _JSON(about._asdict()))
        out.write(b',\n"eventTypes":' + _JSON([_event_type(kind) for kind in KINDS]))
        types = [_declared(name, attributes_of(name)) for name in TYPES]
        out.write(b',\n"objectTypes":' + _JSON(types))
        _write_each(out, "events", (_passed(db, each) for each in entries))
        _write_each(out, "objects", _objects(db))
        out.write(b"}\n")


def _write_each(out: BinaryIO, name: str, items: Iterable[object]) -> None:
    before = f',\n"{name}":[\n'.encode()
    for each in items:
        out.write(before + _JSON(each))
        before = b",\n"
    out.write(b"\n]" if before == b",\n" else before.rstrip() + b"]")


def _event_type(kind: str) -> dict[str, object]:
    fields = {f"data.{name}": form for name, form in fields_of(kind).items()}
    return _declared(kind, ENVELOPE | fields | {ENTRY: "text"})


def _declared(name: str, forms: dict[str, Form]) -> dict[str, object]:
    return {"name": name, "attributes": [{"name": each, "type": _OCEL[form]} for each, form in forms.items()]}


def _passed(db: sqlite3.Connection, each: Leaving) -> dict[str, object]:
    """One event, once what it says of objects is gathered."""
    entry, at = each.entry, date(each.entry.at, each.position)
    tier = _tier(db, each)
    told = [*parts(entry, tier)]
    db.executemany(_OBJECT, [(part.id, part.type) for part in told])
    db.executemany(_BESIDE, [(own, part.id, part.qualifier) for own, part in beside(entry, tier)])
    said = [(change.object, change.cell.name, written(change.cell), at) for change in changes(entry, tier)]
    db.executemany(_SAID, [row for row in said if row[2] is not None])
    shown = [
        {"name": cell.name, "value": text} for cell in cells(each) if (text := written(cell)) is not None
    ]
    return {
        "id": entry.leaf.hex(),
        "type": entry.kind,
        "time": at,
        "attributes": [*shown, {"name": ENTRY, "value": each.raw.decode()}],
        "relationships": [{"objectId": part.id, "qualifier": part.qualifier} for part in told],
    }


def _tier(db: sqlite3.Connection, each: Leaving) -> str | None:
    """Whose hop an event speaks of, as ledger/hops.py tells it: the speaker's own, else the order's last.

    What was observed is of the last tier that is not the speaker itself.
    """
    entry: Entry = each.entry
    if isinstance(entry.event, e.HopForwarded):
        db.execute(_FORWARDED, (entry.stream, each.position, entry.event.to, entry.by))
        return entry.event.to
    if not isinstance(entry.event, _OF_A_HOP):
        return None
    asked = isinstance(entry.event, e.HopUncertain | e.HopQueried)
    query = _HOP_ASKED if asked else _HOP_SEEN if entry.basis == "observed" else _HOP_SAID
    found = db.execute(query, (entry.stream, entry.by)).fetchone()
    return None if found is None else str(found[0])


def _objects(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    for name, kind in db.execute("SELECT id, type FROM objects ORDER BY rowid"):
        said = db.execute("SELECT name, value, time FROM said WHERE object = ? ORDER BY rowid", (name,))
        others = db.execute("SELECT other, qualifier FROM beside WHERE object = ?", (name,))
        yield {
            "id": name,
            "type": kind,
            "attributes": [{"name": each, "value": value, "time": at} for each, value, at in said],
            "relationships": [{"objectId": other, "qualifier": part} for other, part in others],
        }


_JSON = msgspec.json.encode
_OCEL: dict[Form, str] = {"text": "string", "whole": "integer", "time": "time", "truth": "boolean"}
_OF_A_HOP = (
    e.HopAccepted
    | e.HopRejected
    | e.HopUncertain
    | e.HopQueried
    | e.ActivationStarted
    | e.ActivationSucceeded
    | e.ActivationFailed
)
_TABLES = """
CREATE TABLE objects (id TEXT UNIQUE, type TEXT);
CREATE TABLE beside (object TEXT, other TEXT, qualifier TEXT, UNIQUE (object, other, qualifier));
CREATE TABLE said (object TEXT, name TEXT, value TEXT, time TEXT);
CREATE INDEX said_of ON said (object);
CREATE TABLE hops (stream TEXT, position INTEGER, tier TEXT, sender TEXT);
CREATE INDEX hops_of ON hops (stream);
"""
_OBJECT = "INSERT OR IGNORE INTO objects VALUES (?, ?)"
_BESIDE = "INSERT OR IGNORE INTO beside VALUES (?, ?, ?)"
_SAID = "INSERT INTO said VALUES (?, ?, ?, ?)"
_FORWARDED = "INSERT INTO hops VALUES (?, ?, ?, ?)"
_HOP_SAID = "SELECT tier FROM hops WHERE stream = ? ORDER BY tier = ? DESC, position DESC LIMIT 1"
_HOP_SEEN = "SELECT tier FROM hops WHERE stream = ? ORDER BY tier <> ? DESC, position DESC LIMIT 1"
_HOP_ASKED = "SELECT tier FROM hops WHERE stream = ? ORDER BY sender = ? DESC, position DESC LIMIT 1"

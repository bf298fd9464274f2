"""An XES event log (IEEE 1849): a trace an order, an event an entry of it, in the order of the log.

Elements have no namespace, as in the standard's own XML schema. What XML cannot hold is U+FFFD in what is
shown, and escaped in the entry's JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from mingdan.ledger.entry import parse
from mingdan.ledger.export.cells import Cell, Form, cells, date, written
from mingdan.ledger.export.gathering import gathering
from mingdan.ledger.export.leaving import About, Leaving
from mingdan.ledger.stream import is_order

ORIGIN = "mingdan.origin"
ENTRY = "entry"
CASE = "concept:name"


def write(out: BinaryIO, entries: Iterable[Leaving], about: About) -> None:
    with gathering(_TABLES) as db:
        orders = (each for each in entries if is_order(each.entry.stream))
        for each in orders:
            db.execute(_PLACE, (each.entry.stream, each.position))
            db.execute(_KEEP, (each.entry.stream, each.position, each.raw))
        out.write(_head(about).encode())
        kept = ((stream, Leaving(at, raw, parse(raw))) for stream, at, raw in db.execute(_BY_TRACE))
        for stream, told in groupby(kept, lambda row: row[0]):
            out.write(f"<trace>\n{_attribute('string', CASE, stream)}".encode())
            for _, each in told:
                out.write(_event(each).encode())
            out.write(b"</trace>\n")
        out.write(b"</log>\n")


def _head(about: About) -> str:
    said = {
        CASE: f"orders of {about.origin}",
        ORIGIN: about.origin,
        "mingdan.lacks": "; ".join(about.lacks),
        "mingdan.streams": " ".join(about.streams),
    }
    counts = {"mingdan.since": about.since, "mingdan.size": about.size}
    attributes = [_attribute("string", key, value) for key, value in said.items()]
    attributes += [_attribute("int", key, str(value)) for key, value in counts.items()]
    return _HEAD + "".join(attributes)


def _event(each: Leaving) -> str:
    entry = each.entry
    standard = [
        _attribute("string", CASE, entry.kind),
        _attribute("date", "time:timestamp", date(entry.at, each.position)),
        _attribute("string", "org:resource", entry.by),
        _attribute("string", "lifecycle:transition", "complete"),
    ]
    text = _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", each.raw.decode())
    return (
        f"<event>\n{''.join([*standard, *_shown(cells(each))])}{_attribute('string', ENTRY, text)}</event>\n"
    )


def _shown(told: Iterable[Cell]) -> Iterator[str]:
    for cell in told:
        text = written(cell)
        if text is not None:
            yield _attribute(_ELEMENTS[cell.form], cell.name, text)


def _attribute(element: str, key: str, value: str) -> str:
    quoted = f'"{value}"' if _PLAIN(value) else quoteattr(_UNFIT.sub("\ufffd", value))
    return f'<{element} key="{key}" value={quoted}/>\n'


_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
_PLAIN = re.compile("[a-zA-Z0-9 .:/_+-]*").fullmatch
_ELEMENTS: dict[Form, str] = {"text": "string", "whole": "int", "time": "date", "truth": "boolean"}
_TABLES = """
CREATE TABLE traces (first INTEGER PRIMARY KEY, stream TEXT UNIQUE);
CREATE TABLE told (stream TEXT, position INTEGER, entry BLOB, PRIMARY KEY (stream, position)) WITHOUT ROWID;
"""
_PLACE = "INSERT OR IGNORE INTO traces (stream, first) VALUES (?, ?)"
_KEEP = "INSERT INTO told VALUES (?, ?, ?)"
_BY_TRACE = "SELECT stream, position, entry FROM traces JOIN told USING (stream) ORDER BY first, position"
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="2.0" xes.features="">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<global scope="trace">
<string key="concept:name" value=""/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00.000Z"/>
<string key="org:resource" value=""/>
<string key="lifecycle:transition" value="complete"/>
</global>
<classifier name="Kind" scope="event" keys="concept:name"/>
"""

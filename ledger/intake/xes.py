"""Rows of an XES event log (IEEE 1849): one a `<event>`, streamed, its trace's attributes as `case:<key>`.

Document types are refused unread, so no entity is ever expanded and nothing outside the file is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from mingdan.ledger.intake.language import Source
from mingdan.ledger.intake.source import Row, SourceFile

_VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})


def xes_rows(file: SourceFile, _source: Source, wanted: frozenset[str]) -> Iterator[Row]:
    """The events in the file's order, which says by itself how it is to be read."""
    return xes_events(file, wanted)


def xes_events(file: SourceFile, wanted: frozenset[str]) -> Iterator[Row]:
    """The events in the file's order. Raises MalformedSource where the XML is torn or no XES log."""
    parser = expat.ParserCreate()
    log = _Log(file, parser, wanted)
    parser.StartElementHandler = log.start
    parser.EndElementHandler = log.end
    parser.StartDoctypeDeclHandler = log.doctype
    number = 0
    try:
        for chunk in file.chunks():
            parser.Parse(chunk)
            for line, cells in log.events:
                number += 1
                yield Row(number, line, cells)
            log.events.clear()
        parser.Parse(b"", True)  # noqa: FBT003  # expat takes it by place
    except expat.ExpatError as error:
        raise file.torn(
            f"not whole XML: {expat.ErrorString(error.code)}", line=error.lineno, row=log.begun
        ) from error


class _Log:
    """What the parser has seen: its depth, the open trace and event, and the events that are complete."""

    def __init__(self, file: SourceFile, parser: expat.XMLParserType, wanted: frozenset[str]) -> None:
        self.file = file
        self.parser = parser
        self.wanted = wanted
        self.depth = 0
        self.trace: dict[str, str] | None = None
        self.event: dict[str, str] | None = None
        self.level = 0  # the depth at which the open event's attributes stand
        self.line = 0
        self.begun = 0
        self.told = False  # the open trace has events already
        self.events: list[tuple[int, dict[str, str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.event is not None:
            if self.depth == self.level and name in _VALUES:
                key, value = self._attribute(attributes)
                if key in self.wanted:
                    self.event[key] = value
        elif name == "event" and self.depth == (2 if self.trace is None else 3):
            self.event = dict(self.trace or ())
            self.level = self.depth + 1
            self.line = self.parser.CurrentLineNumber
            self.begun += 1
            self.told = True
        elif self.trace is not None:
            if self.depth == 3 and name in _VALUES:
                self._of_trace(*self._attribute(attributes))
        elif self.depth == 2 and name == "trace":
            self.trace, self.told = {}, False
        elif self.depth == 1 and name != "log":
            raise self.file.torn("not an XES log", line=self.parser.CurrentLineNumber, got=name)

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.event is not None:
            if self.depth == self.level - 2:
                self.events.append((self.line, self.event))
                self.event = None
        elif self.depth == 1 and name == "trace":
            self.trace = None

    def doctype(self, name: str, *_: object) -> None:
        raise self.file.torn(
            "a document type, which an XES log does not have", line=self.parser.CurrentLineNumber, got=name
        )

    def _attribute(self, attributes: dict[str, str]) -> tuple[str, str]:
        try:
            return attributes["key"], attributes["value"]
        except KeyError as error:
            raise self.file.torn(
                f"an attribute without its {error.args[0]}",
                line=self.parser.CurrentLineNumber,
                row=self.begun,
            ) from error

    def _of_trace(self, key: str, value: str) -> None:
        if self.told:
            raise self.file.torn(
                "a trace's attribute after its events", line=self.parser.CurrentLineNumber, got=key
            )
        assert self.trace is not None
        if (name := f"case:{key}") in self.wanted:
            self.trace[name] = value

"""The members of a JSON document's arrays one after the other, so that a large one is never held whole."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.intake.source import LONGEST, SourceFile


class Item(NamedTuple):
    """A value, the array it stands in (by its name in the document, or ""), and the line it begins in."""

    array: str
    line: int
    value: Any


def json_items(file: SourceFile) -> Iterator[Item]:
    """Of `[…]` each member; of `{"a": […], "b": …}` each member of the arrays, and each other value whole.

    Raises MalformedSource where the text is no such document or a value has more than 1,048,576 characters.
    """
    text = _Text(file)
    if text.take("[{") == "[":
        yield from _members(text, "")
    else:
        yield from _named(text)
    if mark := text.peek():
        raise text.torn("text after the document's end", got=mark)


def _named(text: _Text) -> Iterator[Item]:
    if text.peek() == "}":
        text.take("}")
        return
    while True:
        name = text.name()
        text.take(":")
        if text.peek() == "[":
            text.take("[")
            yield from _members(text, name)
        else:
            yield text.item(name)
        if text.take(",}") == "}":
            return


def _members(text: _Text, array: str) -> Iterator[Item]:
    if text.peek() == "]":
        text.take("]")
        return
    yield text.item(array)
    while text.take(",]") == ",":
        yield text.item(array)


class _Text:
    """What is unpacked and not yet read."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.line = 1
        self._chunks = file.chunks()
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._at = 0

    def peek(self) -> str:
        """The next character that is no space, or "" at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            assert found is not None
            self._pass(found.end())
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, marks: str) -> str:
        """Passes one of these characters."""
        mark = self.peek()
        if not mark or mark not in marks:
            raise self.torn("not whole JSON", got=mark or "its end", expected=" or ".join(marks))
        self._pass(self._at + 1)
        return mark

    def name(self) -> str:
        """The next value, which is text."""
        value = self.item("").value
        if not isinstance(value, str):
            raise self.torn("not whole JSON", expected="a name")
        return value

    def item(self, array: str) -> Item:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = _VALUE(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if len(self._text) - self._at > LONGEST or not self._more():
                    raise self.torn("not whole JSON", reason=str(error).partition(":")[0]) from error
                continue
            if end < len(self._text) or not self._more():  # a number may go on where the text is cut
                item = Item(array, self.line, value)
                self._pass(end)
                return item

    def torn(self, what: str, **place: object) -> MalformedSource:
        return self.file.torn(what, next_step="", line=self.line, **place)

    def _pass(self, end: int) -> None:
        self.line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self) -> bool:
        """Whether there is more to read: one chunk of it, what is read already forgotten."""
        chunk = next(self._chunks, b"")
        try:
            fresh = self._decode(chunk, not chunk)
        except UnicodeDecodeError as error:
            raise self.torn("not utf-8", got=error.object[error.start : error.end].hex()) from error
        self._text, self._at = self._text[self._at :] + fresh, 0
        return bool(chunk)


_SPACE = re.compile(r"[ \t\n\r]*")
_VALUE = json.JSONDecoder().raw_decode

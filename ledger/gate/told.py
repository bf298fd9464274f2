"""What a request tells, in whichever form: one event or a list of them, and how its body is laid out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from mingdan.ledger.errors import MalformedEntry, MingdanError
from mingdan.ledger.gate.cloud_event import CloudEvent, Value, statement_of
from mingdan.ledger.gate.json_text import read_json, read_list
from mingdan.ledger.gate.problem import ALONE, Declined, Layout, misfit
from mingdan.ledger.intake.statement import Statement

ONE = "application/cloudevents+json"
LIST = "application/cloudevents-batch+json"
DATA = "application/json"  # of an event whose attributes stand in headers
MOST = 1_000  # events
ATTRIBUTE = "ce-"

Headers = Sequence[tuple[str, str]]  # names in lower case


class Told(NamedTuple):
    """Events in their order; one that is none stands there as what is wrong with it."""

    events: list[CloudEvent | MingdanError]
    layout: Layout = ALONE


def layout_of(headers: Headers) -> Layout:
    """How a body is laid out, by its content type. Raises Declined."""
    kind = content_type(headers)
    if kind == ONE:
        return Layout()
    if kind == LIST:
        return Layout(listed=True)
    if kind in (DATA, "") and any(name.startswith(ATTRIBUTE) for name, _ in headers):
        return Layout(data="")
    raise Declined(
        "media-type",
        "events are sent as CloudEvents in JSON",
        expected=f"{ONE}, {LIST}, or {DATA} with the attributes in `ce-` headers",
    )


def read_told(headers: Headers, body: bytes) -> Told:
    """The events of a request. Raises MalformedEntry with the pointer or the header; Declined."""
    layout = layout_of(headers)
    if layout.listed:
        raw = read_list(body, _LIST, MOST)
        return Told([_read(each, number) for number, each in enumerate(raw, 1)], layout)
    if layout.data:
        return Told([read_json(body, _ONE)], layout)
    return Told([_of_headers(headers, body)], layout)


def statements_of(told: Told, party: str) -> list[Statement | MingdanError]:
    """What the events state; left out, `by` is this party."""
    return [_stated(each, number, party) for number, each in enumerate(told.events, 1)]


def _stated(event: CloudEvent | MingdanError, number: int, party: str) -> Statement | MingdanError:
    if isinstance(event, MingdanError):
        return event
    try:
        return statement_of(event, party)
    except MalformedEntry as error:
        error.evidence["statement"] = number
        return error


def _read(raw: msgspec.Raw, number: int) -> CloudEvent | MingdanError:
    """One event of a list, whose names and numbers are in bounds already."""
    try:
        return _ONE(raw)
    except msgspec.ValidationError as error:
        place, expected = misfit(error)
        told = MalformedEntry("this is no event", statement=number, pointer=place, expected=expected)
        told.__cause__ = error
        return told


def _of_headers(headers: Headers, body: bytes) -> CloudEvent:
    """An event in binary mode: attributes in headers, the body is its data."""
    data = read_json(body, _FIELDS) if body else {}
    attributes = _attributes(headers)
    try:
        return msgspec.convert(attributes | {"data": data}, CloudEvent)
    except msgspec.ValidationError as error:
        place, expected = misfit(error)
        raise MalformedEntry(
            "an attribute is not of the form asked for",
            next_step="see /openapi.json",
            header=ATTRIBUTE + place.removeprefix("/"),
            expected=expected,
        ) from None


def _attributes(headers: Headers) -> dict[str, str]:
    """The CloudEvents HTTP binding, 3.1.3: values are UTF-8, percent-encoded, perhaps in quotes."""
    told: dict[str, str] = {}
    for header, value in headers:
        name = header.removeprefix(ATTRIBUTE)
        if name == header:
            continue
        if name in told or name in _ELSEWHERE:
            raise MalformedEntry("this header is sent once, or not at all", header=_shown(header))
        try:
            told[name] = unquote(_QUOTED.sub(r"\1", _unquoted(value)), errors="strict")
        except UnicodeDecodeError as error:
            raise MalformedEntry("a header is percent-encoded UTF-8", header=_shown(header)) from error
    return told


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _shown(header: str) -> str:
    return header if re.fullmatch(r"ce-[a-z0-9]{1,20}", header) else ATTRIBUTE


def content_type(headers: Headers) -> str:
    """The one content type, without its charset, which may only be UTF-8."""
    found = [value for name, value in headers if name == "content-type"]
    if len(found) > 1:
        raise MalformedEntry("one content type is sent", header="content-type")
    kind, _, more = (found or [""])[0].partition(";")
    if more.strip().lower().replace('"', "") not in ("", "charset=utf-8"):
        raise Declined("media-type", "events are sent in UTF-8", expected="charset=utf-8")
    return kind.strip().lower()


_ELSEWHERE = ("data", "datacontenttype")  # these are the body and its type
_QUOTED = re.compile(r"\\(.)")
_ONE = msgspec.json.Decoder(CloudEvent).decode
_LIST = msgspec.json.Decoder(list[msgspec.Raw]).decode
_FIELDS = msgspec.json.Decoder(dict[str, Value]).decode

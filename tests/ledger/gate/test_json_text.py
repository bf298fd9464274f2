"""JSON within bounds: what would be too much is refused before it is made, and nothing else is."""

from __future__ import annotations

import json

import pytest

from mingdan.ledger.errors import MingdanError
from mingdan.ledger.gate import json_text
from mingdan.ledger.gate.json_text import ALL_VALUES, VALUES
from mingdan.ledger.gate.problem import problem
from mingdan.ledger.gate.told import LIST, MOST, ONE, read_told

from .trading import event


class Unasked:
    """A decoder that nobody may ask."""

    def decode(self, *_):
        raise AssertionError("something is made of it")

    raw_decode = decode


DENSE = {
    "a list of lists": (LIST, b"[" + b"[]," * ALL_VALUES + b"[]]", 413),
    "a list of objects": (LIST, b"[" + b"{}," * ALL_VALUES + b"{}]", 413),
    "a list of texts": (LIST, b"[" + b'"",' * ALL_VALUES + b'""]', 413),
    "lists in lists": (LIST, b"[" + (b"[" * 900 + b"]" * 900 + b",") * 300 + b"[]]", 413),
    "nests": (LIST, b"[" * (ALL_VALUES + 1), 413),
    "lists in an event": (ONE, b'{"data":{"a":[' + b"[]," * VALUES + b"[]]}}", 400),
    "names in an event": (ONE, b'{"data":{%s}}' % b",".join(b'"%d":1' % n for n in range(VALUES + 1)), 400),
    "texts beside an open quote": (ONE, b'{"a":[' + b'"\\"",' * VALUES + b'"', 400),
}


@pytest.mark.parametrize("name", DENSE)
def test_more_values_than_can_be_recorded_are_refused_before_any_is_made(name, monkeypatch):
    kind, body, status = DENSE[name]
    monkeypatch.setattr(json_text, "_BOUNDS", Unasked())

    with pytest.raises(MingdanError) as refused:
        read_told([("content-type", kind)], body)

    assert problem(refused.value).status == status


@pytest.mark.parametrize("label", ["," * (2 * VALUES), "[{\\" * VALUES, '",\\"[' * VALUES, '\\\\,"' * VALUES])
@pytest.mark.parametrize("kind", [ONE, LIST])
def test_what_is_said_in_quotes_counts_for_nothing(label, kind):
    told = event("order.noted", "my-7", data={"label": label})

    (read,) = read_told([("content-type", kind)], json.dumps(told if kind == ONE else [told]).encode()).events

    assert read.data == {"label": label}


def test_as_many_values_as_an_entry_has_room_for_are_read():
    scope = ["a"] * (65_535 // 4)
    told = event("exception.reported", "exception/x", data={"scope": scope})

    (one,) = read_told([("content-type", ONE)], json.dumps(told).encode()).events
    listed = read_told([("content-type", LIST)], json.dumps([told] * 10).encode()).events

    assert listed == [one] * 10


def test_what_follows_the_events_that_a_batch_may_have_is_not_read():
    body = b"[" + b"{}," * MOST + b'{"a":1.5}]'

    with pytest.raises(MingdanError, match=f"at most {MOST} events"):
        read_told([("content-type", LIST)], body)


def test_an_event_of_a_list_that_has_too_many_values_is_named():
    large = b'{"data":{"a":[' + b'"a",' * VALUES + b'"a"]}}'

    with pytest.raises(MingdanError) as refused:
        read_told([("content-type", LIST)], b"[{}," + large + b"]")

    assert problem(refused.value).pointer == "/1"


@pytest.mark.parametrize(
    ("body", "count"), [(b"[]", 0), (b" [ ] ", 0), (b"[{}]", 1), (b"\n[ {} ,\t{ }\r]\n", 2), (b"[{},[1]]", 2)]
)
def test_a_list_is_read_however_it_is_spaced(body, count):
    assert len(read_told([("content-type", LIST)], body).events) == count


@pytest.mark.parametrize("body", [b"[{},]", b"[,]", b"[{} {}]", b"[{}", b"[]]", b"[{}]{}", b"{}", b"[{},1.5"])
def test_what_is_nearly_a_list_is_refused(body):
    with pytest.raises(MingdanError) as refused:
        read_told([("content-type", LIST)], body)

    assert problem(refused.value).status == 400


def test_a_refusal_keeps_nothing_of_what_was_read():
    """Its frames would, for as long as it takes to answer."""
    body = b'{"data":{%s}}' % b",".join(b'"%d":1' % n for n in range(1_000))

    with pytest.raises(MingdanError) as refused:
        read_told([("content-type", ONE)], body)

    assert refused.value.__cause__.__traceback__ is None

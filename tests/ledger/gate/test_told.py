"""Whatever is sent becomes statements or a named error, never anything else."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import MingdanError
from mingdan.ledger.event import KINDS
from mingdan.ledger.gate.cloud_event import at_of
from mingdan.ledger.gate.order_form import read_order
from mingdan.ledger.gate.problem import problem
from mingdan.ledger.gate.told import LIST, ONE, Headers, Told, layout_of, read_told, statements_of
from mingdan.ledger.intake.statement import Statement, claim_of

from .trading import event, paid

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
ANY = st.recursive(
    SCALARS, lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=9), each, max_size=3)
)
NAMES = st.sampled_from([
    "specversion", "id", "source", "type", "subject", "time", "data", "basis", "by", "sig", "datacontenttype",
])  # fmt: skip
TYPES = st.sampled_from([f"mingdan.{kind}" for kind in KINDS])
TIMES = st.datetimes().map(lambda at: at.isoformat() + "Z") | st.just("0001-01-01T00:00:00+23:59")


@st.composite
def events(draw) -> dict:
    """Nearly an event: something of it is changed, or nothing."""
    told = event("order.paid", "my-7") | {
        "type": draw(TYPES),
        "subject": draw(st.text(min_size=1, max_size=9)),
    }
    told |= draw(st.dictionaries(NAMES, ANY | TIMES, max_size=2))
    told["data"] = draw(st.dictionaries(st.sampled_from(["amount", "qty", "by", "reason", "to"]), ANY) | ANY)
    return told


def told_of(headers: Headers, body: bytes) -> list[Statement | MingdanError]:
    """What a request states, or what is wrong with it."""
    try:
        return statements_of(read_told(headers, body), "shop")
    except MingdanError as error:
        return [error]


def outcomes(headers: Headers, body: bytes) -> list[object]:
    """What becomes of a request: claims, or errors that are nobody's fault but the sender's."""
    return [claimed(each) for each in told_of(headers, body)]


def claimed(stated: Statement | MingdanError) -> object:
    try:
        return blamed(stated) if isinstance(stated, MingdanError) else claim_of(stated, {}, [])
    except MingdanError as error:
        return blamed(error)


def blamed(error: MingdanError) -> MingdanError:
    assert problem(error).status in (400, 404, 413, 415)
    return error


@given(st.binary(max_size=200))
def test_any_bytes_are_events_or_an_error(body):
    assert outcomes([("content-type", ONE)], body)


@given(ANY)
def test_any_json_is_events_or_an_error(told):
    for kind in (ONE, LIST):
        outcomes([("content-type", kind)], json.dumps(told).encode())


@given(st.lists(events(), min_size=1, max_size=3))
def test_what_is_nearly_an_event_is_a_claim_or_an_error(told):
    for kind, body in ((ONE, told[0]), (LIST, told)):
        assert outcomes([("content-type", kind)], json.dumps(body).encode())


@given(st.dictionaries(NAMES | st.text(max_size=5), st.text(max_size=20), max_size=5), st.binary(max_size=20))
def test_any_headers_are_an_event_or_an_error(told, body):
    headers = [(f"ce-{name}", value) for name, value in told.items()]

    assert outcomes([*headers, ("ce-id", "1"), ("content-type", "application/json")], body)


@given(ANY | st.dictionaries(st.sampled_from(["order", "qty", "amount", "sku"]), ANY), st.text(max_size=9))
def test_any_order_is_a_statement_or_an_error(told, key):
    headers = [("content-type", "application/json"), ("idempotency-key", key)]
    try:
        stated: Statement | MingdanError = read_order(headers, json.dumps(told).encode(), "shop")
    except MingdanError as error:
        stated = error

    assert claimed(stated)


@given(events())
def test_both_modes_say_the_same(told):
    attributes = {name: value for name, value in told.items() if name not in ("data", "datacontenttype")}
    if not all(isinstance(value, str) for value in attributes.values()):
        return
    headers = [(f"ce-{name}", quote(value, safe="")) for name, value in attributes.items()]
    structured = {name: value for name, value in told.items() if name != "datacontenttype"}

    (binary,) = told_of([*headers, ("content-type", "application/json")], json.dumps(told["data"]).encode())
    (one,) = told_of([("content-type", ONE)], json.dumps(structured).encode())

    assert binary == one or (isinstance(binary, MingdanError) and isinstance(one, MingdanError))


@pytest.mark.parametrize(
    ("told", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00.5z", 500),
        ("1970-01-01T08:00:00.0019+08:00", 1),
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_times_are_cut_to_the_millisecond(told, ms):
    assert at_of(told) == ms


@pytest.mark.parametrize("value", ['"/a b"', "%2Fa%20b", "/a b"])
def test_a_header_may_be_quoted_or_encoded(value):
    headers = [(f"ce-{name}", told) for name, told in event("order.expired", "my-7", source=value).items()]

    (read,) = read_told(headers, b"").events

    assert read.source == "/a b"


@pytest.mark.parametrize(
    "more", [("ce-id", "2"), ("ce-data", "x"), ("ce-datacontenttype", "text/xml"), ("ce-time", "%ff")]
)
def test_a_header_that_is_sent_twice_or_stands_elsewhere_is_refused(more):
    headers = [(f"ce-{name}", told) for name, told in event("order.expired", "my-7").items()]

    with pytest.raises(MingdanError) as error:
        read_told([*headers, more], b"")

    assert problem(error.value).header == more[0]


def test_the_layout_is_known_before_the_body():
    assert layout_of([("content-type", f"{LIST}; charset=UTF-8")]).listed
    assert layout_of([("content-type", "application/json"), ("ce-id", "1")]).data == ""


def test_the_same_id_and_source_of_two_parties_are_two_keys():
    told = Told([read_told([("content-type", ONE)], json.dumps(paid("my-7")).encode()).events[0]])

    (shop,), (east,) = statements_of(told, "shop"), statements_of(told, "east")

    assert (shop.by, shop.id) == ("shop", "/shop\norder.paid-my-7")
    assert east.by == "east"

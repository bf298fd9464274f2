"""XES: valid by the standard's schema, a trace an order, and readable by a mapping as any other log is."""

import pytest
from lxml import etree

from mingdan.ledger import event as e
from mingdan.ledger.intake.importing import import_file
from mingdan.ledger.intake.mapping import parse_mapping

from .written import ORDER, exported, from_book, log, sealed

OTHER = "order/" + 64 * "b"
MAPPING = """
[source]
name = "shop"
shape = "log"
format = "xes"
case = "case:concept:name"
activity = "concept:name"
time = "time:timestamp"
by = { column = "org:resource", as = "id" }
[[event]]
activity = "order.paid"
kind = "order.paid"
fields.amount = { column = "data.amount", as = "integer" }
"""


@pytest.fixture(scope="module")
def root(market):
    return etree.fromstring(from_book(market, "xes"))


def test_a_market_is_valid_by_the_standard_s_schema(root, schemas):
    etree.XMLSchema(file=schemas / "xes.xsd").assertValid(root)


def test_the_schema_refuses_what_is_no_xes(schemas):
    assert not etree.XMLSchema(file=schemas / "xes.xsd").validate(etree.fromstring("<log><trace/></log>"))


def test_each_order_is_one_trace_with_its_entries_in_order(market, root):
    orders = {}
    for each in log(market):
        if each.stream.startswith("order/"):
            orders.setdefault(each.stream, []).append(each.kind)

    traces = root.findall("trace")
    found = {
        trace.find("string").get("value"): [
            event.find("string[@key='concept:name']").get("value") for event in trace.findall("event")
        ]
        for trace in traces
    }
    assert len(traces) == len(orders)
    assert found == orders


def test_standard_extensions_say_what_when_and_who():
    (event,) = etree.fromstring(exported("xes", sealed((ORDER, e.Paid(amount=5)), by="shop", at=1_500))).iter(
        "event"
    )
    told = {(each.tag, each.get("key")): each.get("value") for each in event}

    assert told["string", "concept:name"] == "order.paid"
    assert told["date", "time:timestamp"] == "1970-01-01T00:00:01.500Z"
    assert told["string", "org:resource"] == "shop"
    assert told["string", "lifecycle:transition"] == "complete"
    assert told["int", "data.amount"] == "5"


def test_orders_that_take_turns_are_told_apart():
    told = sealed((ORDER, e.Paid()), (OTHER, e.Paid()), (ORDER, e.Expired()))

    traces = etree.fromstring(exported("xes", told)).findall("trace")

    assert [len(each.findall("event")) for each in traces] == [2, 1]


def test_the_file_says_what_it_lacks(root):
    lacks = root.find("string[@key='mingdan.lacks']").get("value")

    assert "private words" in lacks
    assert "XES knows cases alone" in lacks


def test_a_mapping_reads_it_as_any_other_log(open_book, tmp_path):
    path, book = tmp_path / "log.xes", open_book()
    path.write_bytes(exported("xes", sealed((ORDER, e.Paid(amount=5)), (ORDER, e.Expired()), by="shop")))

    import_file(book, path, parse_mapping(MAPPING))

    assert [(each.event, each.by) for each in log(book)] == [
        (e.Paid(amount=5), "shop"),
        (e.Noted(label="order.expired"), "shop"),
    ]

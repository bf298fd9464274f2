"""CloudEvents: the attributes that the intake knows, and an id that finds every change."""

import json

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.errors import MalformedEntry
from mingdan.ledger.export.cloudevents import entry_of

from .written import ORDER, ORIGIN, exported, sealed

OTHERWISE = {
    "id": "0" * 64,
    "type": "mingdan.order.paid_late",
    "subject": "order/" + 64 * "b",
    "time": "2026-01-01T00:00:00.001Z",
    "recorded": "2026-01-01T00:00:00.001Z",
    "by": "another",
    "basis": "observed",
    "seq": 2,
    "prev": "0" * 64,
    "learned": "2026-01-01T00:00:00.000Z",
    "data": {"amount": 6},
}


@pytest.fixture
def event():
    (told,) = json.loads(exported("cloudevents", sealed((ORDER, e.Paid(amount=5)), by="shop", at=1_500)))
    return told


def test_attributes_are_those_of_the_intake(event):
    (each,) = sealed((ORDER, e.Paid(amount=5)), by="shop", at=1_500)

    assert event == {
        "specversion": "1.0",
        "id": each.entry.leaf.hex(),
        "source": ORIGIN,
        "type": "mingdan.order.paid",
        "subject": ORDER,
        "time": "1970-01-01T00:00:01.500Z",
        "datacontenttype": "application/json",
        "by": "shop",
        "recorded": "1970-01-01T00:00:01.500Z",
        "seq": 1,
        "data": {"amount": 5},
    }


def test_names_of_attributes_are_as_cloudevents_has_them():
    told = sealed((ORDER, e.Paid()), (ORDER, e.Expired()), basis="backfill", learned=1)

    for each in json.loads(exported("cloudevents", told)):
        assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in each)


@pytest.mark.parametrize("name", OTHERWISE)
def test_any_change_is_found_by_the_id(event, name):
    entry_of(event)

    with pytest.raises(MalformedEntry):
        entry_of(event | {name: OTHERWISE[name]})


@pytest.mark.parametrize("name", ["type", "time", "data", "id"])
def test_an_event_that_lacks_something_is_refused(event, name):
    del event[name]

    with pytest.raises(MalformedEntry, match="not an entry that was exported"):
        entry_of(event)


def test_nothing_is_an_empty_batch():
    assert exported("cloudevents", []) == b"[]\n"

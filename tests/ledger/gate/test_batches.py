"""Many events in one request: all or none, unless each is asked for."""

from __future__ import annotations

from mingdan.ledger.gate.told import MOST
from mingdan.ledger.market.sku import Listed, Stocked

from .trading import PLACED, event, paid

LENIENT = {"prefer": "handling=lenient"}


def noted(number: int, subject: str = "my-7") -> dict:
    return event("order.noted", subject, f"note-{subject}-{number}", data={"label": f"seen {number}"})


def test_a_batch_is_recorded_whole_and_in_its_order(market):
    answer = market.tell([event("order.placed", "my-7", data=PLACED), paid("my-7"), noted(1)])

    told = answer.json()
    assert answer.status_code == 201
    assert market.kinds("my-7") == ["order.placed", "order.paid", "order.noted"]
    assert [each["status"] for each in told["results"]] == [201, 201, 201]
    assert "handle" in told["results"][0]["entry"]
    assert told["receipt"].count("=\n") >= 3


def test_a_batch_with_one_bad_event_records_nothing_and_names_it(market):
    market.place("my-7")

    answer = market.tell([noted(1), paid("my-7", data={"amount": "x"})])

    assert (answer.status_code, answer.json()["pointer"]) == (400, "/1/data/amount")
    assert market.kinds("my-7") == ["order.placed"]


def test_a_batch_that_the_rules_refuse_records_nothing_and_names_the_event(market):
    market.place("my-7")

    answer = market.tell([noted(1), paid("my-7"), event("order.expired", "my-7")])

    assert (answer.status_code, answer.json()["pointer"]) == (409, "/2")
    assert market.kinds("my-7") == ["order.placed"]


def test_a_batch_that_was_recorded_before_is_200_and_the_same(market):
    batch = [event("order.placed", "my-7", data=PLACED), paid("my-7")]
    first = market.tell(batch)

    again = market.tell(batch)

    assert again.status_code == 200
    assert again.json()["receipt"] == first.json()["receipt"]
    assert market.tell([*batch, noted(1)]).status_code == 201


def test_an_empty_batch_records_nothing(market):
    answer = market.tell([])

    assert (answer.status_code, answer.json()) == (200, {"receipt": None, "results": []})


def test_a_lenient_batch_answers_for_each_event(market):
    market.place("my-7")
    batch = [noted(1), event("order.expired", "my-7"), {"id": "odd"}, paid("no-such"), noted(2), noted(1)]

    answer = market.tell(batch, **LENIENT)

    results = answer.json()["results"]
    assert answer.status_code == 207
    assert answer.headers["preference-applied"] == "handling=lenient"
    assert [each["status"] for each in results] == [201, 409, 400, 404, 201, 200]
    assert [each.get("problem", {}).get("pointer") for each in results] == [
        None,
        "/1",
        "/2/source",
        "/3/subject",
        None,
        None,
    ]
    assert market.kinds("my-7") == ["order.placed", "order.noted", "order.noted"]


def test_what_follows_a_refused_order_in_a_lenient_batch_is_refused_too(market):
    batch = [
        event("order.placed", "my-7", data=PLACED | {"policy": "none"}),
        paid("my-7"),
        event("order.placed", "my-8", data=PLACED),
        paid("my-8"),
    ]

    results = market.tell(batch, **LENIENT).json()["results"]

    assert [each["status"] for each in results] == [404, 404, 201, 201]


def test_an_order_that_a_lenient_batch_places_twice_is_placed_once(market):
    batch = [
        event("order.placed", "my-8", "1", data=PLACED),
        event("order.placed", "my-8", "2", data=PLACED),
        paid("my-8"),
        event("order.placed", "my-8", "1", data=PLACED),
    ]

    results = market.tell(batch, **LENIENT).json()["results"]

    assert [each["status"] for each in results] == [201, 409, 201, 200]
    assert market.kinds("my-8") == ["order.placed", "order.paid"]


def test_an_order_too_many_is_noted_once_at_its_sku(market):
    market.record(
        "sku/game-100", "shop", Listed(form="direct", name="G", platform="shop", stock_mode="counted")
    )
    market.record("sku/game-100", "shop", Stocked(as_of=market.watch.now, qty=1, ttl=3_600_000))
    batch = [event("order.placed", f"my-{number}", data=PLACED) for number in range(3)]

    results = market.tell(batch, **LENIENT).json()["results"]

    assert [each["status"] for each in results] == [201, 409, 409]
    assert results[1]["problem"]["rule"] == "cap"
    assert market.kinds("sku/game-100").count("sku.intake_refused") == 2


def test_a_preference_for_one_event_alone_changes_nothing(market):
    market.place("my-7")

    assert market.tell(event("order.noted", "my-7", data={"label": "x"}), **LENIENT).status_code == 201


def test_more_events_than_a_batch_may_have_are_refused(market):
    market.place("my-7")

    assert market.tell([noted(number) for number in range(MOST + 1)]).status_code == 413
    assert market.size() == len(market.entries("my-7")) + 5

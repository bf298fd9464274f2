"""OCEL 2.0: valid by the published schema, and every object, relation and change where it was told."""

import json
from datetime import datetime

import jsonschema
import pytest

from mingdan.ledger import event as e
from mingdan.ledger.export.objects import TYPES
from mingdan.ledger.market import incident, party, sku

from .written import ORDER, ORIGIN, exported, sealed

READ = {"string": str, "integer": int, "time": datetime.fromisoformat, "boolean": json.loads}
PLACED = e.Placed(platform="kamao", merchant="shop", sku="card", policy="fast", amount=500, due_at=9_000)


@pytest.fixture(scope="module")
def declared(market_ocel):
    return {
        kind: {
            each["name"]: {one["name"]: one["type"] for one in each["attributes"]}
            for each in market_ocel[f"{kind}Types"]
        }
        for kind in ("event", "object")
    }


def ocel(*told, **how):
    found = json.loads(exported("ocel2", sealed(*told, **how)))
    return found["events"], {each["id"]: each for each in found["objects"]}


def related(of):
    return {(each["qualifier"], each["objectId"]) for each in of["relationships"]}


def values(of, name):
    return [each["value"] for each in of["attributes"] if each["name"] == name]


def test_a_market_is_valid_by_the_published_schema(market_ocel, schemas):
    schema = json.loads((schemas / "ocel20-schema.json").read_text("utf-8"))

    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(market_ocel)
    assert len(market_ocel["events"]) > 500


def test_the_schema_refuses_what_is_no_ocel(market_ocel, schemas):
    schema = json.loads((schemas / "ocel20-schema.json").read_text("utf-8"))

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(market_ocel | {"events": [{"id": "e"}]}, schema)


def test_every_relation_leads_to_an_object_and_no_id_is_given_twice(market_ocel):
    ids = [each["id"] for each in market_ocel["objects"]]
    everything = [*market_ocel["events"], *market_ocel["objects"]]

    assert len(ids) == len(set(ids))
    assert {each["objectId"] for one in everything for each in one["relationships"]} <= set(ids)
    assert len({each["id"] for each in market_ocel["events"]}) == len(market_ocel["events"])


@pytest.mark.parametrize("kind", ["event", "object"])
def test_every_attribute_is_declared_and_reads_as_its_type(market_ocel, declared, kind):
    for each in market_ocel[f"{kind}s"]:
        types = declared[kind][each["type"]]
        for attribute in each["attributes"]:
            READ[types[attribute["name"]]](attribute["value"])


def test_a_market_has_objects_of_every_type_but_the_log(market_ocel):
    assert {each["type"] for each in market_ocel["objects"]} == {*TYPES} - {"log"}


def test_an_order_is_related_to_what_it_was_placed_with():
    events, objects = ocel((ORDER, PLACED), by="shop")

    expected = {
        ("platform", "party/kamao"),
        ("merchant", "party/shop"),
        ("sku", "sku/card"),
        ("policy", "policy/fast"),
    }
    assert related(objects[ORDER]) == expected
    assert related(events[0]) == expected | {("subject", ORDER), ("told by", "party/shop")}


def test_a_word_of_a_tier_belongs_to_its_own_hop_and_a_doubt_to_who_sent_it():
    told = [
        (ORDER, PLACED),
        (ORDER, e.HopForwarded(attempt=1, to="agent")),
        (ORDER, e.HopForwarded(attempt=2, to="brand")),
        (ORDER, e.HopUncertain()),
    ]
    by_agent = sealed(*told, (ORDER, e.HopAccepted()), by="agent")[-1:]
    found = json.loads(exported("ocel2", [*sealed(*told), *by_agent]))
    hops = [dict(related(each)).get("hop") for each in found["events"]]

    assert hops == [None, *(f"{ORDER}/hop/{name}" for name in ("agent", "brand", "brand", "agent"))]
    objects = {each["id"]: each for each in found["objects"]}
    assert values(objects[f"{ORDER}/hop/agent"], "state") == ["forwarded", "accepted"]
    assert values(objects[f"{ORDER}/hop/brand"], "attempt") == ["2"]
    assert ("tier", "party/brand") in related(objects[f"{ORDER}/hop/brand"])


def test_what_a_tier_observed_is_of_the_tier_behind_it():
    told = [(ORDER, PLACED), *((ORDER, e.HopForwarded(attempt=1, to=name)) for name in ("agent", "brand"))]
    seen = sealed(*told, (ORDER, e.HopAccepted()), by="agent", basis="observed")[-1:]
    found = json.loads(exported("ocel2", [*sealed(*told), *seen]))

    assert dict(related(found["events"][-1]))["hop"] == f"{ORDER}/hop/brand"


def test_what_changes_is_told_with_its_time():
    _, objects = ocel((ORDER, PLACED), (ORDER, e.PromiseExtended(due_at=12_000)), at=2_000)

    due = [each for each in objects[ORDER]["attributes"] if each["name"] == "due_at"]
    assert [(each["value"], each["time"]) for each in due] == [
        ("1970-01-01T00:00:09.000Z", "1970-01-01T00:00:02.000Z"),
        ("1970-01-01T00:00:12.000Z", "1970-01-01T00:00:02.000Z"),
    ]


def test_a_dispute_is_an_object_of_its_order():
    opened = e.DisputeOpened(claim="not-delivered", dispute="d1", freezes="none")
    _, objects = ocel(
        (ORDER, opened),
        (ORDER, e.DisputeMerged(dispute="d2", into="d1")),
        (ORDER, e.DisputeDecided(decider="kamao", dispute="d1", outcome="split", reason="r")),
    )

    assert values(objects[f"{ORDER}/dispute/d1"], "state") == ["opened", "decided"]
    assert values(objects[f"{ORDER}/dispute/d1"], "outcome") == ["split"]
    assert related(objects[f"{ORDER}/dispute/d2"]) == {("into", f"{ORDER}/dispute/d1")}
    assert ("dispute", f"{ORDER}/dispute/d1") in related(objects[ORDER])


def test_registers_tell_of_skus_parties_and_exceptions():
    _, objects = ocel(
        ("sku/card", sku.Listed(form="card", name="点卡", platform="kamao", stock_mode="counted")),
        ("sku/card", sku.Mapped(to="core")),
        ("sku/card", sku.Closed(exception="x", reason="r")),
        ("party/shop", party.Registered(name="Shop", role="merchant")),
        ("party/shop", party.Warned(reasons="late")),
        ("exception/x", incident.Reported(kind="fault", scope=("card", "core"), starts=1)),
        ("exception/x", incident.Resolved()),
    )

    assert related(objects["sku/card"]) == {
        ("platform", "party/kamao"),
        ("to", "sku/core"),
        ("exception", "exception/x"),
    }
    assert values(objects["sku/card"], "intake") == ["closed"]
    assert values(objects["party/shop"], "standing") == ["registered", "warned"]
    assert related(objects["exception/x"]) == {("scope", "sku/card"), ("scope", "sku/core")}
    assert values(objects["exception/x"], "state") == ["reported", "resolved"]


def test_the_file_says_whose_log_it_is_from_and_what_it_lacks(market_ocel):
    about = market_ocel["mingdan"]

    assert (about["origin"], about["since"], about["streams"]) == (ORIGIN, 0, [])
    assert any("private words" in each for each in about["lacks"])

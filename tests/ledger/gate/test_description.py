"""The OpenAPI document and the page for people say what the gate does, all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from shutil import copytree

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import fields
from starlette.routing import BaseRoute, Mount, Route

from mingdan.cli import _heard
from mingdan.ledger.event import KINDS, PRIVATE, Epoch, Erased, Placed
from mingdan.ledger.fact import DIGEST
from mingdan.ledger.gate.application import Gate
from mingdan.ledger.gate.cloud_event import CloudEvent
from mingdan.ledger.gate.description import description
from mingdan.ledger.gate.guide import guide
from mingdan.ledger.gate.names import RULES as NAMES
from mingdan.ledger.gate.problem import SORTS, Problem
from mingdan.ledger.gate.speaker import RULES
from mingdan.ledger.intake.holder import FORMS
from mingdan.ledger.keeping.workspace import using_workspace
from mingdan.site.actions import BESIDE
from mingdan.site.webhooks_page import webhooks_route

from .trading import PLACED, event, paid

TOLD = json.loads(description())
SCHEMAS = TOLD["components"]["schemas"]
TELLABLE = {kind: fact for kind, fact in KINDS.items() if fact not in (Epoch, Erased)}


def fits(name: str, told: object) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": TOLD["components"]}
    return Draft202012Validator(schema).is_valid(told)


def mounted(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each path that is answered, with its methods; a holder's is one for each of its forms."""
    for route in routes:
        if isinstance(route, Gate | Mount):
            yield from mounted(route.routes, prefix + getattr(route, "path", ""))
        elif isinstance(route, Route):
            methods = {method.lower() for method in route.methods or ()} - {"head"}
            for action in FORMS if "{action}" in route.path else [""]:
                yield prefix + route.path.replace("{action}", action), methods


def test_every_route_that_a_server_mounts_is_described_in_its_methods(founded, tmp_path):
    copytree(founded, folder := tmp_path / "w")
    settings = folder / "mingdan.toml"
    settings.write_text(f'intake = "{BESIDE}"\n{settings.read_text()}')
    with using_workspace(folder) as workspace, ExitStack() as meanwhile:
        routes = [webhooks_route(workspace.vault, workspace.settings), *_heard(workspace, meanwhile, 1)]

    assert {path: {*operations} for path, operations in TOLD["paths"].items()} == dict(mounted(routes))


def test_another_method_is_described_for_every_operation():
    assert all("405" in each["responses"] for path in TOLD["paths"].values() for each in path.values())


@pytest.mark.parametrize("kind", TELLABLE)
def test_every_kind_is_described_with_all_its_fields(kind):
    schema = SCHEMAS[f"data.{kind}"]

    assert schema["properties"].keys() == {field.name for field in fields(TELLABLE[kind])}
    assert {"$ref": f"#/components/schemas/event.{kind}"} in SCHEMAS["Event"]["oneOf"]
    for name in PRIVATE.get(TELLABLE[kind], ()):
        assert DIGEST not in schema["properties"][name]["pattern"]


def test_an_order_is_described_with_all_fields_of_its_placing_and_its_name():
    assert SCHEMAS["Order"]["properties"].keys() == {"order", *(field.name for field in fields(Placed))}
    assert "platform" not in SCHEMAS["Order"]["required"]


def test_every_attribute_and_every_member_of_a_problem_is_described():
    assert SCHEMAS["CloudEvent"]["properties"].keys() == {field.name for field in fields(CloudEvent)}
    assert SCHEMAS["Problem"]["properties"].keys() == {field.name for field in fields(Problem)}


def test_every_reference_leads_somewhere():
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', description().decode())):
        assert name in SCHEMAS


def test_every_schema_is_one():
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_what_is_taken_fits_the_description_and_what_is_not_does_not(market):
    assert fits("Event", paid("my-7"))
    assert fits("Event", event("order.placed", "my-7", data=PLACED))
    assert not fits("Event", paid("my-7", data={"amount": "x"}))
    assert not fits("Event", paid("my-7", bais="observed"))
    assert not fits("Event", event("order.noted", "my-7", data={"label": "\x07"}))
    assert not fits("Event", event("party.registered", "my-7", data={"name": "store", "role": "agent"}))
    assert fits("Entered", market.place("my-7").json())
    assert fits("Entered", market.tell(paid("my-7")).json())
    assert fits("Batched", market.tell([paid("my-7"), {}], prefer="handling=lenient").json())
    assert fits("Problem", market.tell(paid("my-8")).json())


def test_what_a_placed_orders_answer_leads_to_is_there(market):
    placed = TOLD["paths"]["/v1/orders"]["post"]["responses"]["201"]["links"]["receipt"]
    told = market.place("my-7").json()
    asked = {name: told[value.partition("#/")[2]] for name, value in placed["parameters"].items()}

    answer = market.ask("GET", f"/v1/receipts/{asked['leaf']}?index={asked['index']}")

    assert placed["operationId"] == TOLD["paths"]["/v1/receipts/{leaf}"]["get"]["operationId"]
    assert answer.json()["stream"] == told["stream"]


def test_what_is_asked_with_a_key_may_be_refused_for_want_of_one():
    guarded = [each for path in TOLD["paths"].values() for each in path.values() if each["security"]]

    assert len(guarded) == 4
    assert all({"401", "403", "429", "503"} <= each["responses"].keys() for each in guarded)


def test_the_page_tells_every_route_kind_problem_and_rule_and_asks_nobody_else():
    page = guide()

    for word in (*TOLD["paths"], *TELLABLE, *SORTS, *RULES, *NAMES):
        assert word in page
    for slug in SORTS:
        assert f'id="{slug}"' in page
    assert not re.search(r'(src|href)="(?!/openapi\.json")', page)


def test_both_are_served_without_a_key(market):
    told, page = market.ask("GET", "/openapi.json", None), market.ask("GET", "/docs", None)

    assert told.json() == TOLD
    assert page.text == guide()
    assert "default-src 'none'" in page.headers["content-security-policy"]

import json

import pytest
from rdflib import RDF, SDO, Graph, Literal, URIRef

from mingdan.ledger.policy import DEFAULT
from mingdan.ledger.status import SIDES, STEPS
from mingdan.ledger.stuck import NO_PACE
from mingdan.site.order_twin import order_twin
from mingdan.site.schema_org import BY_SIDE, BY_STEP, CONTEXT

from .stories import EDITION, HANDLE, HIDDEN, STORIES, Said, Story, begun, delivered, forwarded, placed, told

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # which rdflib itself uses


def data_of(story: Story) -> dict[str, object]:
    """What the order's twin says in schema.org's words."""
    twin = order_twin(EDITION, story.order, story.entries, DEFAULT, NO_PACE)
    linked: dict[str, object] = json.loads(twin)["linked"]
    return linked


def graph_of(story: Story) -> Graph:
    """As a reader of JSON-LD has it; schema.org's own context maps names to its vocabulary just so."""
    told_data = data_of(story) | {"@context": {"@vocab": str(SDO)}}
    return Graph().parse(data=json.dumps(told_data), format="json-ld")


def one(graph: Graph, kind: URIRef, path: URIRef) -> str:
    (subject,) = graph.subjects(RDF.type, kind)
    return str(graph.value(subject, path))


def test_every_name_is_one_of_schema_orgs(story):
    graph = graph_of(story)

    names = {str(each).removeprefix(str(SDO)) for each in {*graph.predicates()} - {RDF.type}}
    kinds = {str(each).removeprefix(str(SDO)) for each in graph.objects(predicate=RDF.type)}
    assert [name for name in names | kinds if name not in SDO] == []


def test_every_status_is_one_of_schema_orgs():
    for status in (*BY_SIDE.values(), *BY_STEP.values()):
        assert status in SDO
        assert status.startswith("Order")


def test_every_side_and_every_step_has_a_status():
    assert {*BY_SIDE} == {*SIDES} - {"none"}
    assert {*BY_STEP} == {*STEPS}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("placed", "OrderPaymentDue"),
        ("paid", "OrderProcessing"),
        ("forwarded", "OrderProcessing"),
        ("held", "OrderProblem"),
        ("overdue", "OrderProblem"),
        ("delivered", "OrderDelivered"),
        ("completed", "OrderDelivered"),
        ("refunded", "OrderReturned"),
        ("expired", "OrderCancelled"),
    ],
)
def test_a_status_is_told_by_what_stands_in_the_way_else_by_how_far_it_came(name, status):
    assert data_of(told(STORIES[name]))["orderStatus"] == f"https://schema.org/{status}"


def test_an_order_that_need_not_be_paid_in_advance_waits_for_no_payment():
    days = Said(-400, "usaid", placed(policy=None), 0, "backfill")

    assert data_of(told([days]))["orderStatus"] == "https://schema.org/OrderProcessing"


def test_a_delivery_says_by_when_and_who_has_it():
    graph = graph_of(told(forwarded()))

    assert one(graph, SDO.ParcelDelivery, SDO.expectedArrivalUntil) == "2026-11-22T23:00:00Z"
    holder = graph.value(next(graph.subjects(RDF.type, SDO.ParcelDelivery)), SDO.provider)
    assert graph.value(holder, SDO.identifier) == Literal("huanan-daili")


def test_what_was_delivered_is_with_nobody():
    graph = graph_of(told(delivered()))

    assert graph.value(next(graph.subjects(RDF.type, SDO.ParcelDelivery)), SDO.provider) is None


def test_a_merchant_sells_and_the_platform_stands_between():
    graph = graph_of(told(begun()))

    (order,) = graph.subjects(RDF.type, SDO.Order)
    named = {
        role: str(graph.value(graph.value(order, SDO[role]), SDO.identifier)) for role in ("seller", "broker")
    }
    assert named == {"seller": "xinghe-dianka", "broker": "yunka"}


def test_nothing_private_is_in_it(story):
    content = json.dumps(data_of(story))

    assert HANDLE not in content
    assert HIDDEN not in content
    assert json.loads(content)["@context"] == CONTEXT


def test_what_nobody_knows_is_left_out(story):
    assert "null" not in json.dumps(data_of(story))


def test_a_page_does_not_make_its_reader_load_it(story, language):
    assert b"ld+json" not in story.page(EDITION, language)

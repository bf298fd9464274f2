"""Placing an order in one request, and the receipts of what is recorded."""

from __future__ import annotations

import pytest

from mingdan.ledger.checkpoint import open_checkpoint
from mingdan.ledger.event import Erased
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.handle import stream_of
from mingdan.ledger.note import of_base64
from mingdan.ledger.receipt import open_receipt
from mingdan.ledger.tree import verify_inclusion
from mingdan.site.publish import publish

from .trading import PLACED, paid

NOBODYS = "0" * 64


def test_placing_an_order_answers_its_handle_its_page_and_its_receipt(market):
    answer = market.place("my-7")

    told = answer.json()
    (entry,) = market.entries("my-7")
    assert answer.status_code == 201
    assert (entry.kind, entry.event.platform, entry.leaf.hex()) == ("order.placed", "shop", told["leaf"])
    assert told["page"].endswith(f"/{told['handle']}.html")
    assert stream_of(told["handle"]) == told["stream"] == entry.stream
    assert told["receipt"]


def test_placing_it_again_is_the_same_order(market):
    first = market.place("my-7").json()

    again = market.place("my-7")

    assert (again.status_code, again.json()) == (200, first | {"duplicate": True})


def test_placing_it_again_once_it_is_erased_answers_the_link_it_had(market):
    first = market.place("my-7").json()
    market.record(first["stream"], LEDGER, Erased(reason="mistake"))
    market.workspace.vault.erase(first["stream"])

    again = market.place("my-7")

    assert again.status_code == 200
    assert again.json()["handle"] == first["handle"]


def test_placing_it_again_on_other_terms_is_refused(market):
    market.place("my-7")

    assert market.place("my-7", amount=1).status_code == 422


def test_a_key_of_its_own_makes_it_safe_to_send_again(market):
    fields = {name: value for name, value in PLACED.items() if name != "platform"} | {"order": "my-7"}
    headers = {"Idempotency-Key": "a-1"}

    first = market.ask("POST", "/v1/orders", json=fields, headers=headers)
    again = market.ask("POST", "/v1/orders", json=fields, headers=headers)
    other = market.ask("POST", "/v1/orders", json=fields, headers={"Idempotency-Key": "a-2"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [({"order": None}, "/order"), ({"order": ""}, "/order"), ({"qty": 0}, "/qty"), ({"sort": 1}, "/sort")],
)
def test_an_order_that_does_not_fit_is_answered_with_the_place(market, changed, pointer):
    fields = {name: value for name, value in PLACED.items() if name != "platform"}

    answer = market.ask("POST", "/v1/orders", json=fields | {"order": "my-7"} | changed)

    assert (answer.status_code, answer.json()["pointer"]) == (400, pointer)


def test_a_merchant_names_the_platform_it_sells_on(market):
    answer = market.ask("POST", "/v1/orders", "store", json=PLACED | {"order": "my-7"})

    assert answer.status_code == 201


def test_the_receipt_of_an_order_promises_each_of_its_entries(market):
    placed = market.place("my-7").json()
    market.tell(paid("my-7"))

    told = market.ask("GET", f"/v1/orders/{placed['stream'][6:]}/receipt", "store").json()

    _, promises = open_receipt(told["receipt"].encode(), market.workspace.receipt_signer().key)
    assert [each.leaf for each in promises] == [entry.leaf for entry in market.entries("my-7")]
    assert [each["kind"] for each in told["entries"]] == ["order.placed", "order.paid"]
    assert "handle" not in repr(told)


@pytest.mark.parametrize("query", ["", "?index=5"])
def test_the_receipt_of_an_entry_is_found_by_its_hash(market, query):
    placed = market.place("my-7").json()

    told = market.ask("GET", f"/v1/receipts/{placed['leaf']}{query}").json()

    assert told["receipt"] == placed["receipt"]
    assert (told["index"], "proof" in told) == (5, False)


def test_the_receipt_of_a_published_entry_proves_that_it_is_there(market):
    leaf = market.place("my-7").json()["leaf"]
    publish(market.workspace, clock=market.watch)

    proof = market.ask("GET", f"/v1/receipts/{leaf}").json()["proof"]

    head = open_checkpoint(proof["checkpoint"].encode(), market.workspace.signer().key)[0]
    path = [of_base64(each) for each in proof["path"]]
    verify_inclusion(proof["index"], head.size, bytes.fromhex(leaf), path, head.root)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/v1/receipts/{NOBODYS}", 404),
        (f"/v1/receipts/{NOBODYS}?index=0", 404),
        (f"/v1/receipts/{NOBODYS}?index=999", 404),
        (f"/v1/receipts/{NOBODYS}?index=x", 400),
        (f"/v1/receipts/{NOBODYS}?index=0&index=1", 400),
        ("/v1/receipts/short", 404),
        (f"/v1/orders/{NOBODYS}/receipt", 404),
        ("/v1/orders/my-7/receipt", 404),
    ],
)
def test_what_is_not_there_has_no_receipt(market, path, status):
    assert market.ask("GET", path).status_code == status


def test_receipts_are_for_keys(market):
    leaf = market.place("my-7").json()["leaf"]

    assert market.ask("GET", f"/v1/receipts/{leaf}", None).status_code == 401

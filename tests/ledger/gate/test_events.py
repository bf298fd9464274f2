"""Events over HTTP: what is recorded, once, and how it is answered."""

from __future__ import annotations

from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mingdan.ledger.event import Noted
from mingdan.ledger.handle import stream_of
from mingdan.ledger.market.party import Keyed
from mingdan.ledger.market.signing import public_key, sign, signed_text

from .trading import NOON, PLACED, RECIPIENT, event, paid

TIME = "2026-11-01T08:00:00.123999+08:00"
LISTED = {"form": "direct", "name": "Game", "platform": "shop", "stock_mode": "unlimited"}


def test_an_event_is_recorded_and_answered_with_its_place_and_the_logs_promise(market):
    market.place("my-7")

    answer = market.tell(paid("my-7", id="pay-7"))

    entry = market.entries("my-7")[-1]
    told = answer.json()
    assert answer.status_code == 201
    assert (entry.kind, entry.by, entry.event.amount) == ("order.paid", "shop", 4980)
    assert (told["id"], told["leaf"], told["seq"], told["kind"]) == (
        "pay-7",
        entry.leaf.hex(),
        2,
        "order.paid",
    )
    assert told["publish_by"] == entry.recorded + 86_400_000
    assert told["receipt"].startswith("mingdan/receipt/v1\nshop.example/log\n")


def test_the_same_event_again_is_the_same_receipt(market):
    market.place("my-7")
    first = market.tell(paid("my-7"))
    market.watch.now += 1_000

    again = market.tell(paid("my-7"))

    assert again.status_code == 200
    assert again.json() == first.json() | {"duplicate": True}
    assert market.kinds("my-7") == ["order.placed", "order.paid"]


def test_the_same_id_from_another_source_is_another_event(market):
    market.place("my-7")
    market.tell(event("care.located", "my-7", "1"))
    noted = {"id": "1", "data": {"label": "seen"}}

    first = market.tell(event("order.noted", "my-7") | noted)
    other = market.tell(event("order.noted", "my-7") | noted | {"source": "/till"})

    assert (first.status_code, other.status_code) == (201, 201)


def test_the_same_id_with_other_words_is_refused_with_the_entry_it_stands_for(market):
    market.place("my-7")
    leaf = market.tell(paid("my-7")).json()["leaf"]

    answer = market.tell(paid("my-7", data={"amount": 1}))

    assert answer.status_code == 422
    assert answer.json()["because"] == leaf


def test_an_order_may_be_named_by_its_stream_and_its_handle(market):
    placed = market.place("my-7").json()

    by_stream = market.tell(paid(placed["stream"]))
    by_handle = market.tell(event("order.noted", placed["handle"], data={"label": "seen"}))

    assert (by_stream.status_code, by_handle.status_code) == (201, 201)
    assert stream_of(placed["handle"]) == placed["stream"]


def test_whoever_places_an_order_by_event_is_told_its_handle_and_its_page(market):
    answer = market.tell(event("order.placed", "my-7", data=PLACED)).json()

    assert answer["page"] == f"https://shop.example/o/{answer['handle']}.html"
    assert stream_of(answer["handle"]) == answer["stream"]


def test_no_other_event_is_answered_with_a_handle(market):
    market.place("my-7")

    assert "handle" not in market.tell(paid("my-7")).json()


def test_private_words_reach_the_vault_and_nothing_else(market):
    answer = market.tell(event("order.placed", "my-7", data=PLACED))

    (entry,) = market.entries("my-7")
    assert RECIPIENT not in answer.text + repr(entry) + repr(market.lines)
    assert market.workspace.vault.recipient(entry.stream, [entry]) == RECIPIENT


def test_time_is_when_it_happened_to_the_millisecond(market):
    market.place("my-7")

    market.tell(paid("my-7", time=TIME))

    assert market.entries("my-7")[-1].at == NOON + 123


def test_what_a_neighbour_reports_says_so(market):
    market.place("my-7")

    market.tell(event("order.noted", "my-7", basis="observed", data={"label": "seen"}))

    assert market.entries("my-7")[-1].basis == "observed"


def test_facts_of_the_market_are_told_of_their_own_subjects(market):
    answer = market.tell(event("sku.listed", "sku/game-100", data=LISTED))

    assert answer.status_code == 201, answer.text
    assert market.kinds("sku/game-100") == ["sku.listed"]


def test_an_event_in_binary_mode_has_its_attributes_in_headers(market):
    market.place("订单-7")
    headers = {
        "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/shop", "ce-type": "mingdan.order.paid",
        "ce-subject": quote("订单-7"), "Content-Type": "application/json; charset=utf-8",
    }  # fmt: skip

    answer = market.ask("POST", "/v1/events", content=b'{"amount": 4980}', headers=headers)

    assert answer.status_code == 201, answer.text
    assert market.kinds("订单-7") == ["order.placed", "order.paid"]
    assert market.tell(paid("订单-7", id="1")).json()["duplicate"]


def test_an_event_in_binary_mode_may_have_no_data(market):
    market.place("my-7")
    headers = {f"ce-{name}": value for name, value in event("order.expired", "my-7").items()}
    market.watch.now += 3_600_000

    answer = market.ask("POST", "/v1/events", headers=headers)

    assert answer.status_code == 201, answer.text


def test_what_carriers_add_is_passed_over(market):
    market.place("my-7")

    assert market.tell(paid("my-7", traceparent="00-0af7651916cd43dd-b7ad-01")).status_code == 201


def test_what_a_party_signed_is_kept_with_its_hand(market):
    secret = Ed25519PrivateKey.from_private_bytes(bytes(32))
    market.record("party/shop", "shop", Keyed(key=public_key(secret)))
    stream = market.place("my-7").json()["stream"]
    hand = sign(signed_text(stream, "shop", Noted(label="seen"), NOON + 123, None), secret)
    said = {"time": TIME, "sig": f"{hand.key}:{hand.ed25519}"}
    market.watch.now += 1_000

    forged = market.tell(event("order.noted", "my-7", data={"label": "never seen"}) | said)
    signed = market.tell(event("order.noted", "my-7", data={"label": "seen"}, id="2") | said)

    assert (forged.status_code, signed.status_code) == (403, 201)
    assert market.entries("my-7")[-1].sig == hand

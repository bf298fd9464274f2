"""What a key reaches of the register and of the market: no key is the operator."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mingdan.ledger.market.incident import Reported
from mingdan.ledger.market.party import Registered
from mingdan.ledger.market.signing import public_key
from mingdan.ledger.market.sku import Listed

from .trading import NOON, PLACED, ROLES, event

KEY = public_key(Ed25519PrivateKey.from_private_bytes(bytes(32)))
LISTED = {"form": "direct", "name": "Game", "platform": "shop", "stock_mode": "unlimited"}
SUSPENDED = {"entries": ["0" * 64], "reasons": "x"}
TERMS = {
    "clock_start": "paid", "due_in": 1000, "notice_within": 1000, "since": NOON, "stage_limits": {},
    "text": "x", "title": "x", "version": 1, "zone": "Asia/Shanghai",
}  # fmt: skip


def registered(name: str, role: str, *more: str) -> dict[str, object]:
    return event("party.registered", f"party/{name}", *more, data={"name": name, "role": role})


def refusal(answer) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("rule")


SEIZURES = {
    "registers itself as a platform": (registered("other", "platform"), "registers-itself"),
    "registers somebody who holds a key": (registered("my-shop", "agent"), "unregistered"),
    "gives somebody a key": (event("party.keyed", "party/my-shop", data={"key": KEY}), "unregistered"),
    "gives a registered party a key": (event("party.keyed", "party/shop", data={"key": KEY}), "unregistered"),
    "gives itself a key": (event("party.keyed", "party/other", data={"key": KEY}), "unregistered"),
    "suspends a platform": (event("party.suspended", "party/shop", data=SUSPENDED), "unregistered"),
    "appeals": (event("party.appealed", "party/store"), "unregistered"),
    "publishes terms": (event("policy.published", "policy/default", data=TERMS), "unregistered"),
    "reports an exception": (
        event("exception.reported", "exception/e-1", data={"kind": "fault", "scope": [], "starts": NOON}),
        "unregistered",
    ),
    "lists another's SKU": (event("sku.listed", "sku/game-1", data=LISTED), "unregistered"),
    "closes a SKU that nobody listed": (
        event("sku.closed", "sku/game-1", data={"reason": "x"}), "unregistered",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEIZURES)
@pytest.mark.parametrize("more", [{}, {"basis": "observed"}, {"basis": "backfill"}])
def test_a_key_of_an_unregistered_party_seizes_nothing(market, name, more):
    told, rule = SEIZURES[name]
    market.key("my-shop")

    answer = market.tell(told | more, key="other")

    assert refusal(answer) == (403, rule)
    assert market.size() == len(ROLES)


@pytest.mark.parametrize("prefer", [{}, {"prefer": "handling=lenient"}])
def test_a_register_is_not_seized_by_a_batch_either(market, prefer):
    told = [
        registered("other", "platform"),
        registered("my-shop", "agent"),
        event("party.keyed", "party/my-shop", data={"key": KEY}),
        event("party.suspended", "party/shop", data=SUSPENDED),
    ]

    market.tell(told, key="other", **prefer)

    assert market.size() == len(ROLES)


def test_a_refusal_rests_on_the_entry_that_says_whose_the_party_is(market):
    answer = market.tell(event("party.suspended", "party/store", data=SUSPENDED), key="rival")

    assert refusal(answer) == (403, "not-its-party")
    assert answer.json()["because"] == market.entries("party/store")[0].leaf.hex()


@pytest.mark.parametrize("kind", ["party.suspended", "party.lapsed", "party.keyed", "party.registered"])
def test_no_platform_speaks_of_a_party_that_another_registered(market, kind):
    data = {
        "party.suspended": SUSPENDED, "party.lapsed": {}, "party.keyed": {"key": KEY},
        "party.registered": {"name": "store", "role": "agent"},
    }  # fmt: skip

    answer = market.tell(event(kind, "party/store", data=data[kind]), key="rival")

    assert refusal(answer) == (403, "not-its-party")


def test_no_platform_registers_itself(market):
    assert refusal(market.tell(registered("shop", "platform"))) == (403, "registers-itself")


def test_who_holds_a_key_is_registered_by_the_operator_alone(market):
    market.key("my-shop")

    assert refusal(market.tell(registered("my-shop", "agent"), key="rival")) == (403, "has-a-key")


def test_a_platform_registers_a_party_and_keys_it_once_in_one_batch(market):
    told = [registered("south", "agent"), event("party.keyed", "party/south", data={"key": KEY})]

    first = market.tell(told, key="rival")
    market.key("south")
    again = market.tell(told, key="rival")

    assert (first.status_code, again.status_code) == (201, 200)
    assert market.kinds("party/south") == ["party.registered", "party.keyed"]


def test_where_events_stand_for_themselves_none_rests_on_a_registration_that_may_be_refused(market):
    told = [registered("south", "agent"), event("party.keyed", "party/south", data={"key": KEY})]

    answer = market.tell(told, key="rival", prefer="handling=lenient")

    assert [each["status"] for each in answer.json()["results"]] == [201, 403]


def test_an_auditor_judges_whom_others_registered(market):
    leaf = market.entries("party/store")[0].leaf.hex()

    answer = market.tell(
        event("party.suspended", "party/store", data={"entries": [leaf], "reasons": "x"}), key="judge"
    )

    assert answer.status_code == 201, answer.text


def test_a_party_gives_its_own_first_key(market):
    answer = market.tell(event("party.keyed", "party/store", data={"key": KEY}), key="store")

    assert answer.status_code == 201, answer.text


def test_an_unregistered_party_lists_its_own_sku_and_closes_it(market):
    listed = event("sku.listed", "sku/game-1", data=LISTED | {"platform": "other"})
    closed = event("sku.closed", "sku/game-1", data={"reason": "x"})

    answers = [market.tell(listed, key="other"), market.tell(closed, key="other")]

    assert [each.status_code for each in answers] == [201, 201]


def test_an_unregistered_party_closes_no_sku_and_ends_no_exception_of_others(market):
    market.record("sku/game-1", "shop", Listed(**LISTED))
    market.record("exception/e-1", "east", Reported(kind="fault", scope=("game-1",), starts=NOON))

    for told in (
        event("sku.closed", "sku/game-1", data={"reason": "x"}),
        event("exception.resolved", "exception/e-1"),
    ):
        assert refusal(market.tell(told, key="other")) == (403, "unregistered")


def test_an_unregistered_party_that_the_operator_registers_reaches_further(market):
    told = registered("south", "agent")
    before = market.tell(told, key="other")
    market.record("party/other", "root", Registered(name="other", role="platform"))

    after = market.tell(told, key="other")

    assert (before.status_code, after.status_code) == (403, 201)


def test_a_tier_places_no_order_of_others(market):
    told = event("order.placed", "my-8", data=PLACED | {"tier": "other"})

    assert refusal(market.tell(told, key="other")) == (403, "not-its-order")


@pytest.mark.parametrize("basis", [{}, {"basis": "observed"}, {"basis": "backfill"}])
def test_a_merchant_that_nobody_registered_places_no_order_on_a_registered_platform(market, basis):
    told = event("order.placed", "my-8", data=PLACED | {"merchant": "other"}) | basis

    answer = market.tell(told, key="other")

    assert refusal(answer) == (403, "not-its-platform")
    assert answer.json()["pointer"] == "/data/platform"
    assert answer.json()["because"] == market.entries("party/shop")[0].leaf.hex()
    assert market.size() == len(ROLES)


@pytest.mark.parametrize(("key", "platform"), [("store", "shop"), ("store", "rival"), ("other", "bazaar")])
def test_a_merchant_places_orders_where_it_is_registered_or_its_platform_is_not(market, key, platform):
    told = event("order.placed", "my-8", data=PLACED | {"merchant": key, "platform": platform})

    assert market.tell(told, key=key).status_code == 201


def test_an_order_that_was_placed_before_its_platform_was_registered_is_answered_for_again(market):
    told = event("order.placed", "my-8", data=PLACED | {"merchant": "other", "platform": "bazaar"})
    market.tell(told, key="other")
    market.record("party/bazaar", "root", Registered(name="bazaar", role="platform"))

    again = market.tell(told, key="other")
    anew = market.tell(told | {"id": "new", "subject": "my-9"}, key="other")

    assert again.status_code == 200
    assert refusal(anew) == (403, "not-its-platform")

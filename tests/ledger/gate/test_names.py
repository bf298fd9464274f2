"""Under which names a key places an order: a party's own are its alone, and who sells agrees to it."""

from __future__ import annotations

import pytest

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import seal
from mingdan.ledger.event import KIND_OF, Event, Placed
from mingdan.ledger.gate.names import HELD, Names, heads, named_by
from mingdan.ledger.gate.problem import Declined
from mingdan.ledger.gate.speaker import Speaker
from mingdan.ledger.intake.statement import Statement
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.market.party import Registered
from mingdan.ledger.market.sku import Listed
from mingdan.ledger.tree import leaf_hash

from .trading import NOON, PLACED, ROLES, event

LISTED = Listed(platform="shop", name="Game", form="direct", stock_mode="unlimited")
KEYED = {"a", "a-b", "mallory", "my-shop"}
ORDER = f"order/{'0' * 64}"


def row(stream: str, by: str, told: Event) -> Row:
    raw = seal(Claim(stream=stream, by=by, event=told), told, at=NOON, seq=1, prev=None, recorded=NOON)
    return Row(1, stream, 1, KIND_OF[type(told)], raw, leaf_hash(raw))


REGISTER = {
    name: row(f"party/{name}", "shop", Registered(name=name, role=role)) for name, role in ROLES.items()
}


def rule(speaker: str, name: str | None = None, *before: Row, **sellers: str) -> str | None:
    """The rule that a key of this party breaks by placing an order so."""
    registered = [REGISTER[speaker]] if speaker in REGISTER else []
    claim = Claim(stream=ORDER, by=speaker, event=Placed(**({"platform": speaker} | sellers)))
    names = Names([*REGISTER.values(), *before], KEYED)
    try:
        named = Speaker("key", speaker, read=lambda: registered)
        names.check_own(named, claim, name or "")
        names.check(named, claim)
    except Declined as error:
        return error.evidence["rule"]
    return None


@pytest.mark.parametrize(
    ("name", "speaker", "parties"),
    [
        ("a-b-1", "x", ["a-b", "a"]),
        ("a-b-1", "a", ["a-b"]),
        ("a-b-1", "a-b", []),
        ("a/b-1", "x", ["a"]),
        ("a-b", "x", ["a"]),
        ("a-", "x", ["a"]),
        ("-a", "x", []),
        ("7", "x", []),
        ("A-1", "x", []),
        ("谢-1", "x", []),
        ("a" * 64 + "-1", "x", ["a" * 64]),
        ("a" * 65 + "-1", "x", []),
    ],
)
def test_a_name_may_be_of_every_party_that_it_begins_with_the_longest_first(name, speaker, parties):
    assert [*heads(name, speaker)] == parties


@pytest.mark.parametrize(
    ("speaker", "name"),
    [
        ("mallory", "my-shop-2"),
        ("mallory", "my-shop/2"),
        ("mallory", "shop-2"),  # registered, without a key
        ("rival", "shop-2"),
        ("a", "a-b-1"),
        ("store", "shop-2"),  # its merchant, too
    ],
)
def test_no_key_places_an_order_under_anothers_name(speaker, name):
    assert rule(speaker, name) == "not-its-name"


@pytest.mark.parametrize(
    ("speaker", "name"),
    [
        ("my-shop", "my-shop-2"),
        ("a-b", "a-b-1"),
        ("a", "a-c-1"),
        ("a-b", "a-b/a-1"),
        ("mallory", "A-2"),
        ("mallory", "my-7"),  # nobody is called `my`
        ("mallory", "my-shopping-2"),
        ("mallory", None),
    ],
)
def test_a_name_of_its_own_or_of_nobody_is_free(speaker, name):
    assert rule(speaker, name) is None


@pytest.mark.parametrize(
    ("speaker", "sellers", "refused"),
    [
        ("mallory", {"merchant": "store"}, "not-its-partner"),
        ("mallory", {"tier": "east"}, "not-its-partner"),
        ("store", {"platform": "shop", "merchant": "store", "tier": "east"}, "not-its-partner"),
        ("mallory", {"platform": "shop", "merchant": "mallory"}, "not-its-platform"),
        ("mallory", {"platform": "my-shop", "merchant": "mallory"}, "not-its-platform"),
        ("shop", {"merchant": "store", "tier": "east"}, None),
        ("rival", {"merchant": "store"}, None),
        ("store", {"platform": "my-shop", "merchant": "store"}, None),
        ("store", {"platform": "rival", "merchant": "store"}, None),
        ("mallory", {"platform": "bazaar", "merchant": "mallory"}, None),  # neither registered nor with a key
        ("my-shop", {"merchant": "mallory"}, None),  # whom nobody registered
    ],
)
def test_who_is_registered_or_has_a_key_is_named_by_whom_the_register_knows(speaker, sellers, refused):
    assert rule(speaker, **sellers) == refused


def test_what_is_told_again_rests_on_what_was_recorded_and_nobody_is_added_by_it():
    before = row(ORDER, "mallory", Placed(platform="mallory", merchant="store"))

    assert rule("mallory", "my-shop-2", before, merchant="store") is None
    assert rule("mallory", "my-shop-2", before, merchant="mallory") is None
    assert rule("mallory", "my-shop-2", before, platform="store", merchant="mallory") == "not-its-platform"
    assert rule("mallory", "my-shop-2", before, platform="my-shop") == "not-its-platform"


def test_a_platform_that_a_fact_of_another_kind_names_is_none_that_sells():
    listed = Claim(stream="sku/game", by="mallory", event=LISTED)

    Names(REGISTER.values(), KEYED).check(Speaker("key", "mallory"), listed)


def test_whether_anothers_name_is_taken_is_not_told():
    before = row(ORDER, "my-shop", Placed(platform="my-shop", merchant="store"))

    assert rule("mallory", "my-shop-2", before) == rule("mallory", "my-shop-2") == "not-its-name"


def test_nobody_else_is_looked_up_for_a_party_that_keeps_to_its_own_names():
    def told(kind: str, order: str, **data: str) -> Statement:
        return Statement(by="shop", data=data, kind=kind, order=order)

    own = told("order.placed", "shop-7", platform="shop", merchant="shop")
    another = told("order.placed", "shop-b-7", platform="shop", merchant="store", tier="No Party\0")

    assert named_by("shop", own) == named_by("shop", told("order.paid", "a-1")) == set()
    assert named_by("shop", another) == {"shop-b", "store"}
    assert named_by("shop", another, HELD) == {"shop-b"}


# over HTTP ------------------------------------------------------------------------------------------------
def test_a_name_of_another_is_refused_with_its_place_and_with_the_way_out(market):
    placed = event("order.placed", "shop-7", data={"platform": "other", "merchant": "other"})
    form = PLACED | {"platform": "other", "merchant": "other", "order": "shop-7"}

    told = market.tell([placed], key="other").json()
    ordered = market.ask("POST", "/v1/orders", "other", json=form).json()

    assert (told["status"], told["rule"], told["pointer"]) == (403, "not-its-name", "/0/subject")
    assert (ordered["status"], ordered["rule"], ordered["pointer"]) == (403, "not-its-name", "/order")
    assert ordered["because"] == market.entries("party/shop")[0].leaf.hex()
    assert ordered["next"].endswith("other-")
    assert market.place("shop-7").status_code == 201


def test_where_events_stand_for_themselves_a_name_that_was_refused_is_no_order(market):
    data = PLACED | {"platform": "other", "merchant": "other"}
    told = [event("order.placed", name, data=data) for name in ("shop-7", "other-7")]
    told.append(event("order.noted", "shop-7", data={"label": "seen"}))

    answer = market.tell(told, key="other", prefer="handling=lenient")

    assert [each["status"] for each in answer.json()["results"]] == [403, 201, 404]


def test_an_order_placed_before_another_had_its_key_gets_its_receipt_again(market):
    told = event("order.placed", "late-7", data=PLACED | {"platform": "other", "merchant": "other"})
    first = market.tell(told, key="other")
    market.key("late")

    again = market.tell(told, key="other")
    anew = market.tell(told | {"id": "new", "subject": "late-8"}, key="other")

    assert (first.status_code, again.status_code, anew.json()["rule"]) == (201, 200, "not-its-name")

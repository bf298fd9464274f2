"""What is refused, with which status, which evidence, and never with anybody's private words."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from mingdan.ledger.event import Cancelled
from mingdan.ledger.market.party import Suspended
from mingdan.ledger.market.promise import Published, StageLimits

from .trading import LIST, NOON, PLACED, RECIPIENT, ROLES, event, paid

SECRET = "words-that-are-nobody-elses"


def why(answer) -> tuple[int, str, str | None]:
    """Status, sort and place of a problem, whose form is checked by the way."""
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["status"] == answer.status_code
    assert told["instance"].startswith("urn:mingdan:request:")
    return answer.status_code, told["type"].partition("#")[2], told.get("pointer")


MISFITS = {
    "an amount that is text": (paid("my-7", data={"amount": "4980"}), "/data/amount"),
    "an amount that is no whole number": (paid("my-7", data={"amount": 49.8}), "/data/amount"),
    "a field too many": (paid("my-7", data={"amount": 1, SECRET: SECRET}), f"/data/{SECRET}"),
    "a field too few": (event("order.cancelled", "my-7", data={"by": "shop"}), "/data/by"),
    "a value that is none": (event("order.completed", "my-7", data={"by": SECRET}), "/data/by"),
    "a private field that is no text": (paid("my-7", data={"payment": 7}), "/data/payment"),
    "an unknown kind": (event("order.blessed", "my-7"), "/type"),
    "an epoch": (event("log.epoch", "log"), "/type"),
    "an erasure": (event("order.erased", "my-7", data={"reason": "mistake"}), "/type"),
    "a time that never was": (paid("my-7", time="2026-02-30T00:00:00Z"), "/time"),
    "a time without zone": (paid("my-7", time="2026-02-03T00:00:00"), "/time"),
    "a basis that is none": (paid("my-7", basis=SECRET), "/basis"),
    "a slip in an attribute": (paid("my-7", bais="observed"), "/bais"),
    "another version": (paid("my-7", specversion="0.3"), "/specversion"),
    "no id": ({"specversion": "1.0"}, "/id"),
    "a party that is told of as an order": (event("party.registered", "my-7"), "/subject"),
    "control characters": (event("order.noted", "my-7", data={"label": "\x07"}), "/data/label"),
    "a signature that is none": (paid("my-7", sig="x:y"), "/sig"),
    "base64 data": (paid("my-7", data_base64="AA=="), "/data_base64"),
    "a list where one event is meant": ([], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", MISFITS)
def test_what_is_not_understood_is_answered_with_its_place(market, name):
    told, pointer = MISFITS[name]
    body = json.dumps(told).encode()

    answer = market.tell(body)

    assert why(answer) == (400, "malformed", pointer)
    assert answer.text.count(SECRET) == (pointer or "").count(SECRET)
    assert market.size() == len(ROLES)


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        (paid("my-7", bais="observed"), "/bais"),
        ([paid("my-7", bais="observed")], "/0/bais"),
        (paid("my-7", data={"amuont": 1}), "/data/amuont"),
    ],
)
def test_a_name_that_is_not_known_is_to_be_left_out(market, told, pointer):
    answer = market.tell(told).json()

    assert (answer["pointer"], answer["expected"]) == (pointer, "to be left out: there is no such field")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"a": 1, "a": 1}',
        b'{"id": NaN}',
        b'{"id": 1e400}',
        b'{"id": "\\ud800"}',
    ],
)
def test_what_is_no_json_is_refused(market, body):
    assert why(market.tell(body))[:2] == (400, "malformed")


def test_ten_thousand_names_are_refused(market):
    told = paid("my-7", data={f"field-{number}": 1 for number in range(10_000)})

    answer = market.tell(told)

    assert why(answer) == (400, "malformed", "/data")
    assert answer.json()["got"] == 10_000


ODD = {
    "a number in the second event": (b'[{"id": 1}, {"data": {"a/b": [0, 1.5]}}]', "/1/data/a~1b/1", "1.5"),
    "a name that is said twice": (b'[{"data": {"a": 1, "b": 2, "a": 3}}]', "/0/data/a", None),
    "no number at all": (b'[{"data": {"a": NaN}}]', "/0/data/a", "NaN"),
    "a number that is very long": (b"[1." + b"0" * 50 + b"]", "/0", None),
    "the whole of it": (b"[", "", None),
    "nothing": (b"", "", None),
    "nests": (b"[" * 100_000, "", None),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_is_out_of_bounds_is_told_with_its_place(market, name):
    body, pointer, got = ODD[name]

    answer = market.tell(body, kind=LIST)

    assert why(answer) == (400, "malformed", pointer)
    assert answer.json().get("got") == got


def test_a_kind_that_is_none_is_told_back(market):
    headers = {f"ce-{name}": value for name, value in event("order.blessed", "my-7").items()}

    told = market.tell([event("order.blessed", "my-7")]).json()
    binary = market.ask("POST", "/v1/events", headers=headers).json()

    assert (told["pointer"], told["got"]) == ("/0/type", "order.blessed")
    assert (binary["header"], binary["got"]) == ("ce-type", "order.blessed")


def test_the_values_that_a_field_may_have_are_told(market):
    answer = market.tell(event("order.cancelled", "my-7", data={"by": "me", "reason": "x"}))

    assert answer.json()["expected"] == "buyer or merchant or platform or unknown"


def test_a_header_that_does_not_fit_is_named(market):
    headers = {f"ce-{name}": value for name, value in event("order.expired", "my-7").items()}

    answer = market.ask("POST", "/v1/events", headers=headers | {"ce-time": "noon"})

    assert why(answer) == (400, "malformed", None)
    assert answer.json()["header"] == "ce-time"


def test_another_content_type_is_refused_with_those_that_are_taken(market):
    answer = market.tell(paid("my-7"), kind="text/xml")

    assert why(answer)[:2] == (415, "media-type")
    assert LIST in answer.json()["expected"]


def test_another_charset_and_a_compressed_body_are_refused(market):
    assert market.tell(paid("my-7"), kind="application/cloudevents+json; charset=gbk").status_code == 415
    assert market.tell(paid("my-7"), content_encoding="gzip").status_code == 415


def test_an_order_that_nobody_placed_is_not_found(market):
    assert why(market.tell(paid("my-7"))) == (404, "not-found", "/subject")


def test_what_the_rules_do_not_allow_is_answered_with_the_entry_in_the_way_and_the_status(market):
    placed = market.place("my-7").json()
    market.tell(paid("my-7"))

    answer = market.tell(event("order.expired", "my-7"))

    told = answer.json()
    assert why(answer)[:2] == (409, "refused")
    assert told["rule"] == "already-paid"
    assert told["because"] == market.entries("my-7")[1].leaf.hex()
    assert told["order_status"].startswith("paid/")
    assert placed["handle"] not in answer.text


def test_a_fact_from_the_future_is_refused(market):
    market.place("my-7")

    answer = market.tell(paid("my-7", time="2030-01-01T00:00:00Z"))

    assert why(answer)[:2] == (409, "refused")
    assert answer.json()["rule"] == "not-yet"
    assert answer.json()["order_status"] == "placed/none"


TERMS = Published(
    clock_start="paid", due_in=3_600_000, notice_within=60_000, since=NOON, stage_limits=StageLimits(),
    text="x", title="x", version=1, zone="Asia/Shanghai",
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "rule", "seq", "ago"),
    [("order.noted", "before-placed", 0, 60_000), ("hop.forwarded", "before-paid", 1, 1)],
)
def test_a_time_before_the_order_or_its_payment_is_refused_with_the_entry_in_its_way(
    market, kind, rule, seq, ago
):
    market.record("policy/default", "shop", TERMS)
    market.place("my-7")
    market.watch.now += 1_000
    market.tell(paid("my-7"))
    time = datetime.fromtimestamp((market.watch.now - ago) / 1000, UTC).isoformat(timespec="milliseconds")
    data = {"order.noted": {"label": "seen"}, "hop.forwarded": {"to": "east", "attempt": 1}}[kind]

    told = market.tell([event(kind, "my-7", data=data, time=time)]).json()

    assert (told["status"], told["rule"]) == (409, rule)
    assert told["because"] == market.entries("my-7")[seq].leaf.hex()
    assert told["order_status"].startswith("paid/")


def test_a_time_before_an_order_that_the_same_batch_places_names_the_rule_alone(market):
    early = event("order.noted", "my-7", data={"label": "seen"}, time="2026-01-01T00:00:00Z")

    told = market.tell([event("order.placed", "my-7", data=PLACED), early]).json()

    assert (told["rule"], told.get("because"), told.get("order_status")) == ("before-placed", None, None)


@pytest.mark.parametrize("key", [None, "mdk_aaaaaaaa_" + "a" * 52, "mdk_short"])
def test_without_a_good_key_nothing_is_said(market, key):
    answer = market.tell(b"not even read", key=key)

    assert why(answer)[:2] == (401, "no-key")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_with_another_secret_is_refused(market):
    known = market.key("shop")

    answer = market.tell(paid("my-7"), key=known[:-8] + "aaaaaaaa")

    assert answer.status_code == 401


def test_a_key_that_is_over_or_revoked_is_refused_at_once(market):
    over, revoked = market.key("shop", expires=market.watch.now + 1), market.key("shop", "order")
    market.ring.revoke(revoked[4:12], market.watch.now)
    market.watch.now += 1

    assert market.tell(paid("my-7"), key=over).status_code == 401
    assert market.tell(paid("my-7"), key=revoked).status_code == 401


def test_a_time_that_cannot_be_is_refused_by_the_names_that_are_sent_here(market):
    market.place("my-7")
    ahead = market.tell(paid("my-7", time="2027-01-01T00:00:00Z")).json()
    before = market.tell(paid("my-7", time="2026-01-01T00:00:00Z")).json()
    backfill = {"basis": "backfill", "time": "2026-10-01T00:00:00Z"}
    late = market.tell(event("order.noted", "my-7", data={"label": "seen"}) | backfill).json()

    assert [each["rule"] for each in (ahead, before, late)] == ["not-yet", "before-placed", "not-history"]
    assert ahead["next"] == "set the sender's clock, or send `time` (RFC 3339)"
    assert before["next"] == "set the sender's clock, or send `time` (RFC 3339) as it truly was"
    assert late["next"] == "tell the fact live, with `time` as it was, or with the basis observed"


def test_a_key_speaks_for_its_own_party_only(market):
    answer = market.tell(event("sku.closed", "sku/game-100", by="store", data={"reason": "x"}))

    assert why(answer)[:2] == (403, "forbidden")
    assert answer.json()["rule"] == "not-its-word"


def test_a_key_may_be_for_some_kinds_only(market):
    market.place("my-7")
    key = market.key("shop", "care", "order.noted")

    assert market.tell(event("order.noted", "my-7", data={"label": "seen"}), key=key).status_code == 201
    answer = market.tell(paid("my-7"), key=key)

    assert why(answer)[:2] == (403, "forbidden")
    assert answer.json()["rule"] == "not-of-this-key"


def test_no_platform_speaks_of_anothers_order(market):
    market.place("my-7")

    for kind, basis in (("order.noted", None), ("order.noted", "observed")):
        more = {} if basis is None else {"basis": basis}
        answer = market.tell(event(kind, "my-7", data={"label": "seen"}) | more, key="rival")
        assert why(answer) == (404, "not-found", "/subject")


SLIPS = {
    "nothing": {},
    "another's word": {"by": "shop"},
    "history": {"basis": "backfill", "time": "2026-10-01T00:00:00Z"},
    "a field that is none": {"data": {"bogus": 1}},
    "a kind that its key is not for": {"type": "mingdan.hop.accepted", "data": {}},
}


@pytest.mark.parametrize("slip", SLIPS)
def test_of_anothers_order_the_same_is_said_as_of_none(market, slip):
    market.place("my-7")
    key = market.key("rival", "order")
    answers = [market.tell(paid(name) | SLIPS[slip], key=key) for name in ("my-7", "my-8")]
    batches = [
        market.tell([paid(name) | SLIPS[slip]], key=key, Prefer="handling=lenient").json()["results"][0]
        for name in ("my-7", "my-8")
    ]

    known, unknown = ({**each.json(), "instance": ""} for each in answers)
    assert known == unknown
    assert known["status"] == (400 if "bogus" in str(SLIPS[slip]) else 404)
    assert batches[0] | {"id": ""} == batches[1] | {"id": ""}


def test_that_a_name_of_nobodys_is_taken_is_said_to_who_would_place_it(market):
    market.place("my-7")

    answer = market.tell(event("order.placed", "my-7", data=PLACED | {"platform": "rival"}), key="rival")

    assert (answer.status_code, answer.json()["rule"]) == (403, "not-its-order")


@pytest.mark.parametrize("basis", [{}, {"basis": "observed"}, {"basis": "backfill"}])
def test_no_platform_places_orders_on_another(market, basis):
    answer = market.tell(event("order.placed", "my-8", data=PLACED) | basis, key="rival")

    assert why(answer) == (403, "forbidden", "/data/platform")


def test_who_an_order_was_forwarded_to_speaks_of_it(market):
    market.place("my-7")
    market.tell(paid("my-7"))
    stream = market.entries("my-7")[0].stream

    before = market.tell(event("hop.accepted", stream), key="east")
    market.tell(event("hop.forwarded", "my-7", data={"to": "east", "attempt": 1}))
    after = market.tell(event("hop.accepted", stream), key="east")

    assert (before.status_code, after.status_code) == (404, 201)


NOT_FOR_A_TIER = {
    "risk.reviewed": {"decision": "release", "reason": "x"},
    "dispute.decided": {"decider": "shop", "dispute": "d", "outcome": "split", "reason": "x"},
    "order.cancelled": {"by": "merchant", "reason": "x"},
    "order.paid": {"amount": 4980},
    "promise.compensated": {"amount": 1, "rule": "x"},
    "promise.extended": {"due_at": NOON + 1},
    "refund.paid": {"amount": 1},
}


def sent_to(market, tier: str, **more: object) -> str:
    """A paid order that was forwarded to a tier; its stream."""
    market.tell(event("order.placed", "my-7", data=PLACED) | more)
    market.tell(paid("my-7") | more)
    assert (
        market.tell(event("hop.forwarded", "my-7", data={"to": tier, "attempt": 1}) | more).status_code == 201
    )
    return market.entries("my-7")[0].stream


def test_a_tier_that_nobody_registered_says_no_more_than_one_that_is(market):
    stream = sent_to(market, "free")
    market.tell(event("hop.forwarded", "my-7", "again", data={"to": "east", "attempt": 2}))

    for key in ("free", "east"):
        for more in ({}, {"basis": "observed"}):
            for kind, data in NOT_FOR_A_TIER.items():
                answer = market.tell(event(kind, stream, data=data) | more, key=key)
                assert (answer.status_code, answer.json()["rule"]) == (403, "not-its-role"), (key, kind, more)
        assert market.tell(event("order.noted", stream, data={"label": "seen"}), key=key).status_code == 201


@pytest.mark.parametrize("basis", ["backfill", "observed"])
def test_nor_does_it_of_an_order_that_began_as_history(market, basis):
    stream = sent_to(market, "free", basis="backfill", time="2026-10-01T00:00:00Z")

    for kind, data in NOT_FOR_A_TIER.items():
        answer = market.tell(event(kind, stream, data=data, basis=basis), key="free")
        assert (answer.status_code, answer.json()["rule"]) == (403, "not-its-role"), kind
    noted = market.tell(event("order.noted", stream, data={"label": "seen"}, basis=basis), key="free")
    assert noted.status_code == 201


def test_a_name_that_an_order_does_not_know_is_the_operators_word_and_has_no_way_through_the_gate(market):
    """By `record` it is taken, as anybody's whom the operator speaks for."""
    stream = sent_to(market, "free")
    told = event("order.noted", stream, data={"label": "seen"})

    assert market.tell(told, key="stranger").status_code == 404
    market.record(stream, "stranger", Cancelled(by="merchant", reason="sold out"))


def test_a_tier_whose_forwarding_was_disavowed_takes_back_its_words_and_says_no_more(market):
    stream = sent_to(market, "free")
    market.tell(event("order.noted", stream, data={"label": "seen"}), key="free")
    forwarded, noted = (each.leaf.hex() for each in market.entries("my-7")[-2:])
    market.tell(event("order.disavowed", "my-7", data={"entry": forwarded, "reason": "did_not_occur"}))

    released = market.tell(event("risk.reviewed", stream, data=NOT_FOR_A_TIER["risk.reviewed"]), key="free")
    taken_back = {"entry": noted, "reason": "incorrect_data"}
    back = market.tell(event("order.disavowed", stream, "back", data=taken_back), key="free")

    assert (released.status_code, released.json()["rule"], back.status_code) == (403, "not-its-order", 201)


def test_an_auditor_notes_what_it_sees_in_any_order_and_no_more(market):
    market.place("my-7")

    noted = market.tell(event("order.noted", "my-7", data={"label": "seen"}), key="judge")
    told = market.tell(paid("my-7"), key="judge")

    assert (noted.status_code, told.status_code) == (201, 403)


def test_history_is_no_way_round_a_role(market):
    answer = market.tell(
        event("order.placed", "old", basis="backfill", data=PLACED | {"merchant": "east"}), key="east"
    )

    assert why(answer)[:2] == (403, "forbidden")
    assert answer.json()["rule"] == "not-its-role"


@pytest.mark.parametrize("basis", [{}, {"basis": "backfill"}])
def test_a_suspended_party_is_refused_with_the_entry_that_says_so(market, basis):
    (registered,) = market.entries("party/store")
    market.record("party/store", "shop", Suspended(entries=(registered.leaf.hex(),), reasons="no goods came"))

    answer = market.tell(event("order.placed", "my-8", data=PLACED) | basis, key="store")

    assert why(answer)[:2] == (403, "forbidden")
    assert answer.json()["rule"] == "barred"
    assert answer.json()["because"] == market.entries("party/store")[-1].leaf.hex()


def test_a_signature_by_a_key_that_the_party_never_gave_is_refused(market):
    market.place("my-7")
    hand = "0" * 16 + ":" + "A" * 86 + "=="

    answer = market.tell(paid("my-7", time="2026-11-01T00:00:00Z", sig=hand, data={"amount": 1, "due_at": 1}))

    assert answer.status_code in (400, 403)


@pytest.mark.parametrize("path", ["/v1/events", "/v1/orders"])
def test_another_method_is_refused_with_the_one_that_is_taken(market, path):
    answer = market.ask("GET", path)

    assert why(answer)[:2] == (405, "method")
    assert answer.headers["allow"] == "POST"


def test_no_problem_and_no_line_of_the_log_tells_private_words(market):
    market.place("my-7", recipient=SECRET)
    market.place("my-7", recipient=SECRET + "!")
    market.tell(paid("my-7", data={"amount": SECRET, "payment": SECRET}))
    answers = [
        market.place("my-7", recipient=SECRET + "!"),
        market.place("my-8", recipient=SECRET, qty=SECRET),
        market.tell(event("order.placed", "my-9", data=PLACED | {"recipient": SECRET, "form": SECRET})),
        market.tell(event("order.noted", "my-7", data={"label": [SECRET]})),
    ]

    assert all(answer.status_code >= 400 for answer in answers)
    assert SECRET not in "".join(answer.text for answer in answers) + repr(market.lines)
    assert RECIPIENT not in repr(market.lines)

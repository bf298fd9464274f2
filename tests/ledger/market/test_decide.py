import pytest
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.decide import AHEAD
from mingdan.ledger.entry import Claim
from mingdan.ledger.errors import IllegalTransition, MalformedEntry, TimeRefused
from mingdan.ledger.market import fold, incident, party, promise, sku, speaking
from mingdan.ledger.market.decide import check_claim, check_speaker
from mingdan.ledger.market.party import Party

from .told import EVIDENCE, KEY, NOW, Told, after, leaf

STREAM = "party/agent-east"
REGISTERED = party.Registered(name="东部代理", role="agent")
SUSPENDED = party.Suspended(entries=EVIDENCE, reasons="three outages untold")
LISTED = sku.Listed(form="card", name="百元卡", platform="kamao", stock_mode="counted")
REPORTED = incident.Reported(kind="fault", scope=("card-100",), starts=0)
PUBLISHED = promise.Published(
    clock_start="paid",
    compensation="min(amount, amount * late_hours // 100)",
    due_in=1,
    notice_within=1,
    since=NOW,
    stage_limits=promise.StageLimits(),
    text="Delivered within a day.",
    title="A day",
    version=1,
    zone="Asia/Shanghai",
)
PLACED = e.Placed(merchant="shop", platform="kamao", sku="card-100", tier="agent-east")
FORWARDED = e.HopForwarded(attempt=1, to="agent-east")
ORDER = "order/" + "0" * 64


def check(stream: str, story: list[Told], event: e.Event, *, at: int = NOW, now: int = NOW) -> None:
    check_claim(after(stream, *story), Claim(stream=stream, by="kamao", event=event), at=at, now=now)


# a live fact of the market ----------------------------------------------------------------------------
REFUSED = [  # rule, stream, story, the fact
    ("not-registered", STREAM, [], SUSPENDED),
    ("reserved-name", "party/ledger", [], REGISTERED),
    ("listed-twice", "sku/card-100", [LISTED], LISTED),
    ("not-its-sku", "sku/card-100", [replace(LISTED, platform="xiaomai")], sku.Closed(reason="rest")),
    ("known-already", "exception/outage-7", [REPORTED], incident.Acknowledged()),
    ("retroactive", "policy/default", [], replace(PUBLISHED, since=NOW - 1)),
    ("wrong-stream", "policy/default", [], LISTED),
]
ALLOWED = [
    (STREAM, [], REGISTERED),
    (STREAM, [REGISTERED], SUSPENDED),
    ("sku/card-100", [], LISTED),
    ("sku/card-100", [LISTED], sku.Closed(reason="rest")),
    ("exception/outage-7", [("brand", REPORTED)], incident.Acknowledged()),
    ("exception/outage-7", [("brand", REPORTED), ("brand", incident.Resolved())], incident.Acknowledged()),
    ("policy/default", [], PUBLISHED),
    ("policy/default", [], replace(PUBLISHED, compensation=None)),
]


@pytest.mark.parametrize(("rule", "stream", "story", "event"), REFUSED)
def test_a_live_fact_that_breaks_a_rule_is_refused_with_the_rule_and_what_it_rests_on(
    rule, stream, story, event
):
    with pytest.raises(IllegalTransition) as caught:
        check(stream, story, event)

    assert caught.value.message == fold.RULES[rule]
    assert caught.value.next_step
    assert caught.value.evidence == {
        "rule": rule,
        "stream": stream,
        "because": leaf(len(story) - 1).hex() if story else None,
    }


@pytest.mark.parametrize(("stream", "story", "event"), ALLOWED)
def test_what_breaks_no_rule_is_recorded(stream, story, event):
    assert check(stream, story, event) is None


def test_a_fact_may_be_as_far_ahead_as_clocks_may_differ_and_no_farther():
    assert check(STREAM, [], REGISTERED, at=NOW + AHEAD) is None

    with pytest.raises(TimeRefused):
        check(STREAM, [], REGISTERED, at=NOW + AHEAD + 1)


def test_nobody_gains_by_telling_a_fact_as_if_it_had_been_told_in_time():
    day = 24 * 60 * 60 * 1000
    suspended = replace(SUSPENDED, appeal_by=NOW)

    with pytest.raises(IllegalTransition, match="terms hold from now on"):
        check("policy/default", [], PUBLISHED, now=NOW + day)
    with pytest.raises(IllegalTransition, match="within its term"):
        check(STREAM, [REGISTERED, suspended], party.Appealed(), now=NOW + day)


@pytest.mark.parametrize("text", ["import os", "amount // units", "amount * 1.5", "1" * 201])
def test_terms_with_a_compensation_that_nobody_could_reckon_are_not_published(text):
    with pytest.raises(MalformedEntry):
        check("policy/default", [], replace(PUBLISHED, compensation=text))


def test_where_a_compensation_goes_wrong_is_said_before_any_rule():
    with pytest.raises(MalformedEntry, match="divides by zero"):
        check("policy/default", [], replace(PUBLISHED, compensation="amount // 0", version=9))


# who speaks -------------------------------------------------------------------------------------------
KNOWN = {
    "kamao": after("party/kamao", party.Registered(name="Kamao", role="platform")),
    "shop": after("party/shop", party.Registered(name="Shop", role="merchant")),
    "agent-east": after(STREAM, REGISTERED),
    "barred": after("party/barred", REGISTERED, SUSPENDED),
    "served": after("party/served", REGISTERED, replace(SUSPENDED, until=NOW)),
    "lapsed": after("party/lapsed", REGISTERED, party.Qualified(valid_until=NOW - 1, verifier="auditor")),
}


def register(name: str) -> Party:
    return KNOWN.get(name, fold.empty(f"party/{name}"))


def said(by: str, event: e.Event, stream: str = ORDER) -> None:
    check_speaker(Claim(stream=stream, by=by, event=event), register, NOW)


@pytest.mark.parametrize("by", ["kamao", "shop", "operator"])
def test_an_order_is_placed_by_who_sells_or_runs_the_market(by):
    assert said(by, PLACED) is None


def test_who_speaks_out_of_its_role_is_refused_with_the_entry_that_gave_it():
    with pytest.raises(IllegalTransition) as caught:
        said("agent-east", PLACED)

    assert caught.value.message == speaking.RULES["not-its-role"]
    assert caught.value.evidence == {
        "rule": "not-its-role",
        "party": "agent-east",
        "role": "agent",
        "kind": "order.placed",
        "because": leaf(0).hex(),
    }


@pytest.mark.parametrize(
    ("field", "name", "rule", "because"),
    [
        ("platform", "barred", "barred", 1),
        ("merchant", "barred", "barred", 1),
        ("tier", "barred", "barred", 1),
        ("merchant", "lapsed", "lapsed", 1),
    ],
)
def test_no_order_is_placed_with_a_party_that_is_shut_out_whoever_says_so(field, name, rule, because):
    with pytest.raises(IllegalTransition) as caught:
        said("operator", replace(PLACED, **{field: name}))

    assert (caught.value.evidence["rule"], caught.value.evidence["party"]) == (rule, name)
    assert caught.value.evidence["because"] == leaf(because).hex()


@pytest.mark.parametrize("field", ["platform", "merchant", "tier"])
def test_a_party_whose_term_is_over_is_dealt_with_again(field):
    assert said("operator", replace(PLACED, **{field: "served"})) is None


def test_nothing_is_forwarded_to_a_tier_that_is_shut_out():
    assert said("kamao", FORWARDED) is None

    with pytest.raises(IllegalTransition) as caught:
        said("kamao", replace(FORWARDED, to="lapsed"))

    assert (caught.value.evidence["rule"], caught.value.evidence["party"]) == ("lapsed", "lapsed")


def test_a_barred_tier_delivers_what_it_owes_and_forwards_nothing():
    assert said("barred", e.Delivered(evidence="provider_receipt")) is None

    with pytest.raises(IllegalTransition) as caught:
        said("barred", FORWARDED)

    assert caught.value.evidence["rule"] == "barred"


def test_an_order_that_names_neither_merchant_nor_tier_is_dealt_with_by_its_platform_alone():
    assert said("kamao", e.Placed(platform="kamao")) is None


@pytest.mark.parametrize(
    ("by", "event", "stream"),
    [
        ("kamao", SUSPENDED, STREAM),
        ("agent-east", party.Appealed(), STREAM),
        ("barred", party.Appealed(), "party/barred"),
        ("barred", REPORTED, "exception/outage-7"),
        ("barred", party.Keyed(key=KEY), "party/barred"),
        ("lapsed", e.HopUncertain(), ORDER),
        ("served", LISTED, "sku/card-100"),
        ("agent-east", LISTED, "sku/card-100"),
        ("kamao", PUBLISHED, "policy/default"),
    ],
)
def test_a_party_speaks_of_its_part_of_the_market(by, event, stream):
    assert said(by, event, stream) is None


@pytest.mark.parametrize(
    ("rule", "by", "event", "stream"),
    [
        ("own-judge", "kamao", SUSPENDED, "party/kamao"),
        ("not-itself", "kamao", party.Appealed(), STREAM),
        ("not-its-role", "agent-east", PUBLISHED, "policy/default"),
        ("barred", "barred", LISTED, "sku/card-100"),
        ("lapsed", "lapsed", LISTED, "sku/card-100"),
    ],
)
def test_a_party_that_speaks_of_anothers_part_is_refused_with_the_rule(rule, by, event, stream):
    with pytest.raises(IllegalTransition) as caught:
        said(by, event, stream)

    assert caught.value.message == speaking.RULES[rule]
    assert (caught.value.evidence["rule"], caught.value.evidence["party"]) == (rule, by)

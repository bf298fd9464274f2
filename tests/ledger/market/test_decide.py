import pytest
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.decide import AHEAD
from mingdan.ledger.entry import Claim
from mingdan.ledger.errors import IllegalTransition, MalformedEntry, TimeRefused
from mingdan.ledger.evolve import fold as fold_order
from mingdan.ledger.instant import instant
from mingdan.ledger.market import fold, incident, part, party, promise, reach, sku, speaking
from mingdan.ledger.market.decide import (
    check_chain,
    check_claim,
    check_end,
    check_part,
    check_publisher,
    check_speaker,
)
from mingdan.ledger.market.party import Party

from ..told import entry as order_entry
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
    ("reserved-name", "party/buyer", [], REGISTERED),
    ("listed-twice", "sku/card-100", [LISTED], LISTED),
    ("not-its-sku", "sku/card-100", [replace(LISTED, platform="xiaomai")], sku.Closed(reason="rest")),
    ("known-already", "exception/outage-7", [REPORTED], incident.Acknowledged()),
    ("retroactive", "policy/default", [], replace(PUBLISHED, since=NOW - promise.ON_THE_WAY - 1)),
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


DAY = 24 * 60 * 60 * 1000
QUALIFIED = party.Qualified(valid_until=DAY, verifier="auditor")
WARNED = party.Warned(reasons="late")
STOCKED = sku.Stocked(as_of=2, qty=3, ttl=DAY)
IN_THE_WAY = [  # rule, stream, story, the fact, which of the story is in the way, and when
    ("registered-twice", STREAM, [REGISTERED, WARNED], REGISTERED, 0, {}),
    ("not-yet-over", STREAM, [REGISTERED, QUALIFIED, WARNED], party.Lapsed(), 1, {"until": DAY}),
    ("term-not-over", STREAM, [REGISTERED, replace(SUSPENDED, until=DAY), WARNED],
     party.Reinstated(reason="term_over"), 1, {"until": DAY}),
    ("appeal-late", STREAM, [REGISTERED, replace(SUSPENDED, appeal_by=5), QUALIFIED],
     party.Appealed(), 1, {"since": 5}),
    ("listed-twice", "sku/card-100", [LISTED, sku.Closed(reason="rest")], LISTED, 0, {}),
    ("closed-already", "sku/card-100", [LISTED, sku.Closed(reason="rest"), STOCKED],
     sku.Closed(reason="rest"), 1, {}),
    ("stock-from-the-past", "sku/card-100", [LISTED, sku.Closed(reason="rest"), STOCKED, sku.Opened()],
     replace(STOCKED, as_of=1), 2, {}),
    ("stock-otherwise", "sku/card-100", [LISTED, sku.Closed(reason="rest"), STOCKED, sku.Opened()],
     replace(STOCKED, qty=4), 2, {}),
    ("known-already", "exception/outage-7", [REPORTED, incident.Acted(action="notify")],
     incident.Acknowledged(), 0, {}),
    ("resolved-already", "exception/outage-7",
     [REPORTED, incident.Resolved(), ("brand", incident.Acknowledged())], incident.Resolved(), 1, {}),
    ("version-not-next", "policy/default", [PUBLISHED], PUBLISHED, 0, {}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "stream", "story", "event", "place", "when"), IN_THE_WAY)
def test_a_refusal_names_the_very_entry_in_the_way_and_until_or_since_when_it_is(
    rule, stream, story, event, place, when
):
    with pytest.raises(IllegalTransition) as caught:
        check(stream, story, event)

    assert caught.value.evidence == {
        "rule": rule,
        "stream": stream,
        "because": leaf(place).hex(),
        **{name: instant(at) for name, at in when.items()},
    }


@pytest.mark.parametrize(("stream", "story", "event"), ALLOWED)
def test_what_breaks_no_rule_is_recorded(stream, story, event):
    assert check(stream, story, event) is None


def test_a_fact_may_be_as_far_ahead_as_clocks_may_differ_and_no_farther():
    assert check(STREAM, [], REGISTERED, at=NOW + AHEAD) is None

    with pytest.raises(TimeRefused):
        check(STREAM, [], REGISTERED, at=NOW + AHEAD + 1)


def test_nobody_gains_by_telling_a_fact_as_if_it_had_been_told_in_time():
    suspended = replace(SUSPENDED, appeal_by=NOW)

    with pytest.raises(IllegalTransition, match="terms hold from now on"):
        check("policy/default", [], PUBLISHED, now=NOW + DAY)
    with pytest.raises(IllegalTransition, match="within its term"):
        check(STREAM, [REGISTERED, suspended], party.Appealed(), now=NOW + DAY)


@pytest.mark.parametrize("text", ["import os", "amount // units", "amount * 1.5", "1" * 201])
def test_terms_with_a_compensation_that_nobody_could_reckon_are_not_published(text):
    with pytest.raises(MalformedEntry):
        check("policy/default", [], replace(PUBLISHED, compensation=text))


@pytest.mark.parametrize("zone", ["Asia/Atlantis", "asia/shanghai", "/etc/localtime", "+08:00"])
def test_terms_in_a_zone_that_nobody_knows_are_not_published(zone):
    with pytest.raises(MalformedEntry) as caught:
        check("policy/default", [], replace(PUBLISHED, zone=zone))

    assert caught.value.evidence == {"zone": zone}


# history of a register --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("stream", "story", "event"),
    [
        ("policy/default", [], PUBLISHED),
        (STREAM, [], REGISTERED),
        (STREAM, [REGISTERED], SUSPENDED),
        ("sku/card-100", [LISTED], STOCKED),
        ("exception/outage-7", [], REPORTED),
    ],
)
def test_no_register_is_imported(stream, story, event):
    """I6: else terms could be told into the past."""
    told = Claim(stream=stream, by="kamao", event=event, basis="backfill")

    with pytest.raises(IllegalTransition) as caught:
        check_claim(after(stream, *story), told, at=NOW, now=NOW)

    assert caught.value.evidence["rule"] == "not-imported"


def test_what_was_observed_of_a_register_is_judged_by_the_time_at_which_it_is_told():
    told = Claim(stream="policy/default", by="kamao", event=PUBLISHED, basis="observed")

    with pytest.raises(IllegalTransition, match="terms hold from now on"):
        check_claim(after("policy/default"), told, at=NOW, now=NOW + DAY)


# who published a policy -------------------------------------------------------------------------------
def publishes(by: str, first: str) -> None:
    policy = after("policy/default", (first, PUBLISHED))
    told = Claim(stream="policy/default", by=by, event=replace(PUBLISHED, version=2))
    check_publisher(policy, told, register)


def test_versions_of_a_policy_are_published_by_who_published_the_first():
    assert publishes("kamao", "kamao") is None
    assert publishes("operator", "operator") is None
    first = Claim(stream="policy/default", by="xiaomai", event=PUBLISHED)
    assert check_publisher(after("policy/default"), first, register) is None

    for by, first in (("xiaomai", "kamao"), ("operator", "kamao"), ("kamao", "operator")):
        with pytest.raises(IllegalTransition) as caught:
            publishes(by, first)
        assert caught.value.message == part.RULES["not-its-policy"]
        assert caught.value.evidence == {
            "rule": "not-its-policy",
            "stream": "policy/default",
            "publisher": first,
            "because": leaf(0).hex(),
        }


def test_what_a_merchant_published_its_platform_goes_on_with_and_no_platform_another_s():
    """The platforms of these stories register everybody."""
    assert publishes("kamao", "shop") is None

    with pytest.raises(IllegalTransition):
        publishes("kamao", "xiaomai")


# who has a part in an order ---------------------------------------------------------------------------
DECIDED = e.DisputeDecided(decider="kamao", dispute="d", outcome="split", reason="both are right")


def tells(by: str, event: e.OrderEvent) -> None:
    order = fold_order([order_entry(0, PLACED, 0), order_entry(1, e.Paid(), 1)])
    check_part(order, Claim(stream=ORDER, by=by, event=event), register)


@pytest.mark.parametrize("by", ["kamao", "shop", "operator", "buyer"])
def test_an_order_is_told_of_by_who_has_a_part_in_it_and_by_names_that_nobody_registered(by):
    assert tells(by, e.Cancelled(by="merchant", reason="sold out")) is None


@pytest.mark.parametrize("by", ["xiaomai", "served", "agent-east"])
def test_a_registered_party_without_a_part_in_an_order_is_refused_with_whose_it_is(by):
    with pytest.raises(IllegalTransition) as caught:
        tells(by, e.RefundApproved())

    assert caught.value.message == part.RULES["no-part"]
    assert caught.value.next_step
    assert caught.value.evidence == {
        "rule": "no-part",
        "party": by,
        "role": KNOWN[by].role,
        "kind": "refund.approved",
        "stream": ORDER,
        "because": leaf(0).hex(),
    }


OWN = e.Placed(merchant="my-shop", platform="my-platform", tier="named")
SENT = [
    order_entry(number, event, number)
    for number, event in enumerate([OWN, e.HopForwarded(attempt=1, to="tier")])
]


def tells_of_its_own(by: str, event: e.OrderEvent, basis: str | None = None) -> None:
    check_part(fold_order(SENT), Claim(stream=ORDER, by=by, event=event, basis=basis), register)


@pytest.mark.parametrize("basis", [None, "observed"])
@pytest.mark.parametrize(
    ("by", "event", "because"),
    [
        ("tier", e.RiskReviewed(decision="release", reason="x"), 1),
        ("tier", DECIDED, 1),
        ("tier", e.RefundPaid(), 1),
        ("tier", e.Compensated(amount=1, rule="x"), 1),
        ("named", e.Cancelled(by="merchant", reason="x"), 0),
        ("my-shop", DECIDED, 0),
    ],
)
def test_whom_nobody_registered_is_held_to_its_part_with_the_entry_that_gave_it(by, event, because, basis):
    with pytest.raises(IllegalTransition) as caught:
        tells_of_its_own(by, event, basis)

    assert caught.value.message == speaking.RULES["not-its-role"]
    assert caught.value.next_step
    assert caught.value.evidence == {
        "rule": "not-its-role",
        "party": by,
        "role": None,
        "kind": e.KIND_OF[type(event)],
        "stream": ORDER,
        "because": leaf(because).hex(),
    }


def test_whom_nobody_registered_says_what_is_for_its_part_and_the_operator_all():
    for by in ("my-platform", "my-shop", "operator", "buyer", "ledger"):
        assert tells_of_its_own(by, e.RefundPaid()) is None
    assert tells_of_its_own("tier", e.Noted(label="x")) is None
    assert tells_of_its_own("my-platform", replace(DECIDED, decider="my-platform")) is None
    with pytest.raises(IllegalTransition) as caught:
        tells_of_its_own("named", e.Noted(label="x"))
    assert caught.value.evidence["rule"] == "no-part"


@pytest.mark.parametrize("decider", ["shop", "buyer", "council", "agent-east"])
def test_who_is_no_judge_is_named_in_the_refusal(decider):
    assert tells("kamao", DECIDED) is None

    with pytest.raises(IllegalTransition) as caught:
        tells("kamao", replace(DECIDED, decider=decider))

    assert (caught.value.evidence["rule"], caught.value.evidence["party"]) == ("no-judge", decider)
    assert caught.value.message == part.RULES["no-judge"]


# supplied from ----------------------------------------------------------------------------------------
def maps(own: str, to: str, **upstream: str | None) -> None:
    """Maps a SKU in a market in which these are supplied from those."""
    chain = {name: replace(after(f"sku/{name}", LISTED), upstream=up) for name, up in upstream.items()}
    told = Claim(stream=f"sku/{own}", by="kamao", event=sku.Mapped(to=to))
    check_chain(told, lambda name: chain.get(name, fold.empty(f"sku/{name}")))


def test_a_sku_is_mapped_to_one_that_is_supplied_from_others():
    assert maps("a", "b", b="c", c="d", d=None) is None
    assert maps("a", "b", a="c", c="b", b=None) is None


def test_two_skus_of_one_tier_are_mapped_to_the_same():
    assert maps("a", "c", b="c") is None


@pytest.mark.parametrize(
    ("upstream", "circle"),
    [({"b": "a"}, "a → b → a"), ({"b": "c", "c": "a"}, "a → b → c → a"), ({"a": "x", "b": "a"}, "a → b → a")],
)
def test_a_sku_that_would_be_supplied_from_itself_is_not_mapped_and_the_circle_is_named(upstream, circle):
    with pytest.raises(IllegalTransition) as caught:
        maps("a", "b", **upstream)

    assert caught.value.message == reach.RULES["mapped-in-a-circle"]
    assert caught.value.evidence == {
        "rule": "mapped-in-a-circle",
        "stream": "sku/a",
        "circle": circle,
        "because": leaf(0).hex(),
    }


def test_an_old_circle_further_up_holds_up_no_mapping():
    assert maps("a", "b", b="c", c="b") is None


# whose an exception is to end -------------------------------------------------------------------------
def ends(by: str, *scope: str) -> None:
    """Ends an exception that the brand reported of these goods of a platform and of an agent."""
    of = {"card-100": LISTED, "card-50": LISTED, "east-card": replace(LISTED, platform="agent-east")}
    goods = {name: after(f"sku/{name}", (listed.platform, listed)) for name, listed in of.items()}
    outage = after("exception/outage-7", ("brand", replace(REPORTED, scope=scope)))
    told = Claim(stream="exception/outage-7", by=by, event=incident.Resolved())
    check_end(outage, told, register, lambda name: goods.get(name, fold.empty(f"sku/{name}")))


@pytest.mark.parametrize(
    ("by", "scope"),
    [
        ("brand", ("card-100", "elsewhere")),
        ("kamao", ("card-100", "card-50")),
        ("agent-east", ("east-card",)),
        ("auditor", ("card-100", "elsewhere")),
    ],
)
def test_an_exception_is_ended_by_who_reported_it_who_lists_all_of_it_or_an_auditor(by, scope):
    assert ends(by, *scope) is None


@pytest.mark.parametrize(
    ("by", "scope"),
    [
        ("agent-east", ("card-100",)),
        ("agent-east", ("east-card", "card-100")),
        ("kamao", ("card-100", "elsewhere")),
        ("xiaomai", ("card-100",)),
        ("nobody", ("card-100",)),
    ],
)
def test_nobody_else_ends_it_and_the_report_is_named(by, scope):
    with pytest.raises(IllegalTransition) as caught:
        ends(by, *scope)

    assert caught.value.message == reach.RULES["not-its-exception"]
    assert caught.value.evidence == {
        "rule": "not-its-exception",
        "stream": "exception/outage-7",
        "reporter": "brand",
        "because": leaf(0).hex(),
    }


def test_where_a_compensation_goes_wrong_is_said_before_any_rule():
    with pytest.raises(MalformedEntry, match="divides by zero"):
        check("policy/default", [], replace(PUBLISHED, compensation="amount // 0", version=9))


# who speaks -------------------------------------------------------------------------------------------
KNOWN = {
    "kamao": after("party/kamao", party.Registered(name="Kamao", role="platform")),
    "xiaomai": after("party/xiaomai", party.Registered(name="Xiaomai", role="platform")),
    "shop": after("party/shop", party.Registered(name="Shop", role="merchant")),
    "auditor": after("party/auditor", party.Registered(name="Auditor", role="auditor")),
    "agent-east": after(STREAM, REGISTERED),
    "barred": after("party/barred", REGISTERED, SUSPENDED),
    "paused": after("party/paused", REGISTERED, replace(SUSPENDED, until=NOW + 5)),
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


@pytest.mark.parametrize(
    ("name", "when"), [("paused", {"until": NOW + 5}), ("lapsed", {"since": NOW - 1}), ("barred", {})]
)
def test_who_is_shut_out_is_told_until_or_since_when(name, when):
    with pytest.raises(IllegalTransition) as caught:
        said("operator", replace(PLACED, merchant=name))

    told = {each: caught.value.evidence.get(each) for each in ("until", "since")}
    assert told == {"until": None, "since": None} | {each: instant(at) for each, at in when.items()}


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

from typing import get_args

import pytest
from msgspec.structs import replace

from mingdan.ledger.event import KINDS
from mingdan.ledger.market.party import (
    Appealed,
    Blacklisted,
    Expelled,
    Keyed,
    Lapsed,
    Party,
    PartyEvent,
    Qualified,
    Registered,
    Reinstated,
    Role,
    Suspended,
    Warned,
)
from mingdan.ledger.market.speaking import (
    RULES,
    SETTLING,
    SPEAKERS,
    WAYS_OUT,
    Refusal,
    ends_another,
    refusal,
    shut_out,
)

from .told import EVIDENCE, KEY, NOW, after, leaf

GROUPS = [
    "order",
    "recipient",
    "stock",
    "risk",
    "batch",
    "hop",
    "activation",
    "delivery",
    "promise",
    "refund",
    "care",
    "dispute",
    "sku",
    "exception",
    "party",
    "policy",
]
MARKET = GROUPS[-4:]
KINDS_TOLD = [kind for kind in KINDS if kind != "log.epoch"]
ROLES = get_args(Role)
OWN, OTHER, ORDER = "party/agent-east", "party/brand", "order/" + "0" * 64
OF_ITSELF = {"party.keyed", "party.appealed"}
OF_OTHERS = {
    "party.qualified",
    "party.warned",
    "party.suspended",
    "party.blacklisted",
    "party.expelled",
    "party.reinstated",
}

KEYED, OTHER_KEY = Keyed(key=KEY), Keyed(key="B" + KEY[1:])
QUALIFIED = Qualified(valid_until=NOW, verifier="auditor")
WARNED = Warned(reasons="answers late")
SUSPENDED = Suspended(entries=EVIDENCE, reasons="three outages untold")
BARRING = [
    SUSPENDED,
    Blacklisted(entries=EVIDENCE, reasons="sold one card twice"),
    Expelled(entries=EVIDENCE, reasons="took the money and went"),
]


def party(role: str, *story: PartyEvent) -> Party:
    return after(OWN, Registered(name="东部代理", role=role), *story)


def stream_of(kind: str) -> str:
    """A stream on which a party of the tests could tell this kind."""
    group = kind.partition(".")[0]
    if group == "party":
        return OWN if kind in OF_ITSELF else OTHER
    return f"{group}/some" if group in MARKET else ORDER


def speaks(role: str, kind: str) -> bool:
    return role in SPEAKERS.get(kind, SPEAKERS[kind.partition(".")[0]])


# the table --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("group", GROUPS)
def test_every_group_of_kinds_has_its_speakers(group):
    assert SPEAKERS[group]
    assert SPEAKERS[group] <= {*ROLES}


def test_what_is_told_belongs_to_one_of_the_groups():
    assert {kind.partition(".")[0] for kind in KINDS_TOLD} == {*GROUPS}


def test_the_table_names_groups_and_kinds_that_there_are():
    assert SPEAKERS.keys() <= {*GROUPS, *KINDS_TOLD}
    assert {*KINDS_TOLD} >= SETTLING


def test_a_kind_with_a_line_of_its_own_differs_from_its_group():
    own = [kind for kind in SPEAKERS if "." in kind]

    assert [kind for kind in own if SPEAKERS[kind] == SPEAKERS[kind.partition(".")[0]]] == []


@pytest.mark.parametrize("kind", KINDS_TOLD)
def test_a_role_speaks_of_its_own_part_and_is_refused_elsewhere_with_its_registration(kind):
    for role in ROLES:
        refused = refusal(party(role), kind, stream_of(kind), NOW)

        assert refused == (None if speaks(role, kind) else Refusal("not-its-role", leaf(0)))


@pytest.mark.parametrize("kind", KINDS_TOLD)
def test_somebody_may_tell_every_kind(kind):
    assert [role for role in ROLES if speaks(role, kind)] != []


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("order.placed", "platform merchant"),
        ("order.noted", "platform merchant agent supplier brand auditor"),
        ("hop.accepted", "platform merchant agent supplier brand"),
        ("delivery.delivered", "platform merchant agent supplier brand"),
        ("refund.paid", "platform merchant"),
        ("risk.held", "platform merchant"),
        ("dispute.opened", "platform merchant"),
        ("dispute.evidence", "platform merchant agent supplier brand auditor"),
        ("dispute.decided", "platform auditor"),
        ("sku.stocked", "platform merchant agent supplier brand"),
        ("sku.intake_refused", "platform merchant"),
        ("exception.reported", "platform merchant agent supplier brand"),
        ("party.registered", "platform"),
        ("party.suspended", "platform auditor"),
        ("party.qualified", "platform auditor"),
        ("party.appealed", "platform merchant agent supplier brand auditor"),
        ("policy.published", "platform"),
    ],
)
def test_who_speaks_of_what(kind, who):
    assert {role for role in ROLES if refusal(party(role), kind, stream_of(kind), NOW) is None} == {
        *who.split()
    }


# one story for each rule ------------------------------------------------------------------------------
STORIES = {  # rule -> speaker, kind, stream; and the neighbour that holds
    "not-its-role": ((party("supplier"), "order.placed", ORDER), (party("merchant"), "order.placed", ORDER)),
    "not-itself": ((party("supplier"), "party.keyed", OTHER), (party("supplier"), "party.keyed", OWN)),
    "unsigned-rotation": ((party("agent", KEYED), "party.keyed", OWN), (party("agent"), "party.keyed", OWN)),
    "own-judge": ((party("platform"), "party.qualified", OWN), (party("platform"), "party.qualified", OTHER)),
    "unregistered-judge": (
        (after(OWN), "party.suspended", OTHER),
        (after("party/ledger"), "party.suspended", OTHER),
    ),
    "barred": (
        (party("merchant", SUSPENDED), "order.placed", ORDER),
        (party("merchant", WARNED), "order.placed", ORDER),
    ),
    "lapsed": (
        (party("merchant", QUALIFIED, Lapsed()), "order.placed", ORDER),
        (party("merchant", QUALIFIED), "order.placed", ORDER),
    ),
}


def test_every_rule_has_its_story():
    assert STORIES.keys() | {"not-its-decision"} == RULES.keys()
    assert WAYS_OUT.keys() < RULES.keys()


@pytest.mark.parametrize("rule", STORIES)
def test_a_fact_that_breaks_a_rule_is_told_from_its_neighbour(rule):
    odd, regular = STORIES[rule]

    assert refusal(*odd, NOW).rule == rule
    assert refusal(*regular, NOW) is None


def test_a_decision_is_ended_by_who_made_it_by_an_auditor_or_by_its_term():
    blacklisted = Blacklisted(entries=EVIDENCE, reasons="sold one card twice")
    barred = after(OTHER, Registered(name="x", role="merchant"), SUSPENDED, ("council", blacklisted))
    mistake = Reinstated(reason="mistake")

    def ended(event: Reinstated, by: Party) -> str | None:
        return None if (found := ends_another(barred, event, by)) is None else found.rule

    for name in ("council", "kamao"):
        assert ended(mistake, after(f"party/{name}", Registered(name="x", role="platform"))) is None
    assert ended(mistake, after("party/other-council", Registered(name="x", role="auditor"))) is None
    assert ended(mistake, after("party/ledger")) is None
    rival = after("party/xiaomai", Registered(name="x", role="platform"))
    assert ended(mistake, rival) == "not-its-decision"
    assert ends_another(barred, mistake, rival).because == leaf(2)
    assert ended(Reinstated(reason="term_over"), rival) is None


def test_who_decided_something_himself_upholds_appeals_against_that_alone():
    story = [Registered(name="x", role="merchant"), SUSPENDED, ("council", WARNED)]
    upheld, told = Reinstated(reason="appeal_upheld"), after(OTHER, *story, ("brand", Appealed()))
    own = after(OTHER, *story, ("brand", Appealed()), ("brand", Appealed()))  # first of the gravest

    for role in ("platform", "auditor"):
        council = after("party/council", Registered(name="x", role=role))
        assert ends_another(told, upheld, council) == Refusal("not-its-decision", leaf(1))
        assert ends_another(own, upheld, council) is None
        assert ends_another(after(OTHER, *story), upheld, council) is None  # which nobody appealed
    for name, role in (("kamao", "platform"), ("other-council", "auditor")):
        assert ends_another(told, upheld, after(f"party/{name}", Registered(name="x", role=role))) is None
    assert ends_another(told, upheld, after("party/ledger")) is None


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_named_by_words_and_said_in_one_sentence(rule):
    assert rule.replace("-", "").isalpha()
    assert rule == rule.lower()
    assert not RULES[rule].endswith(".")
    assert len(RULES[rule].split()) > 3


@pytest.mark.parametrize("role", ["platform", "auditor"])
@pytest.mark.parametrize(
    "kind",
    [
        f"party.{name}"
        for name in ["qualified", "warned", "suspended", "blacklisted", "expelled", "reinstated"]
    ],
)
def test_nobody_decides_about_itself_and_the_judges_do_about_others(role, kind):
    assert refusal(party(role), kind, OWN, NOW) == Refusal("own-judge", leaf(0))
    assert refusal(party(role), kind, OTHER, NOW) is None


@pytest.mark.parametrize("kind", sorted(OF_ITSELF))
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gives_its_own_keys_and_appeals_for_itself_alone_but_for_a_platform(role, kind):
    resets = (role, kind) == ("platform", "party.keyed")

    assert refusal(party(role), kind, OWN, NOW) is None
    assert refusal(party(role), kind, OTHER, NOW) == (None if resets else Refusal("not-itself", leaf(0)))


# keys -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ROLES)
def test_a_key_is_replaced_in_the_hand_of_its_party_and_the_refusal_names_the_key(role):
    keyed = party(role, KEYED, OTHER_KEY)

    assert refusal(keyed, "party.keyed", OWN, NOW) == Refusal("unsigned-rotation", leaf(2))
    assert refusal(keyed, "party.keyed", OWN, NOW, signed=True) is None


def test_a_platform_replaces_the_key_of_another_whether_it_has_one_itself_or_not():
    for story in ([], [KEYED]):
        assert refusal(party("platform", *story), "party.keyed", OTHER, NOW) is None


@pytest.mark.parametrize(("story", "rule"), [([SUSPENDED], "barred"), ([QUALIFIED, Lapsed()], "lapsed")])
def test_a_platform_that_is_shut_out_replaces_its_own_key_and_no_others(story, rule):
    platform = party("platform", *story)

    assert refusal(platform, "party.keyed", OTHER, NOW).rule == rule
    assert refusal(platform, "party.keyed", OWN, NOW) is None


# who is shut out --------------------------------------------------------------------------------------
OWED = [
    ("supplier", "hop.accepted hop.rejected activation.started activation.succeeded activation.failed"),
    ("supplier", "hop.uncertain hop.queried stock.short party.keyed order.disavowed delivery.reversed"),
    ("agent", "activation.relayed delivery.delivered dispute.evidence party.appealed"),
    ("agent", "exception.reported exception.acknowledged exception.resolved"),
    ("merchant", "refund.approved refund.paid care.located care.offered care.notified delivery.delivered"),
    ("merchant", "order.paid order.paid_late promise.compensated refund.requested dispute.opened"),
    ("merchant", "care.nudged care.closed order.cancelled refund.refused dispute.appealed"),
]
NEW = [
    ("supplier", "hop.forwarded stock.reserved sku.listed sku.stocked sku.opened batch.started"),
    ("merchant", "order.placed order.reinstated promise.extended risk.held"),
    ("platform", "policy.published party.registered party.reinstated"),
]


def test_everything_that_settles_is_told_here():
    assert {kind for _, kinds in OWED for kind in kinds.split()} == SETTLING


@pytest.mark.parametrize(("role", "kinds"), OWED)
def test_what_is_owed_is_taken_in_from_a_barred_party_and_from_a_lapsed_one(role, kinds):
    for kind in kinds.split():
        for story in ([SUSPENDED], [QUALIFIED, Lapsed()]):
            assert refusal(party(role, *story), kind, stream_of(kind), NOW) is None


@pytest.mark.parametrize(("role", "kinds"), NEW)
def test_what_is_new_is_taken_in_neither_from_a_barred_party_nor_from_a_lapsed_one(role, kinds):
    for kind in kinds.split():
        for story, rule in (([SUSPENDED], "barred"), ([QUALIFIED, Lapsed()], "lapsed")):
            assert refusal(party(role), kind, stream_of(kind), NOW) is None
            assert refusal(party(role, *story), kind, stream_of(kind), NOW).rule == rule


@pytest.mark.parametrize("kind", KINDS_TOLD)
@pytest.mark.parametrize("event", BARRING)
def test_a_barred_party_still_settles_what_it_owes_and_does_nothing_else(event, kind):
    for role in filter(lambda role: speaks(role, kind), ROLES):
        refused = refusal(party(role, event), kind, stream_of(kind), NOW)

        assert refused == (None if kind in SETTLING else Refusal("barred", leaf(1)))


@pytest.mark.parametrize("kind", KINDS_TOLD)
def test_a_party_whose_qualification_lapsed_still_settles_what_it_owes_and_does_nothing_else(kind):
    for role in filter(lambda role: speaks(role, kind), ROLES):
        refused = refusal(party(role, QUALIFIED, Lapsed()), kind, stream_of(kind), NOW)

        assert refused == (None if kind in SETTLING else Refusal("lapsed", leaf(2)))


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        ([], NOW, None),
        ([WARNED], NOW, None),
        ([QUALIFIED], NOW, None),
        ([QUALIFIED], NOW + 1, Refusal("lapsed", leaf(1))),
        ([QUALIFIED, Lapsed()], 0, Refusal("lapsed", leaf(2))),
        ([QUALIFIED, Lapsed(), QUALIFIED], NOW, None),
        ([QUALIFIED, Lapsed(), QUALIFIED], NOW + 1, Refusal("lapsed", leaf(3))),
        ([SUSPENDED, QUALIFIED, Lapsed()], NOW, Refusal("barred", leaf(1))),
        ([SUSPENDED, WARNED], NOW, Refusal("barred", leaf(1))),
        ([replace(SUSPENDED, until=NOW)], NOW - 1, Refusal("barred", leaf(1))),
        ([replace(SUSPENDED, until=NOW)], NOW, None),
        ([replace(SUSPENDED, until=NOW), SUSPENDED], NOW, Refusal("barred", leaf(2))),
        ([QUALIFIED, replace(SUSPENDED, until=NOW)], NOW + 1, Refusal("lapsed", leaf(1))),
        ([SUSPENDED, Reinstated(reason="mistake")], NOW, None),
        ([QUALIFIED, SUSPENDED, Reinstated(reason="mistake")], NOW + 1, Refusal("lapsed", leaf(1))),
    ],
)
def test_who_is_shut_out_is_told_by_which_entry(story, now, expected):
    assert shut_out(party("agent", *story), now) == expected


# who is not registered --------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", sorted({*KINDS_TOLD} - OF_ITSELF - OF_OTHERS))
def test_a_name_that_is_not_registered_speaks_of_everything_but_parties_cases(kind):
    nobody = after(OWN)

    assert refusal(nobody, kind, OTHER, NOW) is None
    assert refusal(nobody, kind, ORDER, NOW) is None


@pytest.mark.parametrize("kind", sorted(OF_OTHERS))
def test_who_decides_about_others_is_registered_and_the_ledger_is_whoever_keeps_it(kind):
    assert refusal(after(OWN), kind, OTHER, NOW) == Refusal("unregistered-judge", b"")
    assert refusal(after(OWN), kind, OWN, NOW) == Refusal("own-judge", b"")
    assert refusal(after("party/ledger"), kind, OTHER, NOW) is None


@pytest.mark.parametrize("kind", sorted(OF_ITSELF))
def test_nobody_appeals_for_another_nor_gives_its_keys(kind):
    assert refusal(after(OWN), kind, OTHER, NOW) == Refusal("not-itself", b"")


def test_no_new_business_is_refused_with_a_name_that_is_not_registered():
    assert shut_out(after(OWN), NOW) is None

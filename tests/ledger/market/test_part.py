import pytest
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.evolve import fold
from mingdan.ledger.market.part import (
    RULES,
    is_out_of_part,
    is_outsider,
    may_judge,
    may_tell_ruling,
    roles_in,
)
from mingdan.ledger.market.speaking import SPEAKERS, TIERS, speakers_of
from mingdan.ledger.order import Order

from ..told import disavowal, entry

PLACED = e.Placed(merchant="shop", platform="kamao")
OPENED = e.DisputeOpened(claim="not-delivered", dispute="d", freezes="none")
DECIDED = e.DisputeDecided(decider="council", dispute="d", outcome="split", reason="both are right")
EVIDENCE = e.DisputeEvidence(dispute="d")
CANCELLED = e.Cancelled(by="merchant", reason="sold out")


def after(*story: e.OrderEvent) -> Order:
    return fold(entry(number, event, number) for number, event in enumerate(story))


FORWARDED = after(PLACED, e.HopForwarded(attempt=1, to="agent-east"))


@pytest.mark.parametrize(
    "event", [CANCELLED, EVIDENCE, e.Noted(label="x"), e.Compensated(amount=1, rule="x")]
)
def test_an_order_has_its_platform_its_merchant_and_the_tiers_that_it_was_sent_to(event):
    sells = {
        name: is_outsider(FORWARDED, event, name, "platform") for name in ("kamao", "shop", "agent-east")
    }

    assert sells == {"kamao": False, "shop": False, "agent-east": False}
    for name, role in (("xiaomai", "platform"), ("other-shop", "merchant"), ("brand", "brand")):
        assert is_outsider(FORWARDED, event, name, role)


def test_an_order_is_placed_by_who_is_to_sell_it():
    placing = {name: is_outsider(Order(), PLACED, name, "platform") for name in ("kamao", "shop", "xiaomai")}

    assert placing == {"kamao": False, "shop": False, "xiaomai": True}
    assert is_outsider(after(PLACED), e.Placed(platform="xiaomai"), "xiaomai", "platform")


@pytest.mark.parametrize(
    "event",
    [
        e.HopForwarded(attempt=1, to="brand"),
        e.HopQueried(result="not_found"),
        e.ActivationStarted(),
        e.Delivered(evidence="provider_receipt"),
        e.DeliveryReversed(reason="used before"),
        e.Disavowed(entry="ab" * 32, reason="did_not_occur"),
    ],
)
def test_what_is_for_those_to_say_who_have_an_order_is_left_to_the_rules_of_hops(event):
    assert not is_outsider(FORWARDED, event, "brand", "brand")


def test_an_auditor_has_a_part_in_what_was_escalated_to_it_and_notes_what_it_finds():
    disputed = after(PLACED, OPENED)
    escalated = after(PLACED, OPENED, e.DisputeEscalated(dispute="d", to="council"))

    assert not is_outsider(disputed, e.Noted(label="looked at"), "council", "auditor")
    for event in (DECIDED, EVIDENCE):
        assert is_outsider(disputed, event, "council", "auditor")
        assert not is_outsider(escalated, event, "council", "auditor")
        assert is_outsider(escalated, event, "another-council", "auditor")
    assert is_outsider(escalated, CANCELLED, "council", "auditor")


@pytest.mark.parametrize(
    ("decider", "role", "judges"),
    [
        ("kamao", None, True),
        ("kamao", "platform", True),
        ("ledger", None, True),
        ("council", "auditor", False),
        ("xiaomai", "platform", False),
        ("council", None, False),
        ("shop", None, False),
        ("other-shop", "merchant", False),
        ("brand", "brand", False),
        ("buyer", None, False),
    ],
)
def test_a_dispute_is_decided_by_the_orders_platform_or_a_registered_judge(decider, role, judges):
    assert may_judge(FORWARDED, replace(DECIDED, decider=decider), role) == judges


def test_an_auditor_decides_what_was_escalated_to_it_and_to_nobody_else_since():
    passed_on = e.DisputeEscalated(dispute="d", to="council")
    escalated = after(PLACED, OPENED, passed_on)
    elsewhere = after(PLACED, OPENED, passed_on, replace(passed_on, to="another-council"))

    for role in ("auditor", "platform"):
        assert may_judge(escalated, DECIDED, role)
        assert not may_judge(escalated, replace(DECIDED, dispute="x"), role)
        assert not may_judge(elsewhere, DECIDED, role)
        assert not may_judge(after(PLACED, OPENED, passed_on, disavowal(2)), DECIDED, role)
        again = after(PLACED, OPENED, passed_on, replace(passed_on, to="x"), disavowal(3))
        assert may_judge(again, DECIDED, role)
    for role in (None, "merchant", "brand"):
        assert not may_judge(escalated, DECIDED, role)


@pytest.mark.parametrize(
    ("by", "role", "tells"),
    [
        ("kamao", "platform", True),
        ("kamao", None, True),
        ("ledger", None, True),
        ("council", "auditor", True),
        ("council", "platform", True),
        ("operator", None, True),
        ("xiaomai", "platform", False),
        ("another-council", "auditor", False),
        ("shop", None, False),
        ("shop", "merchant", False),
        ("shop", "platform", False),
        ("buyer", None, False),
    ],
)
def test_a_decision_is_told_by_the_platform_or_who_made_it_and_by_no_side(by, role, tells):
    escalated = after(PLACED, OPENED, e.DisputeEscalated(dispute="d", to="council"))

    assert may_tell_ruling(escalated, DECIDED, by, role) == tells
    assert not may_tell_ruling(FORWARDED, replace(DECIDED, decider="kamao"), "council", "auditor")


def test_who_sells_its_own_goods_decides_about_them():
    own = after(e.Placed(merchant="kamao", platform="kamao"))

    assert may_judge(own, replace(DECIDED, decider="kamao"), "platform")
    assert may_tell_ruling(own, replace(DECIDED, decider="kamao"), "kamao", "platform")


# whom nobody registered -------------------------------------------------------------------------------
FULL = replace(PLACED, amount=1, currency="CNY", qty=1, sku="card-100", tier="agent-east")
SAMPLES = [  # of each line of SPEAKERS that orders have, one that a tier may not say or may
    e.RiskReviewed(decision="release", reason="x"),
    e.PromiseExtended(due_at=1),
    e.Compensated(amount=1, rule="x"),
    e.RefundRequested(),
    e.RefundApproved(),
    e.RefundPaid(),
    CANCELLED,
    e.Paid(),
    e.Completed(by="timeout"),
    e.Noted(label="x"),
    OPENED,
    DECIDED,
    EVIDENCE,
    e.Disavowed(entry="ab" * 32, reason="did_not_occur"),
    e.RecipientChecked(field="player", result="ok", rule="x"),
    e.StockShort(available=0, needed=1),
    e.HopAccepted(),
    e.ActivationStarted(),
    e.Delivered(evidence="provider_receipt"),
    e.Nudged(nudge="n"),
]


def test_an_order_says_of_its_platform_its_merchant_and_its_tiers_what_they_are_and_of_nobody_else():
    told = after(
        e.Placed(merchant="shop", platform="kamao", tier="named"), e.HopForwarded(attempt=1, to="sent")
    )

    assert roles_in(told, CANCELLED, "kamao") == {"platform"}
    assert roles_in(told, CANCELLED, "shop") == {"merchant"}
    assert [roles_in(told, CANCELLED, name) for name in ("named", "sent")] == [TIERS] * 2
    assert [roles_in(told, CANCELLED, name) for name in ("operator", "xiaomai")] == [frozenset()] * 2
    assert roles_in(Order(), PLACED, "kamao") == {"platform"}
    assert roles_in(Order(), CANCELLED, "kamao") == frozenset()
    itself = after(e.Placed(merchant="kamao", platform="kamao"), e.HopForwarded(attempt=1, to="kamao"))
    assert roles_in(itself, CANCELLED, "kamao") == {"platform", "merchant"} | TIERS


def test_the_buyer_and_the_ledger_are_what_they_are_whatever_an_order_calls_them():
    told = [e.Placed(merchant="buyer", platform="ledger", tier="buyer")]
    order = after(*told, e.HopForwarded(attempt=1, to="buyer"), e.HopForwarded(attempt=2, to="ledger"))

    assert [roles_in(order, CANCELLED, name) for name in ("buyer", "ledger")] == [frozenset()] * 2


@pytest.mark.parametrize("event", SAMPLES)
def test_less_trust_grants_no_more(event):
    """Whom nobody registered says in an order just what a registered party in its part may say."""
    kind = e.KIND_OF[type(event)]
    forwarded = after(FULL, e.HopForwarded(attempt=1, to="brand"))

    for name, roles in (("kamao", {"platform"}), ("shop", {"merchant"}), ("brand", TIERS)):
        assert is_out_of_part(forwarded, event, name) == speakers_of(kind).isdisjoint(roles)
    for name in ("operator", "buyer", "ledger"):
        assert not is_out_of_part(forwarded, event, name)


def test_no_line_of_the_table_is_for_one_kind_of_tier_alone():
    """An order does not say which kind a tier is of: else one that nobody registered might say more."""
    assert [name for name, roles in SPEAKERS.items() if roles & TIERS not in (TIERS, frozenset())] == []


def test_a_tier_that_an_order_names_has_it_once_it_is_sent_there():
    named = after(FULL)

    for event in (e.Noted(label="x"), e.StockShort(available=0, needed=1)):
        assert is_outsider(named, event, "agent-east", None)
        assert not is_outsider(
            after(FULL, e.HopForwarded(attempt=1, to="agent-east")), event, "agent-east", None
        )


def test_a_tier_tells_no_ruling_registered_or_not():
    opened = after(PLACED, OPENED, e.HopForwarded(attempt=1, to="brand"))
    ruled = replace(DECIDED, decider="kamao")

    assert [may_tell_ruling(opened, ruled, "brand", role) for role in (None, "brand")] == [False] * 2
    assert may_tell_ruling(opened, ruled, "operator", None)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_named_by_words_and_said_in_one_sentence(rule):
    assert rule.replace("-", "").isalpha()
    assert rule == rule.lower()
    assert not RULES[rule].endswith(".")
    assert len(RULES[rule].split()) > 3

"""Risk rules: which paid order is held, by which rule, until when; and which no rule may hold any more."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.evolve import evolve, fold
from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.ledger.risk import LargeAmount, RiskRule, VagueRecipient, Velocity, screenable, screened
from mingdan.ledger.rules import objection

from .told import disavowal, entry

NOW = 50 * MINUTE
VELOCITY = Velocity(id="velocity", most=3, on_timeout="release", review_within=HOUR, within=10 * MINUTE)
VAGUE = VagueRecipient(id="vague-recipient", on_timeout="refund", review_within=2 * HOUR)
AMOUNT = LargeAmount(above=500, currency="CNY", id="amount", on_timeout="refund", review_within=3 * HOUR)
RULES = (VELOCITY, VAGUE, AMOUNT)
BUSY = {"velocity": 3}

PLACED = e.Placed(
    amount=501, currency="CNY", merchant="m", platform="kamao", policy="default", qty=1, sku="s"
)
PAID = e.Paid(amount=501)
SUSPECT = e.RecipientChecked(field="phone", result="suspect", rule="cn-mobile")
FORWARDED = e.HopForwarded(attempt=1, to="agent-east")
HELD = e.RiskHeld(on_timeout="release", review_by=HOUR, rule="velocity", track="auto")
BY_HAND = e.RiskHeld(on_timeout="refund", review_by=HOUR, rule="looked-odd", track="manual")
RELEASED = e.RiskReviewed(decision="release", reason="nothing found")
DELIVERED = e.Delivered(evidence="account_credited")


def told(*facts, basis=None):
    return fold(entry(number, fact, number, basis=basis) for number, fact in enumerate(facts))


def rule_of(held):
    return None if held is None else held.rule


# which rule ---------------------------------------------------------------------------------------------
APPLIES = {
    "an order like others": ((replace(PLACED, amount=500), PAID), {}, None),
    "the third of a source": ((replace(PLACED, amount=500), PAID), {"velocity": 2}, None),
    "the fourth of a source": ((replace(PLACED, amount=500), PAID), BUSY, "velocity"),
    "a source that another rule counts": ((replace(PLACED, amount=500), PAID), {"other": 99}, None),
    "a recipient that looks mistyped": ((replace(PLACED, amount=500), PAID, SUSPECT), {}, "vague-recipient"),
    "one that the buyer confirmed": (
        (replace(PLACED, amount=500), PAID, SUSPECT, e.RecipientConfirmed()),
        {},
        None,
    ),
    "one that the buyer corrected": (
        (replace(PLACED, amount=500), PAID, SUSPECT, e.RecipientCorrected()),
        {},
        None,
    ),
    "one that is invalid": (
        (replace(PLACED, amount=500), PAID, replace(SUSPECT, result="invalid")),
        {},
        None,
    ),
    "more than the amount": ((PLACED, PAID), {}, "amount"),
    "as much in another currency": ((replace(PLACED, currency="USD"), PAID), {}, None),
    "an amount that nobody told": ((replace(PLACED, amount=None), PAID), {}, None),
    "what three rules apply to": ((PLACED, PAID, SUSPECT), BUSY, "velocity"),
}


@pytest.mark.parametrize(("facts", "seen", "rule"), APPLIES.values(), ids=APPLIES)
def test_an_order_is_held_by_the_first_rule_that_applies(facts, seen, rule):
    assert rule_of(screened(told(*facts), RULES, seen, at=NOW)) == rule


def test_the_order_of_the_list_decides_which_rule_is_first():
    assert rule_of(screened(told(PLACED, PAID, SUSPECT), RULES[::-1], BUSY, at=NOW)) == "amount"


def test_without_rules_nothing_is_held():
    assert screened(told(PLACED, PAID, SUSPECT), (), BUSY, at=NOW) is None


def test_a_hold_says_by_when_it_is_reviewed_and_what_follows_if_not():
    assert screened(told(PLACED, PAID), RULES, {}, at=NOW) == e.RiskHeld(
        on_timeout="refund", review_by=NOW + 3 * HOUR, rule="amount", track="auto"
    )


# which orders -------------------------------------------------------------------------------------------
LEFT_ALONE = {
    "nothing": (),
    "not paid": (PLACED,),
    "held": (PLACED, PAID, HELD),
    "held by a person": (PLACED, PAID, BY_HAND),
    "forwarded": (PLACED, PAID, FORWARDED),
    "delivered": (PLACED, PAID, DELIVERED),
    "delivered and taken back": (PLACED, PAID, DELIVERED, e.DeliveryReversed(reason="wrong account")),
    "cancelled": (PLACED, PAID, e.Cancelled(by="buyer", reason="changed my mind")),
    "expired": (PLACED, e.Expired()),
    "refund asked for": (PLACED, PAID, e.RefundRequested(amount=501)),
    "refunded": (PLACED, PAID, e.RefundRequested(), e.RefundApproved(), e.RefundPaid(amount=501)),
    "erased": (PLACED, PAID, e.Erased(reason="buyer_request")),
}


@pytest.mark.parametrize("facts", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_an_order_that_cannot_be_stopped_any_more_or_is_not_paid_is_left_alone(facts):
    assert screened(told(*facts), RULES, BUSY, at=NOW) is None


def test_history_is_never_held():
    assert screened(told(PLACED, PAID, basis="backfill"), RULES, BUSY, at=NOW) is None


STILL_HELD = {
    "paid after it expired": (PLACED, e.Expired(), e.PaidLate(after="expired")),
    "its refund was refused": (PLACED, PAID, e.RefundRequested(), e.RefundRefused(reason="delivered soon")),
    "reinstated": (
        PLACED,
        PAID,
        e.Cancelled(by="platform", reason="slip"),
        e.Reinstated(reason="slip"),
    ),
}


@pytest.mark.parametrize("facts", STILL_HELD.values(), ids=STILL_HELD)
def test_an_order_that_goes_on_after_all_may_be_held(facts):
    assert screenable(told(*facts))


# once ---------------------------------------------------------------------------------------------------
def test_a_rule_does_not_hold_an_order_again_but_another_may():
    again = told(PLACED, PAID, HELD, RELEASED)

    assert screened(again, [VELOCITY], BUSY, at=NOW) is None
    assert rule_of(screened(again, RULES, BUSY, at=NOW)) == "amount"


def test_a_rule_that_held_before_the_last_hold_does_not_hold_again():
    order = told(PLACED, PAID, HELD, RELEASED, BY_HAND, RELEASED)

    assert screened(order, [VELOCITY], BUSY, at=NOW) is None


def test_a_hold_that_was_disavowed_never_was():
    order = told(PLACED, PAID, HELD, disavowal(2))

    assert rule_of(screened(order, [VELOCITY], BUSY, at=NOW)) == "velocity"


# laws ---------------------------------------------------------------------------------------------------
ids = st.sampled_from(["velocity", "a", "b", "c"])
spans = st.integers(1, 2**52)
ends = st.sampled_from(["release", "refund"])
rules = st.lists(
    st.builds(Velocity, id=ids, most=st.integers(1, 4), on_timeout=ends, review_within=spans, within=spans)
    | st.builds(VagueRecipient, id=ids, on_timeout=ends, review_within=spans)
    | st.builds(
        LargeAmount,
        above=st.integers(0, 1000),
        currency=st.sampled_from(["CNY", "USD"]),
        id=ids,
        on_timeout=ends,
        review_within=spans,
    ),
    max_size=4,
)
seen = st.dictionaries(ids, st.integers(0, 5))
facts = st.lists(
    st.sampled_from([SUSPECT, HELD, RELEASED, BY_HAND, FORWARDED, DELIVERED, e.RecipientConfirmed()])
    | st.from_type(e.OrderEvent),
    max_size=4,
)
instants = st.integers(0, 2**42)


@given(facts, rules, seen, instants)
def test_what_is_held_may_be_held_and_the_hold_is_a_fact_that_can_be_printed(more, listed, counts, at):
    order = told(PLACED, PAID, *more)
    held = screened(order, listed, counts, at=at)
    if held is None:
        return

    assert objection(order, held) is None
    assert held.review_by > at
    assert msgspec.json.decode(msgspec.json.encode(held), type=e.RiskHeld) == held


@given(facts, rules, seen, instants)
def test_holding_and_releasing_ends_after_at_most_one_hold_by_each_rule(more, listed, counts, at):
    order = told(PLACED, PAID, *more)
    held_by = []
    while (held := screened(order, listed, counts, at=at)) is not None:
        held_by.append(held.rule)
        order = evolve(order, entry(50 + 2 * len(held_by), held, at))
        assert screened(order, listed, counts, at=at) is None
        order = evolve(order, entry(51 + 2 * len(held_by), RELEASED, at))

    assert len(held_by) == len(set(held_by))


# as they are written ------------------------------------------------------------------------------------
def parsed(**table):
    told = {"id": "x", "on_timeout": "release", "review_within": 1} | table
    return msgspec.convert(told, RiskRule)


def test_a_rule_is_read_by_its_kind():
    assert parsed(kind="velocity", most=3, within=5).field == "contact"
    assert parsed(kind="recipient") == VagueRecipient(id="x", on_timeout="release", review_within=1)
    assert parsed(kind="amount", above=5, currency="CNY", reason="too much").reason == "too much"


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "mood"},
        {},
        {"kind": "velocity", "most": 0, "within": 5},
        {"kind": "velocity", "most": 3, "within": 0},
        {"kind": "velocity", "most": 3, "within": 5, "field": "order_no"},
        {"kind": "velocity", "most": 3},
        {"kind": "recipient", "above": 5},
        {"kind": "recipient", "review_within": 0},
        {"kind": "recipient", "review_within": 30 * DAY + 1},
        {"kind": "recipient", "on_timeout": "forget"},
        {"kind": "recipient", "id": "Vague Recipient"},
        {"kind": "amount", "above": -1, "currency": "CNY"},
        {"kind": "amount", "above": 5.0, "currency": "CNY"},
        {"kind": "amount", "above": 5, "currency": "yuan"},
    ],
    ids=str,
)
def test_a_rule_that_cannot_mean_anything_is_refused(table):
    with pytest.raises(msgspec.ValidationError):
        parsed(**table)

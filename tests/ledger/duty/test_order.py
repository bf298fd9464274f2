import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.duty.order import Surroundings, Trouble, duties
from mingdan.ledger.entry import Entry
from mingdan.ledger.evolve import fold
from mingdan.ledger.policy import DAY, HOUR, MINUTE, Policy
from mingdan.ledger.rules import objection

from ..told import entry, leaf

POLICY = Policy(pay_within=15 * MINUTE, complete_after=3 * DAY, answer_within=6 * HOUR)
AROUND = Surroundings(policy=POLICY)
PLACED = e.Placed(amount=9, currency="CNY", merchant="m", platform="kamao", policy="default", qty=1, sku="s")
PAID = e.Paid(amount=9)
HELD = e.RiskHeld(on_timeout="release", review_by=HOUR, rule="velocity", track="auto")
DELIVERED = e.Delivered(evidence="account_credited")
NUDGED = e.Nudged(nudge="n-1")
OFFERED = e.Offered(by_when=2 * HOUR, nudge="n-1", option="wait")
LOCATED = e.Located(cause="waiting", entries=(), holder="kamao", nudge="n-1", stage="stock")
FREEZING = e.DisputeOpened(claim="c", dispute="d", freezes="settlement")
DECIDED = e.DisputeDecided(decider="kamao", dispute="d", outcome="for_merchant", reason="r")
CUT = Trouble("cut-7", "supply_cut", leaf(99), "brand", supplied=True)


def after(*story: e.Event | tuple[int, e.Event]):
    """An order after these facts, one each ms, or at the time given."""
    timed = [told if isinstance(told, tuple) else (number, told) for number, told in enumerate(story)]
    return fold(entry(number, event, at) for number, (at, event) in enumerate(timed))


def owed(order, now, around=AROUND):
    return [(duty.event, duty.at) for duty in duties(order, around, now)]


def test_an_order_that_is_not_paid_in_time_expires_at_that_time():
    order = after(PLACED)

    assert owed(order, 15 * MINUTE) == []
    assert owed(order, DAY) == [(e.Expired(), 15 * MINUTE)]


@pytest.mark.parametrize("told", [PAID, e.Expired(), e.Cancelled(by="buyer", reason="r")])
def test_an_order_that_is_paid_or_at_its_end_does_not_expire(told):
    assert owed(after(PLACED, told), 2 * DAY) == []


def test_nothing_expires_by_itself_where_the_terms_do_not_say_when():
    assert owed(after(PLACED), DAY, Surroundings()) == []


def test_a_delivery_that_nobody_contests_is_completed_by_time():
    order = after(PLACED, PAID, DELIVERED)

    assert owed(order, 3 * DAY + 2) == []
    assert owed(order, 9 * DAY) == [(e.Completed(by="timeout"), 3 * DAY + 2)]


@pytest.mark.parametrize(
    "told", [e.Completed(by="buyer"), e.RefundRequested(), FREEZING, e.DeliveryReversed(reason="r")]
)
def test_what_is_completed_contested_or_taken_back_is_not_completed_by_time(told):
    """I8"""
    assert owed(after(PLACED, PAID, DELIVERED, told), 9 * DAY) == []


def test_the_time_to_contest_begins_again_after_a_dispute_that_froze_it():
    order = after(PLACED, PAID, DELIVERED, FREEZING, (DAY, DECIDED))

    assert owed(order, 4 * DAY) == []
    assert owed(order, 9 * DAY) == [(e.Completed(by="timeout"), 4 * DAY)]


def test_a_dispute_that_freezes_nothing_holds_up_no_completion():
    order = after(PLACED, PAID, DELIVERED, replace(FREEZING, freezes="none"))

    assert owed(order, 9 * DAY) == [(e.Completed(by="timeout"), 3 * DAY + 2)]


def test_only_a_whole_delivery_is_completed_by_time():
    order = after(replace(PLACED, qty=2), PAID, replace(DELIVERED, units=1))

    assert owed(order, 9 * DAY) == []


def test_a_hold_that_nobody_reviewed_in_time_ends_as_it_was_said_to_end():
    released, refused = after(PLACED, PAID, HELD), after(PLACED, PAID, replace(HELD, on_timeout="refund"))

    assert owed(released, HOUR) == []
    assert owed(released, HOUR + 1) == [(e.RiskReviewed(decision="release", reason="timeout"), HOUR)]
    assert owed(refused, HOUR + 1) == [
        (e.RiskReviewed(decision="refuse", reason="timeout"), HOUR),
        (e.RefundRequested(amount=9), HOUR),
    ]


def test_a_hold_that_ends_with_a_refund_asks_for_what_was_paid():
    held = replace(HELD, on_timeout="refund")
    less, unsaid = after(PLACED, replace(PAID, amount=7), held), after(PLACED, e.Paid(), held)

    for order, paid in ((less, 7), (unsaid, 9)):
        assert owed(order, HOUR + 1)[1] == (e.RefundRequested(amount=paid), HOUR)


def test_what_came_while_an_order_was_held_is_not_asked_back():
    held = replace(HELD, on_timeout="refund")
    whole = after(PLACED, replace(PAID, amount=8), held, e.Delivered(evidence="account_credited"))
    part = after(
        replace(PLACED, qty=2),
        replace(PAID, amount=8),
        held,
        e.Delivered(evidence="account_credited", units=1),
    )

    assert owed(whole, HOUR + 1) == [(e.RiskReviewed(decision="release", reason="timeout"), HOUR)]
    assert owed(part, HOUR + 1)[1] == (e.RefundRequested(amount=4), HOUR)


def test_a_hold_that_was_reviewed_is_owed_nothing():
    assert owed(after(PLACED, PAID, HELD, e.RiskReviewed(decision="release", reason="r")), DAY) == []


def test_whoever_asks_is_answered_from_the_record():
    located, offered = owed(after(PLACED, PAID, e.HopForwarded(attempt=1, to="agent"), NUDGED), 10)

    assert located[0] == e.Located(
        cause="waiting", entries=(leaf(2).hex(),), holder="agent", nudge="n-1", stage="dispatch"
    )
    assert offered == (e.Offered(by_when=10 + 6 * HOUR, nudge="n-1", option="wait"), None)


def test_an_offer_stands_long_enough_to_be_recorded_whatever_the_terms_say():
    around = Surroundings(policy=replace(POLICY, answer_within=0))
    _, (offered, _at) = owed(after(PLACED, PAID, NUDGED), 10, around)

    assert offered.by_when == 10 + 5 * MINUTE


def test_whom_the_ledger_holds_is_told_once():
    ours = replace(AROUND, ours=True)
    told = e.Notified(channel="page", of=leaf(2).hex(), template="risk.velocity")

    assert owed(after(PLACED, PAID, HELD), 10, ours) == [(told, None)]
    assert owed(after(PLACED, PAID, HELD, told), 10, ours) == []
    assert owed(after(PLACED, PAID, HELD, e.RiskReviewed(decision="release", reason="r")), 10, ours) == []


def test_whom_somebody_else_holds_is_left_for_them_to_tell():
    assert owed(after(PLACED, PAID, HELD), 10) == []


def test_an_answer_offers_what_the_trouble_leaves_open():
    failed = e.ActivationFailed(attributable_to="brand", code="supply_cut")
    story = (PLACED, PAID, e.HopForwarded(attempt=1, to="agent"), failed, NUDGED)
    located, *offered = [event for event, _ in owed(after(*story), 10)]

    assert (located.cause, located.entries) == ("supply_cut", (leaf(3).hex(),))
    assert [each.option for each in offered] == ["wait", "replace", "refund"]


def test_an_answer_waits_for_what_is_found_out_first():
    checked = e.RecipientChecked(field="phone", result="invalid", rule="cn-mobile")
    around = replace(AROUND, checked=checked)
    found = owed(after(PLACED, PAID, NUDGED, checked), 10, around)

    assert owed(after(PLACED, PAID, NUDGED), 10, around) == [(checked, None)]
    assert [found[0][0].cause, found[1][0].option] == ["recipient", "correct"]


def test_a_nudge_is_closed_by_time_when_its_offer_is_over():
    order = after(PLACED, PAID, NUDGED, LOCATED, OFFERED)

    assert owed(order, 2 * HOUR) == []
    assert owed(order, DAY) == [(e.NudgeClosed(nudge="n-1", outcome="timeout"), 2 * HOUR)]


def test_a_nudge_that_nobody_answered_is_not_closed_by_time_but_answered():
    assert [type(event) for event, _ in owed(after(PLACED, PAID, NUDGED), 9 * HOUR)] == [e.Located, e.Offered]


def test_a_recipient_is_checked_once_and_again_when_it_was_corrected():
    checked = e.RecipientChecked(field="phone", result="ok", rule="cn-mobile")
    around = replace(AROUND, checked=checked)

    assert owed(after(PLACED, PAID), 10, around) == [(checked, None)]
    assert owed(after(PLACED, PAID, checked), 10, around) == []
    assert owed(after(PLACED, PAID, checked, e.RecipientCorrected()), 10, around) == [(checked, None)]


def test_a_dispute_that_is_opened_again_is_merged_into_the_first():
    again = replace(FREEZING, dispute="d-2")
    order = after(PLACED, PAID, FREEZING, again)

    assert owed(order, 10) == [(e.DisputeMerged(dispute="d-2", into="d"), None)]
    assert owed(after(PLACED, PAID, FREEZING, replace(again, claim="other")), 10) == []
    assert owed(after(PLACED, PAID, FREEZING, replace(again, freezes="delivery")), 10) == []


def test_one_exception_tells_every_order_that_waits_for_what_it_touches_once():
    around = replace(AROUND, troubles=(CUT,))
    told = e.Notified(about="cut-7", channel="page", of=leaf(99).hex(), template="exception.supply_cut")

    assert owed(after(PLACED, PAID), 10, around) == [(told, None)]
    assert owed(after(PLACED, PAID, told), 10, around) == []
    assert owed(after(PLACED), 10, around) == []
    assert owed(after(PLACED, PAID, DELIVERED), 10, around) == []


@pytest.mark.parametrize(
    ("by", "told"), [("evil", False), ("brand", False), ("agent", True), ("kamao", True), ("m", True)]
)
def test_what_is_reported_of_goods_that_one_does_not_supply_is_told_to_the_orders_that_one_has(by, told):
    around = replace(AROUND, troubles=(replace(CUT, by=by, supplied=False),))
    story = after(PLACED, PAID, e.HopForwarded(attempt=1, to="agent"))

    assert [isinstance(event, e.Notified) for event, _ in owed(story, 10, around)] == [True] * told


def test_imported_history_and_what_was_erased_are_owed_nothing():
    imported = fold([entry(0, PLACED, 0, basis="backfill")])

    assert owed(imported, 9 * DAY) == []
    assert owed(after(PLACED, e.Erased(reason="mistake")), 9 * DAY) == []


@given(st.lists(st.from_type(Entry), unique_by=lambda each: each.leaf, max_size=16), st.integers(0, 10 * DAY))
def test_the_ledger_owes_nothing_that_its_own_rules_would_refuse(history, now):
    order = fold(history)
    first = next(iter(duties(order, AROUND, now)), None)

    assert first is None or objection(order, first.event) is None


def test_a_duty_has_one_key_for_all_who_see_the_same_state():
    one, other = (next(iter(duties(after(PLACED), AROUND, now))) for now in (DAY, 2 * DAY))

    assert one.claim.key == other.claim.key
    assert one.claim.after == leaf(0).hex()
    assert one.claim == other.claim

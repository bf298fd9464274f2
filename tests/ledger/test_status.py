"""Each status in its story; the laws over all sequences of facts are in `test_evolve.py`."""

import pytest
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.evolve import fold
from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.market.sku import Awaited, Paced
from mingdan.ledger.order import Order
from mingdan.ledger.passing import instants
from mingdan.ledger.policy import HOUR, MINUTE, Policy
from mingdan.ledger.status import (
    BEFORE_ALL,
    SIDES,
    STEPS,
    ended,
    side_at,
    status,
    violations,
)
from mingdan.ledger.stuck import stuck

from .told import entry, leaf

PLACED = e.Placed(platform="kamao", policy="default")
DUE = 10 * HOUR
PAID = e.Paid(due_at=DUE)
OK = e.RecipientChecked(field="player", result="ok", rule="format")
RESERVED = e.StockReserved(as_of=1, available=9, reservation="r")
HELD = e.RiskHeld(on_timeout="release", review_by=2 * HOUR, rule="velocity", track="manual")
REVIEWED = e.RiskReviewed(decision="release", reason="known buyer")
QUEUED = e.BatchQueued(batch="b", position=3)
FORWARDED = e.HopForwarded(attempt=1, to="agent-east")
FAILED = e.ActivationFailed(attributable_to="brand", code="outage")
DELIVERED = e.Delivered(evidence="shown_to_buyer")
REVERSED = e.DeliveryReversed(reason="used before")
COMPLETED = e.Completed(by="buyer")
CANCELLED = e.Cancelled(by="buyer", reason="changed my mind")
LATE = e.PaidLate(after="expired", due_at=DUE)
OPENED = e.DisputeOpened(claim="not-delivered", dispute="d", freezes="none")
DECIDED = e.DisputeDecided(decider="kamao", dispute="d", outcome="for_buyer", reason="nothing came")
REFUSED = e.RefundRefused(reason="delivered")


def after(*events: e.Event, every: int = 1) -> Order:
    """The order after these facts, one each `every` ms from 0."""
    return fold(entry(number, event, number * every) for number, event in enumerate(events))


STORIES = {  # story -> status in time, and the number of the event that it rests on
    (PLACED,): ("placed", "none", 0),
    (PLACED, PAID): ("paid", "none", 1),
    (PLACED, PAID, OK): ("paid", "none", 1),
    (PLACED, PAID, RESERVED): ("paid", "none", 1),
    (PLACED, PAID, OK, RESERVED): ("verified", "none", 3),
    (PLACED, PAID, RESERVED, OK): ("verified", "none", 3),
    (PLACED, OK, RESERVED, PAID): ("verified", "none", 2),
    (PLACED, OK, RESERVED): ("placed", "none", 0),
    (PLACED, PAID, OK, RESERVED, e.StockReleased(reason="sold out")): ("paid", "none", 1),
    (PLACED, PAID, OK, RESERVED, e.RecipientCorrected()): ("paid", "none", 1),
    (PLACED, PAID, OK, RESERVED, HELD): ("paid", "held", 4),
    (PLACED, PAID, OK, RESERVED, HELD, REVIEWED): ("verified", "none", 3),
    (PLACED, PAID, QUEUED): ("paid", "queued", 2),
    (PLACED, PAID, QUEUED, e.BatchStarted(batch="b")): ("paid", "none", 1),
    (PLACED, PAID, e.StockShort(available=0, needed=1)): ("paid", "exception", 2),
    (PLACED, PAID, FORWARDED, e.HopUncertain()): ("paid", "exception", 3),
    (PLACED, PAID, FORWARDED, e.HopUncertain(), e.HopQueried(result="found")): ("paid", "none", 1),
    (PLACED, PAID, FORWARDED, FAILED): ("paid", "exception", 3),
    (PLACED, PAID, FORWARDED, FAILED, e.ActivationStarted()): ("paid", "none", 1),
    (PLACED, PAID, e.ActivationSucceeded()): ("paid", "none", 1),
    (PLACED, PAID, e.Notified(channel="sms", of="ab" * 32, template="sent")): ("paid", "none", 1),
    (PLACED, PAID, DELIVERED): ("shipped", "none", 2),
    (PLACED, PAID, FAILED, DELIVERED): ("shipped", "none", 3),
    (PLACED, DELIVERED): ("shipped", "none", 1),
    (PLACED, PAID, DELIVERED, COMPLETED): ("completed", "none", 3),
    (PLACED, PAID, COMPLETED): ("paid", "none", 1),
    (PLACED, PAID, DELIVERED, REVERSED): ("paid", "exception", 3),
    (PLACED, PAID, DELIVERED, COMPLETED, REVERSED): ("paid", "exception", 4),
    (PLACED, PAID, OPENED): ("paid", "disputed", 2),
    (PLACED, PAID, OPENED, DECIDED): ("paid", "none", 1),
    (PLACED, PAID, OPENED, DECIDED, e.DisputeAppealed(dispute="d")): ("paid", "disputed", 2),
    (PLACED, PAID, DELIVERED, OPENED): ("shipped", "disputed", 3),
    (PLACED, PAID, e.RefundRequested()): ("paid", "refunding", 2),
    (PLACED, PAID, e.RefundRequested(), e.RefundApproved()): ("paid", "refunding", 3),
    (PLACED, PAID, DELIVERED, e.RefundRequested(), REFUSED): ("shipped", "none", 2),
    (PLACED, PAID, e.RefundRequested(), e.RefundPaid()): ("paid", "refunded", 3),
    (PLACED, PAID, OK, RESERVED, e.RefundPaid(), DELIVERED): ("verified", "refunded", 4),
    (PLACED, PAID, DELIVERED, e.RefundPaid(), COMPLETED, REVERSED): ("shipped", "refunded", 3),
    (PLACED, e.Expired()): ("placed", "expired", 1),
    (PLACED, CANCELLED): ("placed", "cancelled", 1),
    (PLACED, PAID, CANCELLED): ("paid", "cancelled", 2),
    (PLACED, CANCELLED, e.Reinstated(reason="stock came in")): ("placed", "none", 0),
    (PLACED, e.Expired(), LATE): ("paid", "none", 2),
    (PLACED, CANCELLED, LATE): ("paid", "none", 2),
    (PLACED, e.Expired(), PAID): ("paid", "none", 2),
}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: "-".join(type(each).__name__ for each in story))
def test_each_story_has_its_status_and_the_entry_it_rests_on(story):
    step, side, because = STORIES[story]

    assert status(after(*story), DUE) == (step, side, leaf(because))


def test_an_order_of_which_nothing_is_known_is_placed_by_nobody():
    assert status(Order(), 0) == ("placed", "none", b"")


def test_every_step_and_every_side_has_its_story():
    found = {status(after(*story), as_of)[:2] for story in STORIES for as_of in (DUE, DUE + 1)}

    assert {step for step, _ in found} == set(STEPS)
    assert {side for _, side in found} == set(SIDES)


PRESSING = [  # what a buyer must know first, from the end: each fact covers those before it
    ("none", OK),
    ("queued", QUEUED),
    ("exception", FAILED),
    ("held", HELD),
    ("disputed", OPENED),
    ("cancelled", CANCELLED),
    ("refunding", e.RefundRequested()),
    ("refunded", e.RefundPaid()),
]


@pytest.mark.parametrize("count", range(1, len(PRESSING) + 1))
def test_the_side_that_a_buyer_must_know_first_is_shown(count):
    events = [event for _, event in PRESSING[:count]]

    assert status(after(PLACED, PAID, *events), DUE).side == PRESSING[count - 1][0]
    assert status(after(PLACED, PAID, *reversed(events)), DUE).side == PRESSING[count - 1][0]


POLICY = Policy(notice_within=10 * MINUTE, stage_limit=30 * MINUTE)


# time -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("waiting", [(PAID,), (PAID, OK, RESERVED), (PAID, QUEUED), (PAID, FAILED)])
def test_a_paid_order_is_overdue_from_the_millisecond_after_its_due_time(waiting):
    order = after(PLACED, *waiting)

    assert status(order, DUE).side != "overdue"
    assert status(order, DUE + 1)[1:] == ("overdue", leaf(1))
    assert DUE in instants(order, POLICY)


def test_nothing_is_overdue_before_all_times():
    assert status(after(PLACED, PAID), BEFORE_ALL).side == "none"


def test_a_late_payment_is_overdue_like_any_other():
    """I11"""
    order = after(PLACED, e.Expired(), LATE)

    assert status(order, DUE + 1) == ("paid", "overdue", leaf(2))


def test_with_the_buyers_consent_the_new_promise_counts_and_the_first_stays():
    """I6"""
    extended = after(PLACED, PAID, e.PromiseExtended(consent="ab" * 32, due_at=DUE + HOUR))
    without = after(PLACED, PAID, e.PromiseExtended(due_at=DUE + HOUR))

    assert extended.due_at == DUE
    assert DUE + HOUR in instants(extended, POLICY)
    assert status(without, DUE + 1).side == "overdue"


@pytest.mark.parametrize("end", [DELIVERED, e.RefundPaid()])
def test_an_order_at_its_end_is_never_overdue(end):
    order = after(PLACED, PAID, end)

    assert status(order, DUE + 1) == status(order, 0)


@pytest.mark.parametrize(
    "order", [after(PLACED), after(replace(PLACED, due_at=DUE)), after(PLACED, e.Paid())]
)
def test_without_money_or_without_a_promise_nothing_is_overdue(order):
    assert status(order, 2**53).side == "none"


def test_the_money_of_a_cancelled_order_is_overdue_until_it_is_paid_back():
    kept = after(PLACED, PAID, CANCELLED)
    paid_back = after(PLACED, PAID, CANCELLED, e.RefundPaid())

    assert [status(kept, at).side for at in (DUE, DUE + 1)] == ["cancelled", "overdue"]
    assert status(paid_back, DUE + 1).side == "refunded"


@pytest.mark.parametrize("besides", [OPENED, HELD], ids=["disputed", "held"])
def test_the_money_of_a_cancelled_order_is_overdue_whatever_else_stands_open(besides):
    order = after(PLACED, PAID, besides, CANCELLED)

    assert [status(order, at)[1:] for at in (DUE, DUE + 1)] == [
        ("cancelled", leaf(3)), ("overdue", leaf(1)),
    ]  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=lambda story: "-".join(type(each).__name__ for each in story))
@pytest.mark.parametrize("as_of", [BEFORE_ALL, DUE, DUE + 1])
def test_a_side_told_without_a_clock_becomes_the_side_at_any_instant(story, as_of):
    order = after(*story)
    step, side, _ = status(order, BEFORE_ALL)

    assert side_at(side, step, order.promised, as_of) == status(order, as_of).side


PART = e.Delivered(evidence="provider_receipt", units=1)
REST = e.Delivered(evidence="provider_receipt", units=9)
TEN = replace(PLACED, qty=10)


def test_an_order_is_shipped_once_all_its_units_are_in_hand():
    part, whole = after(TEN, PAID, PART), after(TEN, PAID, PART, REST)

    assert (part.in_hand, part.delivered, part.units) == (None, None, 1)
    assert status(part, DUE) == ("paid", "none", leaf(1))
    assert status(part, DUE + 1) == ("paid", "overdue", leaf(1))
    assert status(whole, DUE + 1) == ("shipped", "none", leaf(3))
    assert whole.in_hand.mark == whole.delivered


def test_of_an_unknown_quantity_the_first_delivery_counts():
    assert status(after(PLACED, PAID, PART, REST), DUE + 1) == ("shipped", "none", leaf(2))


def test_a_delivery_without_units_is_of_all_also_where_they_are_told_later():
    order = fold([entry(0, DELIVERED, 1, basis="backfill"), entry(1, TEN, 2, basis="backfill")])

    assert (order.units, order.in_hand.mark.leaf) == (10, leaf(0))


def test_units_that_were_taken_back_are_told_anew_before_the_order_is_shipped():
    again = after(TEN, PAID, REST, REVERSED, REST)

    assert (again.in_hand, again.delivered) == (None, None)
    assert status(again, 9) == ("paid", "exception", leaf(3))
    once = after(TEN, PAID, DELIVERED, REVERSED, PART)
    assert (once.in_hand, once.delivered.leaf) == (None, leaf(2))


def test_an_order_came_with_its_latest_unit_whatever_is_told_of_earlier_since():
    story = ((TEN, 0), (PAID, 1), (REST, 7), (PART, 5), (DELIVERED, 3))
    order = fold(replace(entry(number, event, 9), at=at) for number, (event, at) in enumerate(story))

    assert order.in_hand.mark.leaf == leaf(2)


def test_a_part_that_came_ends_no_trouble_with_the_rest():
    assert status(after(TEN, PAID, FAILED, PART), 9) == ("paid", "exception", leaf(2))


def test_who_holds_an_order_is_told_until_all_of_it_came():
    order = after(TEN, PAID, PART, FORWARDED, REST)

    assert [stage.name for stage in order.stages] == ["stock", "dispatch"]
    assert not order.irregularities
    assert after(TEN, PAID, DELIVERED, FORWARDED).stages[1:] == ()


def test_a_part_that_came_is_neither_completed_nor_cancelled_and_may_be_reversed():
    odd = after(TEN, PAID, PART, COMPLETED, CANCELLED, REVERSED)

    assert [each.rule for each in odd.irregularities] == ["not-delivered", "already-delivered"]


def test_goods_taken_back_may_be_delivered_again_and_count_as_shipped():
    taken_back = after(PLACED, PAID, DELIVERED, REVERSED)
    again = after(PLACED, PAID, DELIVERED, REVERSED, DELIVERED)

    assert (status(taken_back, 0).step, status(taken_back, 0).side) == ("paid", "exception")
    assert (status(again, DUE + 1).step, status(again, DUE + 1).side) == ("shipped", "none")
    assert again.irregularities == ()


def test_a_reversed_delivery_lets_the_clock_run_on():
    order = after(PLACED, PAID, DELIVERED, REVERSED)

    assert status(order, DUE + 1).side == "overdue"


# the end ----------------------------------------------------------------------------------------------
UNPROMISED = e.Placed(platform="kamao")  # nothing is prepaid
PAID_BACK = e.RefundPaid()
ENDS = {  # story -> the number of the event that ended it
    (PLACED,): None,
    (PLACED, PAID, DELIVERED, COMPLETED): None,
    (PLACED, CANCELLED): 1,
    (PLACED, e.Expired()): 1,
    (PLACED, e.Expired(), CANCELLED): 1,
    (PLACED, CANCELLED, e.Reinstated(reason="stock came in")): None,
    (PLACED, PAID, CANCELLED): None,
    (PLACED, PAID, CANCELLED, e.RefundRequested(), e.RefundApproved()): None,
    (PLACED, PAID, CANCELLED, PAID_BACK): 3,
    (PLACED, PAID, DELIVERED, PAID_BACK): 3,
    (PLACED, e.Expired(), LATE): None,
    (PLACED, CANCELLED, LATE): None,
    (PLACED, CANCELLED, LATE, PAID_BACK): 3,
    (UNPROMISED, PAID, CANCELLED): 2,
    (UNPROMISED, CANCELLED, LATE): 1,
    (UNPROMISED, PAID, PAID_BACK): None,
}


@pytest.mark.parametrize("story", ENDS, ids=lambda story: "-".join(type(each).__name__ for each in story))
def test_an_order_ends_without_delivery_where_nothing_paid_in_advance_is_owed_any_more(story):
    mark = ended(after(*story))

    assert (None if mark is None else mark.leaf) == (None if ENDS[story] is None else leaf(ENDS[story]))


# what the platform owes -------------------------------------------------------------------------------
NOTICE = e.Notified(channel="sms", of=leaf(1).hex(), template="held")


@pytest.mark.parametrize(
    ("told_after", "broken"), [(10 * MINUTE, []), (10 * MINUTE + 1, ["hold-without-notice"])]
)
def test_a_hold_is_told_within_the_policys_limit_or_is_a_violation(told_after, broken):
    """I5"""
    facts = [entry(0, PLACED, 0), entry(1, HELD, 1), entry(2, NOTICE, 1 + told_after)]

    assert [rule for rule, _ in violations(fold(facts), POLICY, HOUR)] == broken


def test_a_hold_that_nobody_was_told_of_becomes_a_violation_when_the_limit_passes():
    """I5"""
    held = after(PLACED, HELD)

    assert violations(held, POLICY, 1 + 10 * MINUTE) == ()
    assert violations(held, POLICY, 2 + 10 * MINUTE) == (("hold-without-notice", leaf(1)),)


def test_a_hold_without_a_notice_stays_a_violation_after_its_end_and_after_the_next_hold():
    """I5"""
    told = replace(NOTICE, of=leaf(3).hex())
    order = after(PLACED, HELD, REVIEWED, HELD, told)

    assert violations(order, POLICY, HOUR) == (("hold-without-notice", leaf(1)),)


def test_a_notice_of_a_hold_counts_for_that_hold_though_another_has_begun():
    """I5"""
    order = after(PLACED, HELD, REVIEWED, HELD, NOTICE)

    assert violations(order, POLICY, HOUR) == (("hold-without-notice", leaf(3)),)


def test_every_hold_names_the_instant_at_which_its_notice_is_missed():
    """I5"""
    order = after(PLACED, HELD, REVIEWED, HELD)

    assert {1 + 10 * MINUTE, 3 + 10 * MINUTE, 2 * HOUR} <= set(instants(order, POLICY))


def test_what_is_foretold_changes_at_the_steps_of_its_curve_while_the_order_waits():
    curve = Awaited(n=40, of="sku", steps=((5, 4000, 0), (7, 9000, 100)), until=9)
    pace = Paced(delivery=curve, n=0, p95=StageLimits())
    money = after(PLACED, PAID).money_in.effective

    assert {money + 5, money + 7, money + 9} <= set(instants(after(PLACED, PAID), POLICY, pace))
    assert not {money + 5, money + 7} & set(instants(after(PLACED, PAID, HELD), POLICY, pace))


def test_a_notice_counts_from_when_the_ledger_knew_it():
    """I5: back-dating a notice helps nobody."""
    late = replace(entry(2, NOTICE, 2), recorded=HOUR)

    assert violations(fold([entry(0, PLACED, 0), entry(1, HELD, 1), late]), POLICY, HOUR) == (
        ("hold-without-notice", leaf(1)),
    )


def test_a_review_that_does_not_come_in_time_is_a_violation_until_it_comes():
    """I5"""
    held, reviewed = after(PLACED, HELD, NOTICE), after(PLACED, HELD, NOTICE, REVIEWED)

    assert violations(held, POLICY, 2 * HOUR) == ()
    assert violations(held, POLICY, 2 * HOUR + 1) == (("review-overdue", leaf(1)),)
    assert violations(reviewed, POLICY, 2 * HOUR + 1) == ()


@pytest.mark.parametrize("money", [(PAID,), (e.Expired(), LATE)])
def test_a_paid_order_that_nobody_forwards_is_stuck_after_the_stage_limit(money):
    """I14"""
    order = after(PLACED, *money)
    limit = (order.paid or order.paid_late).effective + 30 * MINUTE

    assert stuck(order, POLICY, limit) is None
    assert stuck(order, POLICY, limit + 1).since == limit


@pytest.mark.parametrize(
    "moves", [(), (PAID, FORWARDED), (PAID, DELIVERED), (PAID, CANCELLED), (PAID, e.RefundPaid())]
)
def test_an_order_that_is_unpaid_forwarded_or_at_its_end_is_not_stuck(moves):
    """I14"""
    assert stuck(after(PLACED, *moves), POLICY, 10 * HOUR) is None

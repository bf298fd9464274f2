import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.evolve import fold
from mingdan.ledger.owed import owed
from mingdan.ledger.pauses import paused, pauses
from mingdan.ledger.policy import HOUR, MINUTE, Policy

from .told import disavowal, entry, leaf

PLACED = e.Placed(amount=1000, currency="CNY", merchant="m", platform="p", policy="default", qty=1, sku="s")
PAID = e.Paid(amount=1000, due_at=HOUR)
BAD = e.RecipientChecked(field="account", result="invalid", rule="game-account")
HELD = e.RiskHeld(on_timeout="release", review_by=9 * HOUR, rule="velocity", track="auto")
RELEASED = e.RiskReviewed(decision="release", reason="ok")
DELIVERED = e.Delivered(evidence="account_credited")
POLICY = Policy(compensation="min(amount, amount * late_hours // 100)", pauses=("recipient", "risk"))


def told(*story):
    return fold(entry(number, event, at) for number, (at, event) in enumerate(story))


def test_what_lateness_is_worth_grows_until_the_delivery():
    order = told((0, PLACED), (1, PAID))
    late = told((0, PLACED), (1, PAID), (6 * HOUR, DELIVERED))

    assert owed(order, POLICY, HOUR).accrued == 0
    assert owed(order, POLICY, 4 * HOUR).accrued == 30
    assert owed(order, POLICY, 4 * HOUR).running
    assert owed(late, POLICY, 99 * HOUR).accrued == 50
    assert not owed(late, POLICY, 99 * HOUR).running


def test_a_part_of_what_was_ordered_stops_no_clock():
    part = (2, e.Delivered(evidence="account_credited", units=1))
    order = told((0, replace(PLACED, qty=10)), (1, PAID), part)

    assert (owed(order, POLICY, 4 * HOUR).accrued, owed(order, POLICY, 4 * HOUR).running) == (30, True)


def test_a_reversal_that_is_taken_back_does_not_make_good_what_accrued():
    story = [(0, PLACED), (1, PAID), (2, DELIVERED), (3, e.DeliveryReversed(reason="r"))]
    order = told(*story, (6 * HOUR, disavowal(3)))

    assert (owed(order, POLICY, 9 * HOUR).accrued, owed(order, POLICY, 9 * HOUR).running) == (50, False)


def test_what_was_paid_is_told_beside_what_accrued():
    order = told(
        (0, PLACED), (1, PAID), (6 * HOUR, DELIVERED), (7 * HOUR, e.Compensated(amount=20, rule="r"))
    )

    assert (owed(order, POLICY, 9 * HOUR).paid, owed(order, POLICY, 9 * HOUR).unpaid) == (20, 30)


def test_a_pause_is_counted_separately_and_not_as_lateness():
    story = [(0, PLACED), (1, PAID), (2, BAD), (2 * HOUR + 2, e.RecipientCorrected())]
    order = told(*story, (6 * HOUR, DELIVERED))

    assert owed(order, POLICY, 9 * HOUR).paused == 2 * HOUR
    assert owed(order, POLICY, 9 * HOUR).late == 3 * HOUR
    assert owed(order, replace(POLICY, pauses=()), 9 * HOUR).late == 5 * HOUR
    assert order.due_at == HOUR  # it never moves (I6)


def test_pauses_that_overlap_count_once():
    order = told((0, PLACED), (1, PAID), (10, BAD), (20, HELD), (30, e.RecipientCorrected()), (40, RELEASED))

    assert [(each.why, each.since, each.until) for each in pauses(order, ("recipient", "risk"))] == [
        ("recipient", 10, 30),
        ("risk", 20, 40),
    ]
    assert paused(order, ("recipient", "risk"), 0, HOUR) == 30


OPENED = e.DisputeOpened(claim="late", dispute="d", freezes="none")
DECIDED = e.DisputeDecided(decider="p", dispute="d", outcome="for_buyer", reason="r")
CONTESTED = [(0, PLACED), (1, PAID), (HOUR, OPENED), (2 * HOUR, DECIDED)]
DISPUTED = replace(POLICY, pauses=("dispute",))
LATER = {
    "an appeal": (12 * HOUR, e.DisputeAppealed(dispute="d")),
    "a judge": (12 * HOUR, e.DisputeEscalated(dispute="d", to="council")),
    "a merging": (12 * HOUR, e.DisputeMerged(dispute="d", into="d-2")),
    "a decision again": (12 * HOUR, DECIDED),
    "a decision taken back": (12 * HOUR, disavowal(3)),
}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
def test_what_accrued_between_two_times_that_a_dispute_was_open_stays(later):
    before, after = told(*CONTESTED), told(*CONTESTED, later)

    assert owed(before, DISPUTED, 12 * HOUR).accrued == owed(after, DISPUTED, 12 * HOUR).accrued == 100
    assert owed(after, DISPUTED, 12 * HOUR).paused == HOUR


ENDS = {"risk": (HELD, RELEASED), "recipient": (BAD, e.RecipientCorrected())}


@pytest.mark.parametrize("why", ENDS)
def test_a_pause_whose_end_is_taken_back_goes_on_from_then(why):
    begun, ended = ENDS[why]
    story = [(0, PLACED), (1, PAID), (HOUR, begun), (2 * HOUR, ended), (12 * HOUR, disavowal(3))]
    order = told(*story)

    assert [(each.since, each.until) for each in pauses(order, (why,))] == [
        (HOUR, 2 * HOUR),
        (12 * HOUR, None),
    ]
    assert owed(order, POLICY, 12 * HOUR).accrued == owed(told(*story[:4]), POLICY, 12 * HOUR).accrued == 100
    again = told(*story, (13 * HOUR, ended), (15 * HOUR, disavowal(5)))
    assert owed(again, POLICY, 15 * HOUR).paused == 2 * HOUR


def test_each_time_that_a_dispute_is_open_is_a_pause_of_its_own():
    order = told(*CONTESTED, LATER["an appeal"], (14 * HOUR, DECIDED))

    assert [(each.since, each.until, each.leaf) for each in pauses(order, ("dispute",))] == [
        (HOUR, 2 * HOUR, leaf(2)),
        (12 * HOUR, 14 * HOUR, leaf(4)),
    ]
    assert owed(order, DISPUTED, 20 * HOUR).paused == 3 * HOUR


def test_nothing_is_owed_where_nothing_was_promised_for_it():
    assert owed(told((0, PLACED), (1, PAID)), Policy(), 9 * HOUR) is None
    assert owed(told((0, PLACED)), POLICY, 9 * HOUR) is None


@given(st.integers(0, 100 * HOUR), st.integers(0, 100 * HOUR))
def test_what_accrued_never_shrinks_while_an_order_is_open(one, other):
    order = told((0, PLACED), (1, PAID), (5 * MINUTE, HELD))
    first, second = sorted((one, other))

    assert owed(order, POLICY, first).accrued <= owed(order, POLICY, second).accrued

"""Nudges, holds, refunds and compensation: by hand-made stories."""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.projections.measure import Rate

from .told import NOON, SHOP, Telling, placed, terms


def asked(telling, name, *, located=None, closed=None, outcome="buyer"):
    telling.paid(name, 0)
    telling.tell(name, e.Nudged(nudge="n"), 10)
    if located is not None:
        found = e.Located(cause="outage", entries=(), holder="kamao", nudge="n", stage="stock")
        telling.tell(name, found, located)
    if closed is not None:
        telling.tell(name, e.NudgeClosed(nudge="n", outcome=outcome), closed)


def test_a_nudge_is_open_until_it_is_closed_and_unanswered_until_it_is_located():
    telling = Telling()
    asked(telling, "answered", located=11, closed=20)
    asked(telling, "slow", located=19, closed=99, outcome="timeout")
    asked(telling, "open", located=12)
    asked(telling, "silence")
    asked(telling, "given up", closed=500, outcome="timeout")

    found = telling.conduct(600).care.nudges

    assert (found.asked, found.located, found.open, found.unanswered) == (5, 3, 2, 2)
    assert found.closed == {"buyer": 1, "timeout": 2}
    assert (found.to_located.p50, found.to_located.p90) == (2 * MINUTE, 9 * MINUTE)
    assert (found.to_closed.n, found.to_closed.max) == (2, 80 * MINUTE)


def held(telling, name, *, noticed=None, reviewed=None, decision="release", version=None, by=SHOP):
    telling.paid(name, 0, policy_version=version)
    hold = e.RiskHeld(on_timeout="release", review_by=NOON + HOUR, rule="velocity", track="auto")
    leaf = telling.tell(name, hold, 1)
    if noticed is not None:
        telling.tell(name, e.Notified(channel="sms", of=leaf, template="hold"), noticed)
    if reviewed is not None:
        telling.tell(name, e.RiskReviewed(decision=decision, reason="looked"), reviewed, by=by)


def test_a_rules_false_positives_are_the_released_of_the_reviewed():
    telling = Telling()
    for number in range(12):
        held(telling, f"o{number}", noticed=2, reviewed=30, decision="refuse" if number < 3 else "release")
    held(telling, "open", noticed=2)
    held(telling, "untold")

    found = telling.conduct(30).care.holds["velocity"]

    assert (found.held, found.open, found.reviewed, found.released) == (14, 2, 12, 9)
    assert found.false_positives.rate == "0.7500"
    assert (found.notices_late, found.reviews_overdue) == (1, 0)
    assert telling.conduct(61).care.holds["velocity"].reviews_overdue == 2


def test_of_few_reviews_the_counts_are_told_and_no_rate():
    telling = Telling()
    for number in range(10):
        held(telling, f"o{number}", reviewed=30 if number else None)
    few = telling.conduct(30).care.holds["velocity"]
    held(telling, "one more", reviewed=30)
    enough = telling.conduct(30).care.holds["velocity"]

    assert (few.reviewed, few.released, few.false_positives) == (9, 9, Rate(9, 9, None))
    assert enough.false_positives == Rate(10, 10, "1.0000")


def test_a_hold_that_only_time_ended_says_nothing_of_its_rule_and_is_told_apart():
    telling = Telling()
    for number in range(10):
        held(telling, f"person{number}", reviewed=30, decision="refuse" if number < 8 else "release")
    for number in range(5):
        held(telling, f"released{number}", reviewed=60, by=LEDGER)
        held(telling, f"refunded{number}", reviewed=60, decision="refuse", by=LEDGER)

    found = telling.conduct(90).care.holds["velocity"]

    assert (found.held, found.open, found.timeouts) == (20, 0, 10)
    assert (found.reviewed, found.released, found.false_positives.rate) == (10, 2, "0.2000")


def test_nobody_calls_an_own_review_a_timeout():
    telling = Telling()
    for number in range(10):
        telling.paid(f"o{number}", 0)
        hold = e.RiskHeld(on_timeout="release", review_by=NOON + HOUR, rule="velocity", track="auto")
        telling.tell(f"o{number}", hold, 1)
        telling.tell(f"o{number}", e.RiskReviewed(decision="release", reason="timeout"), 60)

    found = telling.conduct(90).care.holds["velocity"]

    assert (found.timeouts, found.false_positives.numerator) == (0, 10)


def test_a_notice_is_late_by_the_terms_that_the_order_was_placed_under():
    telling = Telling()
    telling.tell("policy/default", terms(notice_within=5 * MINUTE), 0)
    for number in range(10):
        held(telling, f"o{number}", noticed=8, version=1 if number < 3 else None)

    assert telling.conduct(30).care.holds["velocity"].notices_late == 3


def test_refunds_are_counted_by_where_they_stand():
    telling = Telling()
    for name, ways in {
        "paid": (e.RefundRequested(), e.RefundApproved(), e.RefundPaid()),
        "open": (e.RefundRequested(),),
        "refused": (e.RefundRequested(), e.RefundRefused(reason="delivered")),
    }.items():
        telling.paid(name, 0)
        for minute, way in enumerate(ways):
            telling.tell(name, way, 10 + 7 * minute)

    found = telling.conduct(60).care.refunds

    assert (found.requested, found.paid, found.open, found.refused) == (3, 1, 1, 1)
    assert (found.to_paid.n, found.to_paid.max) == (1, 14 * MINUTE)


def test_compensation_is_what_the_published_terms_come_to_by_replay():
    telling = Telling()
    telling.tell("policy/default", terms(compensation="min(amount, late_hours * 10)"), 0)
    day, hour = DAY / MINUTE, HOUR / MINUTE
    telling.paid("late", 0, policy_version=1)
    telling.delivered("late", day + 3 * hour)
    telling.tell("late", e.Compensated(amount=20, rule="late"), day + 4 * hour)
    telling.paid("open", 0, policy_version=1, currency="USD")
    telling.bought("in time", 0, 60, policy_version=1)
    telling.paid("under no terms", 0)

    found = telling.conduct(day + 5 * hour).care.compensation

    assert found.orders == 2
    assert found.accrued == {"CNY": 30, "USD": 50}
    assert found.paid == {"CNY": 20, "USD": 0}
    assert found.unpaid == {"CNY": 10, "USD": 50}


def test_what_is_paid_beyond_one_order_does_not_pay_for_another():
    telling = Telling()
    telling.tell("policy/default", terms(compensation="late_hours * 10"), 0)
    late = (DAY + HOUR) / MINUTE
    for name, amount in (("much", 500), ("none", 0)):
        telling.bought(name, 0, late, policy_version=1)
        telling.tell(name, e.Compensated(amount=amount, rule="late"), late + 1)

    found = telling.conduct(late + 2).care.compensation

    assert (found.accrued, found.paid, found.unpaid) == ({"CNY": 20}, {"CNY": 500}, {"CNY": 10})


def test_an_order_that_nobody_paid_for_is_owed_nothing():
    telling = Telling()
    telling.tell("policy/default", terms(compensation="late_hours"), 0)
    telling.tell("o", placed(policy_version=1, due_at=NOON), 0)

    assert telling.conduct(3 * DAY / MINUTE).care.compensation.accrued == {}

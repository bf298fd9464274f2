"""A merchant's prepaid and undelivered money: by hand-made stories."""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.policy import DAY, MINUTE
from mingdan.projections.census import parse_census, print_census
from mingdan.projections.measure import OTHER

from .told import NOON, Telling

WEEK = 7 * DAY / MINUTE


def test_what_is_paid_and_neither_delivered_nor_given_back_is_exposed():
    telling = Telling()
    for number in range(6):
        telling.bought(f"done{number}", 0, 5)
    telling.paid("waits", 3)
    telling.paid("waits too", 9, amount=250)
    telling.paid("in dollars", 7, currency="USD", amount=5)
    telling.paid("paid back", 1)
    telling.tell("paid back", e.RefundPaid(), 8)
    telling.paid("pays later", 1, policy=None)

    found = telling.conduct(10).exposure["xinghe"]

    assert (found.orders, found.undelivered) == (10, 3)
    assert found.amounts == {"CNY": 1_250, "USD": 5}
    assert found.oldest == NOON + 3 * MINUTE


def test_growth_is_what_was_taken_in_seven_days_less_what_was_settled_in_them():
    telling = Telling()
    for number in range(8):
        telling.paid(f"old{number}", 0)
    telling.delivered("old0", 1)
    telling.delivered("old1", WEEK)
    telling.paid("new", WEEK)
    telling.paid("taken back", WEEK)
    telling.tell("taken back", e.Delivered(evidence="shown_to_buyer"), WEEK)
    telling.tell("taken back", e.DeliveryReversed(reason="invalid"), WEEK)

    week = telling.conduct(WEEK + 5).exposure["xinghe"].week

    assert (week.taken, week.settled, week.growth) == ({"CNY": 2_000}, {"CNY": 1_000}, {"CNY": 1_000})


def test_merchants_of_fewer_than_ten_orders_are_told_together():
    telling = Telling()
    for number in range(9):
        telling.paid(f"a{number}", 0, merchant="anning")
    telling.paid("b", 0, merchant="beihai")

    found = telling.conduct(5).exposure

    assert {merchant: each.undelivered for merchant, each in found.items()} == {OTHER: 10}


def test_sums_that_outgrow_what_a_column_holds_are_counted_all_the_same():
    telling, most = Telling(), 2**53 - 1
    telling.paid("o0", 0, amount=most, qty=10**9)
    for _ in range(1025):
        telling.tell("o0", e.Compensated(amount=most, rule="late"), 1)
    for number in range(1, 11):
        telling.paid(f"o{number}", 0, amount=most, qty=10**9)

    census = telling.census(2 * DAY / MINUTE)

    [figures] = census.platforms
    assert figures.conduct.exposure["xinghe"].amounts == {"CNY": 11 * most}
    assert parse_census(print_census(census)) == census

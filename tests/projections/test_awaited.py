"""How long an order has waited, and what ended it: by hand-made stories."""

from __future__ import annotations

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.policy import MINUTE
from mingdan.projections.awaited import awaited
from mingdan.projections.views import delays

from .told import NOON, Telling, placed, rows

REFUND = (e.RefundRequested(amount=1_000), e.RefundPaid(amount=1_000))


def waited(telling, at):
    """Of the one order, in minutes; as of a minute."""
    [row] = rows(telling.views(), delays)
    found = awaited(row, NOON + at * MINUTE)
    return found and (found[0] / MINUTE, found[1])


@pytest.fixture
def telling():
    """An order that was placed at 1 and paid for at 5."""
    told = Telling()
    told.tell("o", placed(), 1)
    told.tell("o", e.Paid(), 5)
    return told


def test_what_is_paid_in_advance_waits_from_its_payment(telling):
    telling.delivered("o", 9)

    assert waited(telling, 60) == (4, "delivered")


def test_where_nothing_is_prepaid_the_clock_starts_with_the_placing():
    telling = Telling()
    telling.tell("o", placed(policy=None), 1)
    telling.tell("o", e.Paid(), 5)
    telling.delivered("o", 9)

    assert waited(telling, 60) == (8, "delivered")


def test_an_order_that_nobody_paid_for_does_not_wait():
    telling = Telling()
    telling.tell("o", placed(), 1)

    assert waited(telling, 60) is None


def test_before_its_clock_starts_an_order_does_not_wait(telling):
    assert waited(telling, 4) is None
    assert waited(telling, 5) == (0, "open")


def test_an_open_order_was_last_seen_as_of_the_instant(telling):
    assert waited(telling, 60) == (55, "open")


def test_what_comes_after_the_instant_is_not_known_yet(telling):
    telling.delivered("o", 9)

    assert waited(telling, 8) == (3, "open")
    assert waited(telling, 9) == (4, "delivered")


def test_a_paid_refund_ends_the_wait_and_a_requested_one_does_not(telling):
    asked, paid = REFUND
    telling.tell("o", asked, 9)

    assert waited(telling, 60) == (55, "open")

    telling.tell("o", paid, 30)

    assert waited(telling, 60) == (25, "refunded")


def test_a_cancellation_ends_it_before_the_refund_that_follows(telling):
    telling.tell("o", e.Cancelled(by="merchant", reason="out"), 9)
    for event in REFUND:
        telling.tell("o", event, 30)

    assert waited(telling, 60) == (4, "cancelled")


def test_a_delivery_after_a_refund_is_not_the_first_end(telling):
    for event in REFUND:
        telling.tell("o", event, 9)
    telling.delivered("o", 30)

    assert waited(telling, 60) == (4, "refunded")


@pytest.mark.parametrize("events", [REFUND, (e.Cancelled(by="merchant", reason="out"),)])
def test_at_the_same_time_a_delivery_comes_first(telling, events):
    for event in events:
        telling.tell("o", event, 9)
    telling.delivered("o", 9)

    assert waited(telling, 60) == (4, "delivered")


def test_a_delivery_counts_until_it_is_reversed(telling):
    telling.delivered("o", 9)
    telling.tell("o", e.DeliveryReversed(reason="卡密无效"), 20)

    assert waited(telling, 19) == (4, "delivered")
    assert waited(telling, 20) == (15, "open")

    telling.delivered("o", 30)

    assert waited(telling, 60) == (25, "delivered")


def test_a_delivery_told_too_late_ends_the_wait_when_it_was_recorded(telling):
    telling.tell("o", e.Delivered(evidence="shown_to_buyer"), 9, late=16)

    assert waited(telling, 60) == (20, "delivered")


def test_what_expires_where_nothing_is_prepaid_counts_as_cancelled():
    telling = Telling()
    telling.tell("o", placed(policy=None), 1)
    telling.tell("o", e.Expired(), 31)

    assert waited(telling, 60) == (30, "cancelled")


@pytest.mark.parametrize("end", [e.Expired(), e.Cancelled(by="merchant", reason="out")])
def test_money_that_comes_after_an_end_starts_the_wait(end):
    telling = Telling()
    telling.tell("o", placed(), 1)
    telling.tell("o", end, 5)
    telling.tell("o", e.PaidLate(after="expired" if end == e.Expired() else "cancelled"), 9)

    assert waited(telling, 60) == (51, "open")


def test_a_history_that_delivers_before_the_payment_waits_for_less_than_nothing():
    telling = Telling()
    telling.tell("o", placed(), 1, basis="backfill")
    telling.tell("o", e.Paid(), 9, basis="backfill")
    telling.tell("o", e.Delivered(evidence="source_record"), 5, basis="backfill")

    assert waited(telling, 60) == (-4, "delivered")

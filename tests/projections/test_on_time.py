"""Whether the original promise was kept: of all that was due, by window, by day and by group."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.policy import DAY, MINUTE
from mingdan.projections.measure import Rate, score
from mingdan.projections.on_time import BARS, Due, due_days, on_time, windows

from .told import HASH, NOON, Telling, placed

DAYS = DAY // MINUTE
VERDICTS = ("on_time", "same_day", "late", "undelivered", "spared")
COHORTS = st.lists(
    st.builds(Due, st.integers(NOON - 120 * DAY, NOON), st.sampled_from(VERDICTS)), max_size=60
)


def due(telling, name, at, **fields):
    """An order placed and paid for a day before the minute that it is due at."""
    telling.tell(name, placed(**fields), at - DAYS)
    telling.tell(name, e.Paid(due_at=NOON + at * MINUTE), at - DAYS)


@pytest.fixture
def telling():
    """One order of every kind, all due at noon."""
    told = Telling()
    for name in ("on time", "same day", "late", "never", "reversed", "by the merchant", "by the buyer"):
        due(told, name, 0)
    told.delivered("on time", 0)
    told.delivered("same day", 1)
    told.delivered("late", 12 * 60)
    told.delivered("reversed", -1)
    told.tell("reversed", e.DeliveryReversed(reason="卡密无效"), 5)
    told.tell("by the merchant", e.Cancelled(by="merchant", reason="out"), -60)
    told.tell("by the buyer", e.Cancelled(by="buyer", reason="改主意了"), 0, by="buyer")
    return told


def test_all_that_was_due_is_counted_but_what_its_buyer_cancelled_in_time(telling):
    found = telling.figures(DAYS).on_time

    assert found.strict == score(1, 6)
    assert found.by_day == score(2, 6)
    assert (found.late, found.undelivered, found.cancelled_by_buyer) == (2, 3, 1)


def test_goods_that_came_again_count_from_when_they_did():
    telling = Telling()
    due(telling, "o", 0)
    telling.delivered("o", -90)
    telling.tell("o", e.DeliveryReversed(reason="卡密无效"), -80)
    telling.delivered("o", 60)

    assert telling.figures(DAYS).on_time.by_day == score(1, 1)
    assert telling.figures(DAYS).on_time.strict == score(0, 1)


def test_before_its_due_time_no_order_is_counted(telling):
    assert telling.figures(-1 / 60).on_time == on_time([])
    assert telling.figures(0).on_time.strict.denominator == 6


def test_what_its_buyer_cancelled_too_late_is_counted():
    telling = Telling()
    due(telling, "o", 0)
    telling.tell("o", e.Cancelled(by="buyer", reason="太慢"), 1, by="buyer")

    assert telling.figures(5).on_time.strict == score(0, 1)


def test_a_promise_that_is_extended_with_consent_moves_nothing():
    telling = Telling()
    due(telling, "o", 0)
    telling.tell("o", e.PromiseExtended(consent=HASH, due_at=NOON + 5 * DAY), -4)
    telling.delivered("o", 60)

    assert telling.figures(DAYS).on_time.strict == score(0, 1)


def test_a_window_is_open_where_it_begins_and_closed_as_of_the_instant():
    telling = Telling()
    for name, at in (("just out", -7 * DAYS), ("just in", -7 * DAYS + 1), ("now", 0), ("to come", 1)):
        due(telling, name, at)
    telling.delivered("just in", -7 * DAYS)

    found = telling.figures(0).windows

    assert list(found) == ["7d", "30d", "90d"]
    assert (found["7d"].since, found["7d"].strict) == (NOON - 7 * DAY, score(1, 2))
    assert found["30d"].strict == score(1, 3)


def test_the_days_are_those_on_which_orders_were_first_due():
    telling = Telling()
    for name, at in (("yesterday", -13 * 60), ("midnight", -12 * 60), ("noon", 0), ("to come", 1)):
        due(telling, name, at)
    telling.delivered("yesterday", -14 * 60)
    telling.delivered("noon", 0)

    found = telling.figures(0).days

    assert len(found) == BARS
    assert found[0].day == "2026-03-03"
    assert found[-3].strict == Rate(0, 0, None)
    assert [(day.day, day.strict.numerator, day.strict.denominator) for day in found[-2:]] == [
        ("2026-05-30", 1, 1),
        ("2026-05-31", 1, 2),
    ]


def test_due_days_end_where_the_zone_says():
    cohort = [Due(NOON + 3 * 3_600_000, "on_time"), Due(NOON + 4 * 3_600_000, "late")]

    found = due_days(cohort, NOON + DAY, "Asia/Shanghai")[-2:]

    assert [(day.day, day.strict.numerator, day.strict.denominator) for day in found] == [
        ("2026-05-31", 1, 1),
        ("2026-06-01", 0, 1),
    ]


@given(COHORTS)
def test_every_order_due_is_counted_once(cohort):
    found = on_time(cohort)

    assert found.strict.denominator == found.by_day.denominator
    assert found.strict.numerator + found.late + found.undelivered == found.strict.denominator
    assert found.strict.denominator + found.cancelled_by_buyer == len(cohort)
    assert found.strict.numerator <= found.by_day.numerator


@given(COHORTS)
def test_the_days_of_ninety_sum_to_what_was_due_in_them(cohort):
    shown = [each for each in cohort if each.at >= NOON - 12 * 3_600_000 - 89 * DAY]

    days = due_days(cohort, NOON, "UTC")

    assert sum(day.strict.numerator for day in days) == on_time(shown).strict.numerator
    assert sum(day.strict.denominator for day in days) == on_time(shown).strict.denominator


@given(COHORTS)
def test_a_longer_window_holds_the_shorter(cohort):
    found = [each.strict for each in windows(cohort, NOON).values()]
    whole = on_time(cohort).strict

    assert [each.denominator for each in (*found, whole)] == sorted(
        each.denominator for each in (*found, whole)
    )

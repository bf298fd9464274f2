"""Whether the original promise was kept: of all that was due, by window, by day and by group."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.policy import DAY, MINUTE
from mingdan.projections.measure import Window, score
from mingdan.projections.on_time import BARS, TARGET, Due, due_days, on_time, windows

from .told import HASH, NOON, Telling, placed

DAYS = DAY // MINUTE
VERDICTS = ("on_time", "same_day", "late", "undelivered", "spared")
COHORTS = st.lists(
    st.builds(Due, st.integers(NOON - 120 * DAY, NOON), st.sampled_from(VERDICTS)).flatmap(
        lambda due: st.booleans().map(lambda told: due._replace(known=told and due.verdict == "on_time"))
    ),
    max_size=60,
)


def strict(numerator, denominator, until=DAY, since=None):
    """The headline's share, as of so long after noon."""
    return score(numerator, denominator, Window(since, NOON + until), TARGET)


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

    assert found.strict == strict(1, 6)
    assert found.by_day == score(2, 6, Window(None, NOON + DAY))
    assert (found.late, found.undelivered, found.cancelled_by_buyer) == (2, 3, 1)


def test_goods_that_came_again_count_from_when_they_did():
    telling = Telling()
    due(telling, "o", 0)
    telling.delivered("o", -90)
    telling.tell("o", e.DeliveryReversed(reason="卡密无效"), -80)
    telling.delivered("o", 60)

    assert telling.figures(DAYS).on_time.by_day.rate == "1.0000"
    assert telling.figures(DAYS).on_time.strict == strict(0, 1)


@pytest.mark.parametrize(("taken_back", "kept"), [(-5, 1), (0, 1), (1, 0)])
def test_goods_whose_reversal_is_taken_back_count_from_when_that_is_known(taken_back, kept):
    telling = Telling()
    due(telling, "o", 0)
    telling.delivered("o", -90)
    reversal = telling.tell("o", e.DeliveryReversed(reason="查错了单"), -80)
    back = e.Disavowed(entry=reversal, reason="did_not_occur")
    telling.tell("o", back, taken_back - 10, late=10)

    found = telling.figures(DAYS)

    assert found.on_time.strict == strict(kept, 1)
    assert found.survival.outcomes["delivered"] == 1


def test_a_part_whose_reversal_is_taken_back_too_late_makes_no_order_whole_in_time():
    telling = Telling()
    due(telling, "o", 0, qty=2)
    half = e.Delivered(evidence="shown_to_buyer", units=1)
    telling.tell("o", half, -90)
    reversal = telling.tell("o", e.DeliveryReversed(reason="查错了单"), -80)
    telling.tell("o", half, -70)
    telling.tell("o", e.Disavowed(entry=reversal, reason="did_not_occur"), 5)

    assert telling.figures(DAYS).on_time.strict == strict(0, 1)


@pytest.mark.parametrize("paid", [0, 5])
def test_what_was_paid_for_after_its_buyer_cancelled_is_counted_like_any_other(paid):
    """Also where both were told at one instant."""
    telling = Telling()
    for name in ("delivered", "never"):
        telling.tell(name, placed(), -DAYS)
        telling.tell(name, e.Cancelled(by="buyer", reason="等不及"), -DAYS, by="buyer")
        telling.tell(name, e.PaidLate(after="cancelled", due_at=NOON), paid - DAYS)
    telling.delivered("delivered", -60)

    found = telling.figures(5)

    assert found.on_time.strict == strict(1, 2, 5 * MINUTE)
    assert (found.on_time.undelivered, found.on_time.cancelled_by_buyer) == (1, 0)
    assert found.survival.outcomes == {"delivered": 1, "refunded": 0, "cancelled": 0, "open": 1}


def test_before_its_due_time_no_order_is_counted(telling):
    assert telling.figures(-1 / 60).on_time == on_time([], NOON - 1_000)
    assert telling.figures(0).on_time.strict.denominator == 6


def test_what_its_buyer_cancelled_too_late_is_counted():
    telling = Telling()
    due(telling, "o", 0)
    telling.tell("o", e.Cancelled(by="buyer", reason="太慢"), 1, by="buyer")

    assert telling.figures(5).on_time.strict == strict(0, 1, 5 * MINUTE)


@pytest.mark.parametrize(("said", "recorded", "spared"), [(-1, 0, 1), (-1, 1, 0), (0, 15, 0), (1, 0, 0)])
def test_a_cancellation_spares_only_if_it_is_recorded_by_the_due_time(said, recorded, spared):
    """Within the tolerance of a quarter of an hour, in which all else counts from when it is said to be."""
    telling = Telling()
    due(telling, "o", 0)
    telling.tell("o", e.Cancelled(by="buyer", reason="太慢"), said, by="buyer", late=recorded - said)

    found = telling.figures(DAYS)
    told = found.on_time

    assert {each.denominator for each in (told.strict, told.by_day, told.known_then)} == {1 - spared}
    assert (told.cancelled_by_buyer, told.undelivered, told.late) == (spared, 1 - spared, 0)
    assert [day.strict.denominator for day in found.days] == [1 - spared] * (1 - spared)
    assert found.backlog.count == 1, "its money is not back"


@pytest.mark.parametrize(("basis", "spared"), [("backfill", 1), (None, 0)])
def test_history_was_cancelled_when_it_says_and_what_is_told_live_of_it_was_not(basis, spared):
    telling = Telling()
    telling.tell("o", placed(), -DAYS, basis="backfill")
    telling.tell("o", e.Paid(due_at=NOON), -DAYS, basis="backfill")
    telling.tell("o", e.Cancelled(by="buyer", reason="太慢"), -1, by="buyer", basis=basis, late=10)

    assert telling.figures(DAYS).on_time.cancelled_by_buyer == spared


def test_a_promise_that_is_extended_with_consent_moves_nothing():
    telling = Telling()
    due(telling, "o", 0)
    telling.tell("o", e.PromiseExtended(consent=HASH, due_at=NOON + 5 * DAY), -4)
    telling.delivered("o", 60)

    assert telling.figures(DAYS).on_time.strict == strict(0, 1)


def test_what_was_told_after_its_due_time_was_not_known_then():
    """Told within the tolerance of a quarter of an hour, it still counts from when it happened."""
    telling = Telling()
    for name, late in (("at once", 0), ("in time", 5), ("too late", 12)):
        due(telling, name, 0)
        telling.tell(name, e.Delivered(evidence="shown_to_buyer"), -10, late=late)

    found = telling.figures(DAYS).on_time

    assert found.strict == strict(3, 3)
    assert found.known_then == score(2, 3, Window(None, NOON + DAY))


def test_history_was_known_when_its_source_learned_of_it():
    telling = Telling()
    for name, learned in (("at once", -60), ("much later", 60 * 24)):
        telling.tell(name, placed(), -DAYS, basis="backfill", learned=-DAYS)
        paid = e.Paid(due_at=NOON)
        telling.tell(name, paid, -DAYS, basis="backfill", learned=-DAYS)
        shown = e.Delivered(evidence="shown_to_buyer")
        telling.tell(name, shown, -60, basis="backfill", learned=learned)

    found = telling.figures(2 * DAYS).on_time

    assert (found.strict.numerator, found.known_then.numerator) == (2, 1)


@pytest.mark.parametrize(("kept", "due", "meets"), [(950, 1_000, True), (949_996, 1_000_000, False)])
def test_whether_the_target_is_met_is_told_by_whole_orders(kept, due, meets):
    found = strict(kept, due)

    assert (found.rate, found.target, found.meets) == ("0.9500", "0.9500", meets)


def test_of_nothing_no_target_is_met_or_missed():
    assert strict(0, 0).meets is None


def test_only_the_headline_has_a_target(telling):
    found = telling.figures(DAYS).on_time

    assert (found.by_day.target, found.by_day.meets) == (None, None)
    assert (found.known_then.target, found.known_then.meets) == (None, None)


def test_a_window_is_open_where_it_begins_and_closed_as_of_the_instant():
    telling = Telling()
    for name, at in (("just out", -7 * DAYS), ("just in", -7 * DAYS + 1), ("now", 0), ("to come", 1)):
        due(telling, name, at)
    telling.delivered("just in", -7 * DAYS)

    found = telling.figures(0).windows

    assert list(found) == ["7d", "30d", "90d"]
    assert found["7d"].strict == strict(1, 2, 0, NOON - 7 * DAY)
    assert found["30d"].strict == strict(1, 3, 0, NOON - 30 * DAY)


def test_the_days_are_those_on_which_orders_were_first_due():
    telling, first = Telling(), -(BARS - 1) * DAYS - 12 * 60
    told = {"out": first - 1, "first": first, "yesterday": -13 * 60, "midnight": -12 * 60}
    for name, at in (told | {"noon": 0, "to come": 1}).items():
        due(telling, name, at)
    telling.delivered("yesterday", -14 * 60)
    telling.delivered("noon", 0)

    found = telling.figures(0).days

    assert [(day.day, day.strict.numerator, day.strict.denominator) for day in found] == [
        ("2026-03-03", 0, 1),
        ("2026-05-30", 1, 1),
        ("2026-05-31", 1, 2),
    ]


def test_due_days_end_where_the_zone_says():
    cohort = [Due(NOON + 3 * 3_600_000, "on_time"), Due(NOON + 4 * 3_600_000, "late")]

    found = due_days(cohort, NOON + DAY, "Asia/Shanghai")

    assert [(day.day, day.strict.numerator, day.strict.denominator) for day in found] == [
        ("2026-05-31", 1, 1),
        ("2026-06-01", 0, 1),
    ]


@given(COHORTS)
def test_every_order_due_is_counted_once(cohort):
    found = on_time(cohort, NOON)

    assert found.strict.denominator == found.by_day.denominator == found.known_then.denominator
    assert found.strict.numerator + found.late + found.undelivered == found.strict.denominator
    assert found.strict.denominator + found.cancelled_by_buyer == len(cohort)
    assert found.known_then.numerator <= found.strict.numerator <= found.by_day.numerator


@given(COHORTS)
def test_the_days_of_ninety_sum_to_what_was_due_in_them(cohort):
    shown = [each for each in cohort if each.at >= NOON - 12 * 3_600_000 - 89 * DAY]

    days = due_days(cohort, NOON, "UTC")

    whole = on_time(shown, NOON).strict
    assert sum(day.strict.numerator for day in days) == whole.numerator
    assert sum(day.strict.denominator for day in days) == whole.denominator
    assert all(day.strict.denominator for day in days)


@given(COHORTS)
def test_a_longer_window_holds_the_shorter(cohort):
    found = [each.strict for each in windows(cohort, NOON).values()]
    whole = on_time(cohort, NOON).strict

    assert [each.denominator for each in (*found, whole)] == sorted(
        each.denominator for each in (*found, whole)
    )

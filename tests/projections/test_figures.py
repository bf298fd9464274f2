"""The arithmetic of published figures, by hand-made numbers."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.policy import DAY, HOUR
from mingdan.projections.days import day_end
from mingdan.projections.figures import nearest_rank, quantiles, rate
from mingdan.projections.scope import OLDER, age_of


def test_the_nearest_rank_is_the_smallest_value_whose_rank_is_at_least_ceil_p_n():
    ordered = [15, 20, 35, 40, 50]

    assert [nearest_rank(ordered, p) for p in (50, 300, 400, 500, 1000)] == [15, 20, 20, 35, 50]


@given(st.lists(st.integers(0, 10**12), min_size=1), st.integers(1, 1000))
def test_the_nearest_rank_is_a_value_with_enough_values_at_or_below_it(values, permille):
    ordered = sorted(values)

    found = nearest_rank(ordered, permille)

    assert found in ordered
    assert sum(value <= found for value in ordered) * 1000 >= permille * len(ordered)
    assert sum(value < found for value in ordered) * 1000 < permille * len(ordered)


def test_negative_durations_are_counted_apart_and_left_out():
    found = quantiles([0, 5, -3, 10], missing=2)

    assert (found.n, found.min, found.p50, found.max) == (3, 0, 5, 10)
    assert (found.zero, found.negative, found.missing) == (1, 1, 2)


def test_a_share_of_nothing_is_no_number():
    assert rate(0, 0).rate is None


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_rate_is_its_numerator_over_its_denominator_to_four_places(numerator, denominator):
    found = rate(numerator, denominator)

    assert abs(Decimal(found.rate) * denominator - numerator) <= Decimal("0.00005") * denominator


def test_a_day_ends_where_its_zone_says():
    noon = 1_793_491_200_000 - 1_793_491_200_000 % DAY + 12 * HOUR

    assert day_end(noon, "UTC") == noon + 12 * HOUR
    assert day_end(noon, "Asia/Shanghai") == noon + 4 * HOUR


def test_every_age_has_its_class():
    assert [age_of(age) for age in (0, HOUR, HOUR + 1, 2 * DAY, 31 * DAY)] == ["1h", "1h", "6h", "48h", OLDER]

"""Wilson's interval: bounds by hand, laws, and the digits of statsmodels and SciPy."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from mingdan.projections.interval import Interval, interval

HALF_A_PLACE = 0.5e-4 + 1e-12  # of four places, and what a float may be off


@st.composite
def shares(draw, most=10**6):
    denominator = draw(st.integers(1, most))
    return draw(st.integers(0, denominator)), denominator


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        (0, 1, "0.0000", "0.7935"),
        (1, 1, "0.2065", "1.0000"),
        (0, 10, "0.0000", "0.2775"),
        (10, 10, "0.7225", "1.0000"),
        (5, 10, "0.2366", "0.7634"),
        (81, 263, "0.2553", "0.3662"),  # Newcombe (1998), table I, method 3
        (15, 148, "0.0624", "0.1605"),
        (1, 29, "0.0061", "0.1718"),
        (4, 9, "0.1888", "0.7333"),  # z = 1.96 would say 0.7334
    ],
)
def test_the_bounds_are_those_that_others_have(numerator, denominator, low, high):
    assert interval(numerator, denominator) == Interval(low, high)


def test_of_nothing_there_is_no_interval():
    assert interval(0, 0) is None


@pytest.mark.parametrize(("numerator", "denominator"), [(2, 1), (-1, 3)])
def test_what_is_no_share_has_no_interval(numerator, denominator):
    with pytest.raises(AssertionError):
        interval(numerator, denominator)


@given(shares())
def test_the_interval_holds_the_share(share):
    numerator, denominator = share
    found = interval(numerator, denominator)

    assert Decimal(found.low) - Decimal("0.00005") <= Decimal(numerator) / denominator
    assert Decimal(numerator) / denominator <= Decimal(found.high) + Decimal("0.00005")


@given(shares())
def test_the_share_of_the_others_has_the_mirrored_interval(share):
    numerator, denominator = share
    found, others = interval(numerator, denominator), interval(denominator - numerator, denominator)

    assert Decimal(found.low) + Decimal(others.high) == Decimal(found.high) + Decimal(others.low) == 1


@given(shares(10**4), st.integers(2, 50))
def test_more_orders_of_the_same_share_narrow_the_interval(share, times):
    few, many = interval(*share), interval(*(count * times for count in share))

    assert Decimal(few.low) <= Decimal(many.low)
    assert Decimal(many.high) <= Decimal(few.high)


@given(shares())
def test_no_decimal_context_changes_a_digit(share):
    with localcontext(prec=3, rounding="ROUND_CEILING"):
        narrow = interval(*share)

    assert narrow == interval(*share)


@given(shares())
def test_statsmodels_has_the_same_bounds(share):
    found, bounds = interval(*share), proportion_confint(*share, alpha=0.05, method="wilson")

    assert float(found.low) == pytest.approx(bounds[0], abs=HALF_A_PLACE)
    assert float(found.high) == pytest.approx(bounds[1], abs=HALF_A_PLACE)


@given(shares())
def test_scipy_has_the_same_bounds(share):
    bounds = binomtest(*share).proportion_ci(confidence_level=0.95, method="wilson")
    found = interval(*share)

    assert float(found.low) == pytest.approx(bounds.low, abs=HALF_A_PLACE)
    assert float(found.high) == pytest.approx(bounds.high, abs=HALF_A_PLACE)

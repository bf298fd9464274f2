"""How far an incidence may be off: by hand, by the textbook's sums in fractions, and where it is none."""

from __future__ import annotations

from math import isqrt

import pytest
from hypothesis import given

from mingdan.projections.incidence import ORDER, incidence, kaplan_meier, place
from mingdan.projections.standard_error import standard_errors

from .waited import EIGHT, textbook, variance, waits

PLACES = 10**12


def errors(curve):
    return [error / (curve.n * ORDER) for error in standard_errors(curve, range(len(curve.steps))).values()]


def test_eight_orders_have_greenwoods_errors():
    assert errors(incidence(EIGHT)) == pytest.approx(
        [0, 0.116927, 0.116927, 0.164976, 0.185561, 0.185561, 0.201269, 0.170387], abs=1e-6
    )


def test_where_every_order_arrives_the_last_error_is_none():
    curve = incidence([(each, "delivered") for each in range(1, 11)])

    assert errors(curve)[-1] < 1e-15


def test_only_the_steps_asked_for_are_told_and_the_start_has_no_error():
    curve = incidence(EIGHT)

    assert standard_errors(curve, [0]) == {0: 0}
    assert list(standard_errors(curve, [6, 3])) == [3, 6]
    assert standard_errors(curve, []) == {}


@given(waits(("delivered", "refunded", "cancelled")).filter(bool))
def test_without_open_orders_the_variance_is_that_of_a_counted_share(orders):
    curve = incidence(orders)

    for place_, error in standard_errors(curve, range(len(curve.steps))).items():
        counted = curve.steps[place_].delivered // ORDER
        exact = isqrt(ORDER**2 * counted * (curve.n - counted) // curve.n)
        assert abs(error - exact) <= ORDER // PLACES


@given(waits().filter(bool))
def test_the_variance_is_the_textbooks(orders):
    for curve, told in ((incidence(orders), orders), (kaplan_meier(orders), alone(orders))):
        moments = textbook(told)
        for when in moments:
            number = place(curve, when)
            found = standard_errors(curve, [number])[number]
            exact = isqrt(int(variance(moments, when) * (curve.n * ORDER) ** 2))
            assert abs(found - exact) <= ORDER // PLACES


def alone(orders):
    return [(when, outcome if outcome == "delivered" else "open") for when, outcome in orders]

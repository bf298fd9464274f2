"""What became of orders by each time: hand vectors, the textbook in fractions, and laws."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.projections.incidence import ORDER, TOLD, incidence, kaplan_meier, place, reached, told, waiting
from mingdan.projections.measure import nearest_rank

from .waited import EIGHT, still_waiting, textbook, waits

ENDS = ("delivered", "refunded", "cancelled")


def at(curve, waited):
    return curve.steps[place(curve, waited)]


def share(curve, weight):
    return Fraction(weight, curve.n * ORDER)


def test_eight_orders_wait_as_the_textbook_says():
    curve = incidence(EIGHT)

    assert {waited: still_waiting(curve, place(curve, waited)) for waited in (0, 3, 5, 6, 7, 10, 12)} == {
        0: 1,
        3: Fraction(7, 8),
        5: Fraction(7, 8),
        6: Fraction(35, 48),
        7: Fraction(7, 12),
        10: Fraction(7, 18),
        12: Fraction(7, 36),
    }
    assert [step.left for step in curve.steps] == [8, 7, 6, 5, 4, 3, 2, 0]
    assert reached(curve, 500) == 10
    assert reached(curve, 900) is None


def test_at_the_same_time_ends_come_before_last_sights():
    curve = incidence([(5, "open"), (5, "delivered")])

    assert (curve.steps[-1].delivered, waiting(curve, curve.steps[-1])) == (ORDER, ORDER)


def test_a_refunded_order_is_never_delivered_and_kaplan_meier_forgets_it():
    orders = [(1, "delivered"), (2, "refunded"), (3, "delivered"), (4, "cancelled")]
    honest, rosy = incidence(orders), kaplan_meier(orders)

    assert share(honest, at(honest, 3).delivered) == Fraction(1, 2)
    assert share(rosy, at(rosy, 3).delivered) == Fraction(5, 8)
    assert (reached(honest, 500), reached(honest, 501), reached(rosy, 625)) == (3, None, 3)


def test_an_exact_half_is_a_half_although_thirds_cannot_be_carried():
    """Two of eight are last seen first: each of the six others carries 4/3, and three of those are a half."""
    curve = incidence([(1, "open")] * 2 + [(each, "delivered") for each in range(2, 8)])

    assert at(curve, 4).delivered < 4 * ORDER
    assert told(at(curve, 4).delivered) == 4 * TOLD
    assert reached(curve, 500) == 4


def test_an_order_that_arrived_at_once_counts_from_the_start():
    assert reached(incidence([(0, "delivered"), (9, "delivered")]), 500) == 0


def test_beyond_the_longest_wait_nothing_is_known_while_an_order_is_open():
    assert place(incidence([(5, "open"), (5, "delivered")]), 6) is None


def test_beyond_the_longest_wait_nothing_changes_when_every_order_came_to_an_end():
    orders = [(1, "open"), *((each, "delivered") for each in range(2, 9))]
    curve = incidence(orders)

    assert place(curve, 10**12) == len(curve.steps) - 1


def test_of_no_orders_nothing_is_reached():
    curve = incidence([])

    assert (curve.n, reached(curve, 500), place(curve, 5)) == (0, None, 0)


def test_without_an_end_the_curve_is_flat():
    curve = incidence([(each, "open") for each in range(9)])

    assert {waiting(curve, step) for step in curve.steps} == {9 * ORDER}
    assert reached(curve, 1) is None


@given(waits())
def test_what_became_of_the_orders_and_what_waits_sum_to_all(orders):
    curve = incidence(orders)
    last = curve.steps[-1]
    open_to_the_end = any(outcome == "open" and when == last.at for when, outcome in orders)

    assert all(waiting(curve, step) >= step.left * ORDER for step in curve.steps)
    assert (told(waiting(curve, last)) == 0) is not open_to_the_end


@given(waits())
def test_no_share_falls_as_time_passes(orders):
    for before, after in pairwise(incidence(orders).steps):
        assert (before.at, before.left) <= (after.at, before.left)
        assert before.left >= after.left
        assert all(getattr(before, end) <= getattr(after, end) for end in ENDS)


@given(waits(), st.randoms())
def test_the_order_in_which_orders_are_told_changes_nothing(orders, random):
    assert incidence(random.sample(orders, len(orders))) == incidence(orders)


@given(waits())
def test_kaplan_meier_never_promises_less_than_the_incidence(orders):
    honest, rosy = incidence(orders), kaplan_meier(orders)

    assert [step.at for step in honest.steps] == [step.at for step in rosy.steps]
    assert all(told(a.delivered) <= told(b.delivered) for a, b in zip(honest.steps, rosy.steps, strict=True))


@given(waits(("delivered", "open")))
def test_where_delivery_is_the_only_end_the_two_are_one(orders):
    assert incidence(orders) == kaplan_meier(orders)


@given(waits(ENDS).filter(bool), st.integers(0, 13))
def test_without_open_orders_a_share_is_counted(orders, waited):
    curve = incidence(orders)

    for end in ENDS:
        by_then = sum(outcome == end and when <= waited for when, outcome in orders)
        assert getattr(at(curve, waited), end) == by_then * ORDER


@given(waits(("delivered",)).filter(bool), st.sampled_from([500, 900, 950, 990]))
def test_without_open_orders_a_quantile_is_the_nearest_rank(orders, permille):
    assert reached(incidence(orders), permille) == nearest_rank(sorted(when for when, _ in orders), permille)


@given(waits())
def test_every_share_is_the_textbooks_to_eighteen_places(orders):
    curve = incidence(orders)

    for end in ENDS:
        for when, moment in textbook(orders, end).items():
            found = share(curve, getattr(at(curve, when), end))
            assert abs(found - moment.incidence) <= Fraction(1, 10**18)


@given(waits(), st.sampled_from([1, 100, 333, 500, 625, 750, 900, 990, 1000]))
def test_a_quantile_is_the_first_time_at_which_the_textbook_reaches_it(orders, permille):
    moments = textbook(orders)
    first = next((when for when, moment in moments.items() if moment.incidence * 1000 >= permille), None)

    assert reached(incidence(orders), permille) == first


@pytest.mark.parametrize(
    ("weight", "millionths"),
    [(10**12 // 2, 0), (10**12 // 2 + 1, 1), (3 * 10**12 // 2, 2), (ORDER, TOLD), (ORDER - 1, TOLD)],
)
def test_a_weight_is_told_in_millionths_half_even(weight, millionths):
    assert told(weight) == millionths

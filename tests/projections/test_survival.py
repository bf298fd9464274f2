"""What is published of waiting: shares at the stated waits, quantiles, and a curve that can be drawn."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.projections.incidence import OUTCOMES, TOLD, incidence, told
from mingdan.projections.measure import Rate
from mingdan.projections.survival import LEVELS, WAITS, Point, Survival, survival

SAFE = 2**53  # a reader of JSON may hold numbers as doubles

FORTY = [
    *[(30_000, "delivered")] * 20,
    *[(5 * MINUTE, "delivered")] * 4,
    *[(2 * HOUR, "refunded")] * 6,
    *[(3 * HOUR, "cancelled")] * 2,
    *[(4 * DAY, "open")] * 8,
]


@pytest.fixture(scope="module")
def forty():
    return survival(FORTY)


def test_the_shares_count_what_was_never_delivered(forty):
    assert forty.shares["1min"].delivered == Rate(20 * TOLD, 40 * TOLD, "0.5000")
    assert forty.shares["10min"].delivered.rate == forty.shares["3d"].delivered.rate == "0.6000"
    assert forty.shares["3d"].refunded == Rate(6 * TOLD, 40 * TOLD, "0.1500")
    assert forty.shares["3d"].cancelled.rate == "0.0500"
    assert [share.left for share in forty.shares.values()] == [20, 20, 16, 16, 8, 8, 8]


def test_kaplan_meier_stands_beside_it_and_promises_more(forty):
    orders = [*FORTY, *[(3 * DAY, "delivered")] * 8]
    told_of = survival(orders).shares["3d"]

    assert (told_of.delivered.rate, told_of.kaplan_meier.rate) == ("0.6667", "0.7500")
    assert forty.shares["3d"].kaplan_meier == forty.shares["3d"].delivered


def test_the_standard_error_is_a_share_to_four_places(forty):
    assert (forty.shares["1min"].error, forty.shares["10min"].error) == ("0.0791", "0.0775")


def test_of_a_wait_that_no_open_order_was_watched_for_nothing_is_said(forty):
    assert forty.until == 4 * DAY
    assert list(forty.shares) == ["1min", "3min", "10min", "1h", "24h", "48h", "3d"]


def test_when_every_order_came_to_an_end_each_stated_wait_has_its_share():
    ended = survival([(5, "delivered"), (7, "refunded")])

    assert list(ended.shares) == list(WAITS)
    assert ended.shares["30d"].delivered.rate == "0.5000"
    assert ended.shares["30d"].kaplan_meier == Rate(0, 0, None), "it takes the refunded one for open"


def test_a_quantile_that_the_curve_does_not_reach_is_not_told(forty):
    assert (forty.p50, forty.p90, forty.p99) == (30_000, None, None)


def test_orders_that_ended_before_they_began_are_counted_apart():
    found = survival([*FORTY, (-1, "delivered"), (-5, "refunded")])

    assert found == msgspec.structs.replace(survival(FORTY), negative=2)


def test_the_outcomes_are_counted(forty):
    assert forty.n == 40
    assert forty.outcomes == {"delivered": 24, "refunded": 6, "cancelled": 2, "open": 8}


def test_of_no_orders_nothing_is_told():
    assert survival([]) == Survival()
    assert survival([(-1, "delivered")]) == Survival(negative=1)


def test_a_short_curve_is_drawn_with_its_every_corner(forty):
    assert forty.curve == (
        Point(30_000, 20 * TOLD, 0, 0),
        Point(5 * MINUTE, 24 * TOLD, 0, 0),
        Point(2 * HOUR, 24 * TOLD, 6 * TOLD, 0),
        Point(3 * HOUR, 24 * TOLD, 6 * TOLD, 2 * TOLD),
    )


def test_a_curve_without_an_end_has_no_corner():
    assert survival([(5, "open"), (8, "open")]).curve == ()


@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(OUTCOMES)), min_size=250, max_size=400))
def test_a_drawn_curve_is_short_and_hides_less_than_one_level(orders):
    curve, found = incidence(orders), survival(orders).curve
    corners = {point.at: point.delivered + point.refunded + point.cancelled for point in found}
    drawn = 0

    assert len(found) <= LEVELS
    for before, step in pairwise(curve.steps):
        drawn = corners.get(step.at, drawn)
        hidden = told(step.delivered + step.refunded + step.cancelled) - drawn
        assert hidden <= curve.n * TOLD // LEVELS + 2, (before, step)


@given(st.lists(st.tuples(st.integers(0, 60 * DAY), st.sampled_from(OUTCOMES)), max_size=300))
def test_every_figure_is_an_integer_that_any_reader_of_json_can_hold(orders):
    def numbers(value):
        match value:
            case dict():
                return [number for inner in value.values() for number in numbers(inner)]
            case list():
                return [number for inner in value for number in numbers(inner)]
            case str() | None:
                return []
            case _:
                return [value]

    document = msgspec.json.decode(msgspec.json.encode(survival(orders)))

    assert all(type(number) is int and abs(number) < SAFE for number in numbers(document))

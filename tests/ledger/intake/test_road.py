from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.event import Placed
from mingdan.ledger.intake.journey import Journey
from mingdan.ledger.intake.road import journey
from mingdan.ledger.intake.season import Dice, Season

END = 1_760_000_000_000
SEEDS = st.integers(0, 2**64)


def journeys(seed: int, orders: int) -> list[Journey]:
    season = Season(Dice(seed), orders, END)
    return [journey(season, *placed) for placed in enumerate(season.arrivals(), 1)]


@given(SEEDS)
def test_a_journey_begins_when_its_order_is_placed(seed):
    for trip in journeys(seed, 5):
        first = trip.steps[0]

        assert isinstance(first.says, Placed)
        assert all(step.at >= first.at for step in trip.steps)


@given(SEEDS)
def test_each_step_is_told_after_it_happened_and_after_the_one_before(seed):
    for trip in journeys(seed, 5):
        assert all(step.at <= step.recorded for step in trip.steps)
        assert all(before.recorded <= after.recorded for before, after in pairwise(trip.steps))


@given(SEEDS)
def test_the_same_seed_draws_the_same_journeys(seed):
    once, again = journeys(seed, 3), journeys(seed, 3)

    assert [trip.order for trip in once] == [trip.order for trip in again]
    assert [[step[:3] for step in trip.steps] for trip in once] == [
        [step[:3] for step in trip.steps] for trip in again
    ]


@pytest.mark.parametrize("name", ["order", "name"])
def test_no_two_orders_share_a_link_or_a_number(name):
    trips = journeys(1, 300)

    assert len({getattr(trip, name) for trip in trips}) == 300

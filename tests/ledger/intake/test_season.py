from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.intake.season import DAYS, Dice, Season
from mingdan.ledger.policy import DAY

END = 1_760_000_000_000
SEEDS = st.integers(0, 2**64)
ORDERS = st.integers(1, 60)


@given(SEEDS, ORDERS)
def test_orders_arrive_in_time_within_the_days_before_the_end(seed, orders):
    season = Season(Dice(seed), orders, END)

    arrivals = season.arrivals()

    assert len(arrivals) == orders
    assert arrivals == sorted(arrivals)
    assert END - (DAYS + 1) * DAY < season.start <= arrivals[0] <= arrivals[-1] < END


@given(SEEDS, st.lists(st.integers(1, 5), max_size=30))
def test_a_shelf_never_gives_more_than_it_holds(seed, pieces):
    season = Season(Dice(seed), 100, END)

    left = [season.take("night-market", 12, season.start, wanted) for wanted in pieces]

    for (before, wanted), after in pairwise([*zip(left, pieces, strict=True), (0, 0)]):
        if after[1]:
            assert after[0] == (before - wanted if wanted <= before else before)


@given(SEEDS, st.lists(st.integers(0, DAYS * DAY), min_size=1, max_size=30))
def test_places_in_a_batch_are_counted_from_one_without_a_gap(seed, offsets):
    season = Season(Dice(seed), 100, END)

    places = [season.join("core-gamma", season.start + offset) for offset in offsets]

    batches = Counter(batch for batch, _, _ in places)
    for batch, size in batches.items():
        assert [position for name, position, _ in places if name == batch] == [*range(1, size + 1)]
    assert all(start > season.start + offset for (_, _, start), offset in zip(places, offsets, strict=True))


def test_one_trouble_lasts_beyond_the_end():
    season = Season(Dice(1), 1, END)

    assert season.trouble(["core-beta"], END) is not None
    assert season.trouble(["agent-south"], END) is None


@given(SEEDS, st.integers(-(2**40), 2**40), st.integers(1, 2**40))
def test_a_draw_stays_between_its_bounds(seed, low, width):
    assert low <= Dice(seed).between(low, low + width) < low + width


@given(SEEDS)
def test_what_weighs_nothing_is_never_drawn(seed):
    assert Dice(seed).weighted(["always", "never"], [1, 0]) == "always"

"""Spreads and groups, by hand-made numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mingdan.projections.measure import FEW, OTHER, Spread, grouped, published, spread


def test_a_spread_has_its_quantiles_by_nearest_rank_and_leaves_negative_ones_out():
    found = spread([-5, *range(1, 21)])

    assert found == Spread(n=20, p50=10, p90=18, p95=19, max=20, total=210, negative=1)


def test_the_spread_of_nothing_has_no_quantiles():
    assert spread([]) == Spread()


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "other", None]), st.integers()), max_size=60))
def test_published_groups_hold_the_same_members_and_none_but_other_is_small(members):
    found = published(grouped(members))

    told = sorted(member for those in found.values() for member in those)
    assert told == sorted(member for _, member in members)
    assert all(len(those) >= FEW for name, those in found.items() if name != OTHER)

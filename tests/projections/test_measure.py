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


def sizes(**groups: int) -> dict[str, int]:
    """Of what is published of groups of such sizes."""
    return {name: len(those) for name, those in published(of(groups)).items()}


def of(groups: dict[str, int]) -> dict[str, list[tuple[str, int]]]:
    return {name: [(name, each) for each in range(size)] for name, size in groups.items()}


def test_several_small_groups_are_told_together():
    assert sizes(a=12, b=6, c=4, d=30) == {"a": 12, "d": 30, OTHER: 10}


def test_the_smallest_group_hides_a_single_small_one():
    assert sizes(a=12, b=9, c=30) == {"c": 30, OTHER: 21}


def test_the_smallest_group_hides_small_ones_that_are_few_together():
    assert sizes(a=30, b=3, c=6, d=12) == {"a": 30, OTHER: 21}


def test_where_only_one_group_could_hide_another_the_whole_is_told():
    assert sizes(a=500, b=1) == {OTHER: 501}


def test_too_few_orders_are_in_no_group_at_all():
    assert sizes(a=9) == sizes(a=4, b=5) == sizes() == {}


def test_a_group_called_like_the_rest_is_part_of_it():
    assert sizes(a=12, b=30, other=40) == {"b": 30, OTHER: 52}


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "other", "unknown"]), st.integers(1, 2 * FEW)))
def test_no_small_group_can_be_computed_from_what_is_published_and_the_whole(groups):
    members = of(groups)
    whole = {each for those in members.values() for each in those}
    told = [set(those) for those in published(members).values()]

    assert sum(map(len, told)) == len(set().union(*told))
    left = whole.difference(*told)
    computed = told if left == whole else [*told, left]  # of the whole itself everybody knows
    assert not any(set(those) in computed for those in members.values() if len(those) < FEW)
    assert all(len(each) >= FEW for each in told)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "other", None]), st.integers()), max_size=60))
def test_published_groups_hold_all_members_or_too_few_are_told(members):
    found = published(grouped(members))

    told = sorted(member for those in found.values() for member in those)
    assert told == (sorted(member for _, member in members) if found else [])

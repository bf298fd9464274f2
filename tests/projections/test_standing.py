"""How groups of orders fared: told apart where there are enough of them, and summing to the whole."""

from __future__ import annotations

from collections import Counter

import pytest

from mingdan.ledger.policy import DAY, MINUTE
from mingdan.projections.incidence import TOLD
from mingdan.projections.measure import FEW, OTHER
from mingdan.projections.survival import Point

from .told import NOON, Telling

GROUPINGS = ("merchants", "skus", "forms", "tiers")
PAGED = GROUPINGS[:2]
DAYS = DAY // MINUTE


@pytest.fixture(scope="module")
def figures():
    """Twenty orders of one merchant, delivered in ten minutes; ten of another, never; nine of two more."""
    telling = Telling()
    for number in range(20):
        telling.bought(f"a{number}", number, number + 10, merchant="xinghe", sku="card-100", form="card")
    for number in range(10):
        telling.paid(f"b{number}", number, merchant="qingyun", sku="card-50", form="card", tier="agent-east")
    for number in range(9):
        telling.paid(f"c{number}", number, merchant="small", sku="card-10", form="membership")
        telling.paid(f"d{number}", number, merchant="smaller", sku="card-20", form="direct")
    return telling.figures(DAYS + 60)


def test_a_group_has_its_own_rate_and_its_own_wait(figures):
    quick, never = figures.merchants["xinghe"], figures.merchants["qingyun"]

    assert (quick.orders, quick.delivered, quick.on_time.strict.rate) == (20, 20, "1.0000")
    assert quick.survival.p90 == 10 * MINUTE
    assert (never.orders, never.on_time.strict.rate, never.survival.p50) == (10, "0.0000", None)
    assert never.on_time.strict.interval.high == "0.2775"


def test_small_groups_stand_together(figures):
    assert list(figures.merchants) == ["qingyun", "xinghe", OTHER]
    assert list(figures.forms) == ["card", OTHER]
    assert figures.skus[OTHER].orders == 2 * (FEW - 1)


def test_a_group_without_a_name_is_unknown(figures):
    assert {name: each.orders for name, each in figures.tiers.items()} == {"agent-east": 10, "unknown": 38}


def test_whoever_has_a_page_has_a_curve_and_bars(figures):
    assert figures.survival.curve
    assert figures.days
    assert all(each.days for by in PAGED for each in getattr(figures, by).values())
    assert figures.merchants["xinghe"].survival.curve == (Point(10 * MINUTE, 20 * TOLD, 0, 0),)


@pytest.mark.parametrize("by", PAGED)
def test_the_days_of_the_groups_sum_to_those_of_the_platform(figures, by):
    found = Counter[tuple[str, str]]()
    for group in getattr(figures, by).values():
        for day in group.days:
            found[day.day, "kept"] += day.strict.numerator
            found[day.day, "due"] += day.strict.denominator

    assert found == {
        **{(day.day, "kept"): day.strict.numerator for day in figures.days},
        **{(day.day, "due"): day.strict.denominator for day in figures.days},
    }


def test_forms_and_tiers_have_no_page_and_so_neither_bars_nor_curves(figures):
    told = [*figures.forms.values(), *figures.tiers.values()]

    assert [each for each in told if each.days or each.survival.curve] == []


def test_a_group_is_heard_of_when_anything_on_its_road_is_known(figures):
    assert figures.merchants["xinghe"].heard == NOON + 29 * MINUTE
    assert figures.merchants["qingyun"].heard == NOON + 9 * MINUTE
    assert figures.heard == NOON + 29 * MINUTE


@pytest.mark.parametrize("by", GROUPINGS)
def test_the_groups_sum_to_the_platform(figures, by):
    groups = getattr(figures, by).values()
    outcomes = sum((Counter(each.survival.outcomes) for each in groups), Counter())

    assert sum(each.orders for each in groups) == figures.orders
    assert sum(each.delivered for each in groups) == figures.delivered
    assert sum(each.on_time.strict.denominator for each in groups) == figures.on_time.strict.denominator
    assert outcomes == Counter(figures.survival.outcomes)


def test_the_platforms_wait_counts_the_undelivered_in(figures):
    assert figures.delivery.p50 == 10 * MINUTE, "of those delivered"
    assert figures.survival.shares["24h"].delivered.rate == "0.4167", "20 of 48"
    assert figures.survival.p90 is None

"""The figures of a platform tell what its orders tell, each by itself."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.policy import DAY
from mingdan.ledger.status import SIDES, STEPS, ended, status
from mingdan.projections.backlog import begun
from mingdan.projections.catch_up import catch_up, states
from mingdan.projections.scope import figures, platforms
from mingdan.projections.views import open_views

from .conftest import END, midst


@pytest.fixture(scope="module")
def engine(market, tmp_path_factory):
    engine = open_views(f"sqlite:///{tmp_path_factory.mktemp('scope')}/views.db")
    catch_up(market, engine, upto=midst(market))  # where orders wait
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def orders(market, engine):
    return list(states(engine, market.streams(10**9)).values())


@given(as_of=st.integers(END - 5 * DAY, END + 5 * DAY))
def test_at_any_instant_the_figures_count_the_statuses_that_the_orders_show(engine, orders, as_of):
    for platform in platforms(engine):
        told = [status(order, as_of) for order in orders if order.terms.platform == platform]
        found = figures(engine, platform, as_of=as_of, size=1, zone="UTC")

        assert found.sides == {side: Counter(each.side for each in told)[side] for side in SIDES}
        assert found.steps == {step: Counter(each.step for each in told)[step] for step in STEPS}


def test_the_backlog_is_what_has_begun_and_is_neither_delivered_nor_at_its_end(engine, orders):
    waiting = [order for order in orders if begun(order) and not order.in_hand and not ended(order)]
    counts = Counter(order.terms.platform for order in waiting)

    assert waiting
    for platform in platforms(engine):
        found = figures(engine, platform, as_of=END, size=1, zone="UTC")
        assert found.backlog.count == counts[platform]

"""The figures of a platform tell what its orders tell, each by itself."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.ledger.status import SIDES, STEPS, ended, status
from mingdan.projections.backlog import begun
from mingdan.projections.catch_up import catch_up, states
from mingdan.projections.measure import FEW, OTHER, Spread, spread
from mingdan.projections.scope import figures, platforms
from mingdan.projections.views import open_views

from .conftest import END, midst
from .told import NOON, SHOP, Telling


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


# what is told apart ---------------------------------------------------------------------------------
UPSTREAM = e.HopForwarded(attempt=1, to="agent-east")
HELD = e.RiskHeld(on_timeout="release", review_by=NOON + HOUR, rule="velocity", track="auto")
FAILED = e.ActivationFailed(attributable_to="brand", code="outage")


def waiting(**kinds):
    """So many orders paid for, of each kind what else is told of it."""
    telling = Telling()
    for kind, (count, told) in kinds.items():
        for number in range(count):
            telling.paid(f"{kind}{number}", 0)
            for minute, event in enumerate(told, 1):
                telling.tell(f"{kind}{number}", event, minute)
    return telling.figures(60).backlog


def test_the_backlog_is_told_by_stage_by_holder_and_by_what_holds_it_up():
    found = waiting(new=(30, ()), held=(11, (HELD,)), failed=(12, (UPSTREAM, FAILED)), sent=(13, (UPSTREAM,)))

    assert found.count == 66
    assert found.by_holder == {SHOP: 53, "agent-east": 13}
    assert found.by_stage == {"dispatch": 25, "risk": 11, "stock": 30}
    assert found.by_cause == {"hold:velocity": 11, "none": 43, "outage": 12}


def test_stages_holders_and_causes_of_few_orders_are_told_together():
    found = waiting(new=(30, ()), held=(4, (HELD,)), failed=(3, (UPSTREAM, FAILED)), sent=(9, (UPSTREAM,)))

    assert found.count == 46
    assert found.by_cause == {OTHER: 46}, "7 are of two causes, and all others of none"
    assert found.by_holder == {OTHER: 46}
    assert found.by_stage == {OTHER: 16, "stock": 30}


@pytest.mark.parametrize("count", [1, FEW - 1])
def test_of_a_backlog_of_few_orders_only_the_whole_is_told(count):
    found = waiting(new=(count, ()))

    assert (found.count, found.by_stage, found.by_holder, found.by_cause) == (count, {}, {}, {})


def contested(**outcomes):
    """Disputes opened at once; of each outcome the minutes after which they were decided so."""
    telling = Telling()
    for outcome, minutes in outcomes.items():
        for number, minute in enumerate(minutes):
            name = f"{outcome}{number}"
            telling.paid(name, 0)
            telling.tell(name, e.DisputeOpened(claim="late", dispute="d", freezes="none"), 10)
            if outcome != "open":
                reason = e.DisputeDecided(decider=SHOP, dispute="d", outcome=outcome, reason="looked")
                telling.tell(name, reason, 10 + minute)
    return telling


def spans(*minutes):
    return spread(minute * MINUTE for minute in minutes)


def test_disputes_are_told_by_outcome_and_by_how_long_they_took():
    buyers, sellers = range(1, 13), [3] * 10
    found = contested(for_buyer=buyers, for_merchant=sellers, open=[0] * 2).figures(60).disputes

    assert (found.orders, found.open, found.closed) == (24, 2, 22)
    assert found.outcomes == {"for_buyer": 12, "for_merchant": 10}
    assert found.to_closed == spans(*buyers, *sellers)
    assert found.to_closed_by == {"for_buyer": spans(*buyers), "for_merchant": spans(*sellers)}


def test_how_long_few_disputes_of_an_outcome_took_is_told_with_the_others():
    found = contested(for_buyer=[9] * 12, split=[1], withdrawn=[2]).figures(60).disputes

    assert found.outcomes == {"for_buyer": 12, "split": 1, "withdrawn": 1}
    assert found.to_closed_by == {OTHER: spans(*[9] * 12, 1, 2)}


def test_a_dispute_that_is_appealed_is_open_again_and_has_taken_no_time():
    telling = contested(for_merchant=[5])
    telling.tell("for_merchant0", e.DisputeAppealed(dispute="d"), 20)
    again = telling.figures(60).disputes
    decided = e.DisputeDecided(decider="judge", dispute="d", outcome="for_buyer", reason="goods never came")
    telling.tell("for_merchant0", decided, 40)

    assert (again.open, again.closed, again.to_closed) == (1, 0, Spread())
    assert telling.figures(60).disputes.to_closed == spans(30)

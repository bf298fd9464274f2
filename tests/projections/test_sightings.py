"""How often the source of an order was seen before it, counted through the stores as the sweep does."""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.policy import HOUR, MINUTE
from mingdan.ledger.risk import LargeAmount, Velocity
from mingdan.projections.catch_up import states
from mingdan.projections.sightings import seen

BAO, ZHU = "bao@example.invalid", "zhu@example.invalid"


def rule(within: int, name: str = "velocity", field: str = "contact") -> Velocity:
    return Velocity(id=name, field=field, most=3, on_timeout="release", review_within=HOUR, within=within)


def sighted(shop, *rules, streams=None):
    """What the rules count for these orders, or for all."""
    shop.catch_up()
    asked = shop.store.streams(10**9) if streams is None else streams
    return seen(shop.views, shop.vault, states(shop.views, asked).values(), rules)


def test_each_order_counts_those_of_its_source_before_it(shop):
    streams = [shop.order(minute, contact=BAO) for minute in (0, 1, 2)]
    shop.order(2, contact=ZHU)

    counts = sighted(shop, rule(10 * MINUTE))

    assert [counts[stream].get("velocity", 0) for stream in streams] == [0, 1, 2]


def test_what_lies_further_back_than_the_window_does_not_count(shop):
    shop.order(0, contact=BAO)
    shop.order(5, contact=BAO)
    last = shop.order(10, contact=BAO)
    windows = [rule(span * MINUTE, f"within-{span}") for span in (1, 5, 9, 10)]

    assert sighted(shop, *windows)[last] == {"within-1": 0, "within-5": 1, "within-9": 1, "within-10": 2}


def test_of_orders_of_the_same_instant_each_counts_those_before_it_only(shop):
    streams = [shop.order(3, contact=BAO) for _ in range(4)]

    counts = sighted(shop, rule(MINUTE))

    assert sorted(counts[stream]["velocity"] for stream in streams) == [0, 1, 2, 3]


def test_what_is_told_late_counts_what_was_recorded_before_it_and_changes_no_count(shop):
    first = shop.order(5, contact=BAO)
    late = shop.order(3, contact=BAO, late=4)

    assert sighted(shop, rule(HOUR)) == {first: {"velocity": 0}, late: {"velocity": 1}}


def test_a_recipient_is_another_source_than_a_contact(shop):
    shop.order(0, contact=BAO, recipient="player-7")
    shop.order(1, contact=ZHU, recipient="player-7")
    last = shop.order(2, contact=ZHU, recipient="player-7")

    counts = sighted(shop, rule(HOUR), rule(HOUR, "shared-recipient", "recipient"))

    assert counts[last] == {"velocity": 1, "shared-recipient": 2}


def test_an_order_that_cannot_be_held_any_more_is_counted_but_not_asked_about(shop):
    forwarded = shop.order(0, facts=(e.Paid(), e.HopForwarded(attempt=1, to="east")), contact=BAO)
    unpaid = shop.order(1, facts=(), contact=BAO)
    last = shop.order(2, contact=BAO)

    counts = sighted(shop, rule(HOUR))

    assert counts == {last: {"velocity": 2}}
    assert forwarded not in counts
    assert unpaid not in counts


def test_an_erased_order_counts_no_more(shop):
    first = shop.order(0, contact=BAO)
    last = shop.order(1, contact=BAO)
    shop.vault.erase(first)

    assert sighted(shop, rule(HOUR), streams=[last]) == {last: {}}


def test_an_order_placed_nobody_knows_when_counts_nowhere(shop):
    shop.order(0, contact=BAO, basis="backfill", bound=True)
    last = shop.order(1, contact=BAO)

    assert sighted(shop, rule(HOUR))[last] == {"velocity": 0}


def test_without_a_velocity_rule_nothing_is_counted(shop):
    last = shop.order(0, contact=BAO)
    amount = LargeAmount(above=5, currency="CNY", id="a", on_timeout="refund", review_within=HOUR)

    assert sighted(shop, amount) == {last: {}}
    assert sighted(shop) == {last: {}}


def test_no_orders_no_sightings(shop):
    assert sighted(shop, rule(HOUR), streams=[]) == {}

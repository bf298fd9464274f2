"""First paid, first served: by hand-made stories."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.policy import MINUTE
from mingdan.projections.conduct import Overtaken
from mingdan.projections.measure import OTHER

from .told import Telling, order


def served(*spans, **fields):
    """Orders paid and delivered at these minutes."""
    telling = Telling()
    for number, (paid, until) in enumerate(spans):
        telling.bought(f"o{number}", paid, until, **fields)
    return telling


IN_TURN = [(minute, 100 + minute) for minute in range(10)]


def test_an_order_delivered_after_one_that_was_paid_later_was_overtaken():
    found = served(*IN_TURN, (20, 101)).conduct(200).fairness["card-100"]

    assert (found.served, found.overtaken.numerator, found.overtaken.denominator) == (11, 8, 11)
    assert [each.behind for each in found.worst] == [minute * MINUTE for minute in range(8, 0, -1)]
    assert {each.by for each in found.worst} == {order("o10")}


def test_orders_served_in_turn_or_paid_at_once_overtake_nobody():
    assert served(*IN_TURN).conduct(200).fairness["card-100"].overtaken.numerator == 0
    at_once = served(*((0, until) for _, until in IN_TURN))
    assert at_once.conduct(200).fairness["card-100"].overtaken.numerator == 0


def test_who_was_held_or_waited_for_the_buyer_stands_aside():
    telling = served(*IN_TURN)
    hold = e.RiskHeld(on_timeout="release", review_by=0, rule="velocity", track="auto")
    for name, why in (
        ("held", hold),
        ("asked", e.RecipientChecked(field="f", result="suspect", rule="r")),
    ):
        telling.paid(name, -5)
        telling.tell(name, why, -4)
        telling.delivered(name, 150)

    found = telling.conduct(200).fairness["card-100"]

    assert (found.served, found.aside, found.overtaken.numerator) == (12, 2, 0)


def test_who_still_waits_after_a_later_one_was_served_is_counted_too():
    telling = served(*IN_TURN)
    telling.paid("forgotten", 3)
    telling.paid("newest", 50)

    found = telling.conduct(200).fairness["card-100"]

    assert found.waiting == 1
    assert found.worst == (Overtaken(order("forgotten"), order("o4"), 96 * MINUTE, waiting=True),)


def test_the_ten_furthest_behind_are_named_the_furthest_first_and_then_by_name():
    names = [f"o{number}" for number in range(12)]
    telling = served(*((0, 100 + number // 2) for number in range(12)))
    telling.bought("newest", 1, 50)

    worst = telling.conduct(200).fairness["card-100"].worst

    last = sorted((order(name), 50 + number // 2) for number, name in enumerate(names))
    expected = sorted(last, key=lambda each: -each[1])[:10]
    assert [(each.order, each.behind // MINUTE) for each in worst] == expected


def test_nobody_overtakes_an_order_of_another_sku_even_where_both_are_told_together():
    telling = Telling()
    for each in range(5):
        telling.bought(f"first-{each}", 0, 100, sku="card-50")
        telling.bought(f"second-{each}", 1, 50, sku="card-100")

    found = telling.conduct(200).fairness

    assert found[OTHER].served == 10
    assert found[OTHER].overtaken.numerator == 0


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(31, 60)), min_size=10, max_size=25))
def test_the_overtaken_are_those_of_whom_a_later_one_was_served_earlier(spans):
    overtaken = [
        until - min(others)
        for paid, until in spans
        if (others := [end for later, end in spans if later > paid and end < until])
    ]

    found = served(*spans).conduct(100).fairness["card-100"]

    assert found.overtaken.numerator == len(overtaken)
    assert [each.behind // MINUTE for each in found.worst] == sorted(overtaken, reverse=True)[:10]

"""Whose the time was: by hand-made stories of ten orders alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.policy import MINUTE
from mingdan.projections.attribution import attribution
from mingdan.projections.measure import FEW, OTHER

from .told import SHOP, Telling


def walked(*, delivered=True):
    """Ten orders: 2 minutes for stock, 3 of dispatch at the platform, 5 at the tier, 10 unknown."""
    telling = Telling()
    for number in range(10):
        name = f"o{number}"
        telling.paid(name, 0)
        telling.tell(name, e.StockReserved(as_of=0, available=1, reservation="r"), 2)
        telling.tell(name, e.HopForwarded(attempt=1, to="agent-east"), 5)
        telling.tell(name, e.HopUncertain(), 10)
        if delivered:
            telling.delivered(name, 20)
    return telling


def minutes(parts):
    return {name: part.spans.total // MINUTE for name, part in parts.items()}


def test_each_stage_and_each_holder_has_its_part_and_unknown_is_one():
    found = walked().conduct(60).attribution

    assert (found.orders, found.open, found.total) == (10, 0, 200 * MINUTE)
    assert minutes(found.stages) == {"dispatch": 80, "stock": 20, "unknown": 100}
    assert minutes(found.holders) == {"agent-east": 50, SHOP: 50, "unknown": 100}
    assert found.holders["unknown"].share.rate == "0.5000"
    assert (found.stages["dispatch"].spans.p50, found.stages["dispatch"].spans.p90) == (
        3 * MINUTE,
        5 * MINUTE,
    )


def test_an_order_that_is_not_delivered_adds_its_time_until_now():
    found = walked(delivered=False).conduct(60).attribution

    assert (found.open, found.total) == (10, 600 * MINUTE)
    assert minutes(found.holders)["unknown"] == 500


SPANS = st.tuples(
    st.integers(1, 3),
    st.sampled_from(["stock", "dispatch", "unknown"]),
    st.sampled_from([SHOP, "agent-east", "agent-west", "unknown"]),
    st.integers(0, 90),
    st.one_of(st.none(), st.integers(0, 90)),
)


@given(st.lists(SPANS, max_size=80))
def test_the_parts_sum_to_the_whole_and_are_of_ten_spans_at_least_or_not_told(told):
    found = attribution(told, 60)

    for parts in (found.stages, found.holders):
        spans = [part.spans for part in parts.values()]
        assert sum(each.total for each in spans) == (found.total if parts else 0)
        assert sum(each.n for each in spans) == (len(told) if parts else 0)
        assert all(each.n >= FEW for each in spans)
        assert parts or len(told) < 4 * FEW, "one of these groups would be told"


def test_stages_and_holders_of_few_spans_are_told_together():
    spans = [(1, "stock", SHOP, 0, 9)] * 20 + [(2, "dispatch", "agent-east", 9, 10)] * 7
    found = attribution([*spans, *[(3, "unknown", "unknown", 10, 14)] * 4], 60)

    assert {name: part.spans.n for name, part in found.stages.items()} == {OTHER: 11, "stock": 20}
    assert {name: part.spans.n for name, part in found.holders.items()} == {SHOP: 20, OTHER: 11}


def test_what_is_told_to_have_begun_after_the_delivery_takes_no_time():
    telling = Telling()
    telling.paid("o", 0)
    telling.tell("o", e.HopForwarded(attempt=1, to="agent-east"), 9)
    telling.delivered("o", 4)

    assert telling.conduct(60).attribution.total == 4 * MINUTE

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger.market import fold
from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.market.sku import (
    RULES,
    Alerted,
    Capped,
    Cleared,
    Closed,
    IntakeRefused,
    Listed,
    Mapped,
    Opened,
    Paced,
    Preorder,
    Priced,
    Sku,
    Stocked,
    carries,
)

from .told import NOW, Told, after, broken, counts, entry, folded, leaf, times

STREAM = "sku/card-100"
LISTED = Listed(form="card", name="百元卡", platform="kamao", stock_mode="counted")
UNLIMITED = replace(LISTED, stock_mode="unlimited")
STOCKED = Stocked(as_of=0, qty=10, ttl=600)
MAPPED = Mapped(to="brand-100")
LOW, CLEARED = Alerted(level="low"), Cleared()
PRICED = Priced(amount=9_900, currency="CNY")
CAPPED = Capped(basis="throughput", cap=4)
CLOSED, OPENED = Closed(reason="maintenance"), Opened()
PREORDER = Preorder(qty=7, restock_by=2 * NOW)
PACED = Paced(n=40, p95=StageLimits(activation=60_000))
REFUSED = IntakeRefused(qty=1, reason="cap")


def sku(*story: Told) -> Sku:
    return after(STREAM, *story)


# one story for each rule ------------------------------------------------------------------------------
STORIES = {  # rule -> story, the fact that breaks it, its neighbour that does not
    "not-listed": ([], STOCKED, LISTED),
    "not-its-sku": ([LISTED], ("brand", CLOSED), CLOSED),
    "closed-already": ([LISTED, CLOSED], CLOSED, OPENED),
    "listed-twice": ([LISTED], UNLIMITED, MAPPED),
    "follows-upstream": (
        [replace(LISTED, stock_mode="upstream"), MAPPED],
        STOCKED,
        ("ledger", STOCKED),
    ),
    "stock-ahead": ([LISTED], replace(STOCKED, as_of=NOW + 1), replace(STOCKED, as_of=NOW)),
    "stock-from-the-past": (
        [LISTED, replace(STOCKED, as_of=1)],
        replace(STOCKED, as_of=0),
        replace(STOCKED, as_of=1),
    ),
    "stock-otherwise": ([LISTED, STOCKED], replace(STOCKED, qty=9), STOCKED),
    "mapped-to-itself": ([LISTED], replace(MAPPED, to="card-100"), MAPPED),
    "no-alert": ([LISTED, LOW, CLEARED], CLEARED, LOW),
    "not-closed": ([LISTED, CLOSED, OPENED], OPENED, CLOSED),
    "paced-by-others": ([LISTED], PACED, ("ledger", PACED)),
    "preorder-past": ([LISTED], replace(PREORDER, restock_by=NOW), replace(PREORDER, restock_by=NOW + 1)),
}


def test_every_rule_has_its_story():
    assert STORIES.keys() == RULES.keys()


def test_a_clock_that_runs_ahead_tells_nothing_of_the_future():
    """I4: or the true report would be older than it"""
    ahead = entry(1, replace(STOCKED, as_of=NOW + 1), NOW + 1, stream=STREAM, recorded=NOW)
    known = folded([entry(0, LISTED, 0, stream=STREAM), ahead], fold.empty(STREAM))

    assert known.stock is None
    assert [odd.rule for odd in known.irregularities] == ["stock-ahead"]


@pytest.mark.parametrize("rule", STORIES)
def test_a_fact_that_breaks_a_rule_is_told_from_its_neighbour(rule):
    story, odd, regular = STORIES[rule]

    assert sku(*story).irregularities == ()
    assert broken(sku(*story), odd) == rule
    assert broken(sku(*story), regular) is None


@pytest.mark.parametrize(
    "event", [MAPPED, LOW, CLEARED, PRICED, CAPPED, CLOSED, OPENED, PREORDER, REFUSED], ids=repr
)
def test_nothing_is_told_of_a_sku_before_it_is_listed(event):
    assert broken(sku(), event) == "not-listed"


@pytest.mark.parametrize(
    "event", [UNLIMITED, MAPPED, STOCKED, LOW, CLEARED, PRICED, CAPPED, CLOSED, OPENED, PREORDER], ids=repr
)
def test_nobody_but_its_platform_speaks_of_a_sku(event):
    assert broken(sku(LISTED, LOW, CLOSED), ("agent-east", event)) == "not-its-sku"
    assert broken(sku(LISTED, LOW, CLOSED), event) != "not-its-sku"


def test_the_ledger_itself_notes_at_any_sku_whom_it_turned_away():
    assert broken(sku(LISTED), ("ledger", REFUSED)) is None
    assert broken(sku(LISTED), ("agent-east", REFUSED)) == "not-its-sku"


@pytest.mark.parametrize(
    ("story", "event"),
    [
        ([LISTED, LOW], CLEARED),
        ([LISTED, CLOSED, OPENED], CLOSED),
        ([LISTED, CLOSED], OPENED),
        ([LISTED, MAPPED], replace(MAPPED, to="another")),
        ([LISTED, PRICED], replace(PRICED, amount=0)),
        ([LISTED, CAPPED], replace(CAPPED, cap=0)),
        ([LISTED], replace(STOCKED, qty=None)),
        ([LISTED, CLOSED], REFUSED),
    ],
)
def test_what_breaks_no_rule_is_regular(story, event):
    assert broken(sku(*story), event) is None


# what is known of it ----------------------------------------------------------------------------------
def test_a_second_listing_changes_nothing():
    assert sku(LISTED, UNLIMITED).listing == LISTED


def test_the_newest_mapping_price_cap_and_preorder_stand():
    known = sku(LISTED, MAPPED, PRICED, CAPPED, PREORDER, replace(MAPPED, to="b"), replace(CAPPED, cap=9))

    assert (known.upstream, known.price, known.preorder) == ("b", PRICED, PREORDER)
    assert (known.cap, known.basis, known.capped.leaf) == (9, "throughput", leaf(6))
    assert known.preordered.leaf == leaf(4)


def test_an_alert_stands_with_its_level_until_it_is_cleared():
    alerted = sku(LISTED, LOW, replace(LOW, level="out"))

    assert (alerted.alert.level, alerted.alert.mark.leaf) == ("out", leaf(2))
    assert sku(LISTED, LOW, CLEARED).alert is None
    assert [each.ended.leaf for each in sku(LISTED, LOW, CLEARED).alerts] == [leaf(2)]


def test_a_closed_intake_stays_closed_since_it_first_was_until_it_is_opened():
    assert sku(LISTED, CLOSED, CLOSED).closed.leaf == leaf(1)
    assert sku(LISTED, CLOSED, CLOSED, OPENED).closed is None
    assert sku(LISTED, CLOSED, OPENED, CLOSED).closed.leaf == leaf(3)


def test_every_order_that_was_not_taken_in_is_counted():
    assert sku(LISTED, REFUSED, REFUSED).refused == 2


def test_news_of_the_past_does_not_take_the_place_of_what_is_known_since():
    known = sku(LISTED, replace(STOCKED, as_of=1), replace(STOCKED, as_of=0, qty=99))

    assert (known.stock.as_of, known.stock.qty, known.stock.mark.leaf) == (1, 10, leaf(1))
    assert [odd.rule for odd in known.irregularities] == ["stock-from-the-past"]


def test_what_is_told_of_the_future_is_no_stock_and_stands_in_no_later_reports_way():
    """I4"""
    known = sku(LISTED, replace(STOCKED, as_of=2**53 - 1), replace(STOCKED, qty=3))

    assert known.stock.qty == 3
    assert [odd.rule for odd in known.irregularities] == ["stock-ahead"]


def test_of_two_quantities_as_of_one_instant_the_last_told_stands_and_is_odd():
    known = sku(LISTED, STOCKED, replace(STOCKED, qty=3))

    assert (known.stock.qty, known.stock.mark.leaf) == (3, leaf(2))
    assert [(odd.rule, odd.leaf) for odd in known.irregularities] == [("stock-otherwise", leaf(2))]


@pytest.mark.parametrize("ttl", [0, 499, 501, 700])
@pytest.mark.parametrize("qty", [10, None])
def test_the_same_quantity_as_of_one_instant_holds_no_longer_and_no_shorter_than_was_told(qty, ttl):
    known = sku(LISTED, replace(STOCKED, qty=qty))

    assert broken(known, replace(STOCKED, qty=qty, ttl=ttl)) == "stock-otherwise"
    assert broken(known, replace(STOCKED, qty=qty)) is None


@pytest.mark.parametrize(("before", "after"), [(None, 10), (10, None), (0, None)])
def test_a_quantity_that_is_unknown_is_another_than_one_that_is_told(before, after):
    assert broken(sku(LISTED, replace(STOCKED, qty=before)), replace(STOCKED, qty=after)) == "stock-otherwise"


# what it carries (I4) ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        ([], NOW, None),
        ([CAPPED], NOW, 4),
        ([LISTED], NOW, 0),
        ([LISTED, STOCKED], 0, 10),
        ([LISTED, STOCKED], 600, 10),
        ([LISTED, STOCKED], 601, 0),
        ([LISTED, replace(STOCKED, qty=None)], 1, 0),
        ([LISTED, STOCKED, replace(STOCKED, as_of=1, qty=None)], 1, 0),
        ([LISTED, STOCKED, replace(STOCKED, as_of=1, qty=0)], 1, 0),
        ([LISTED, PREORDER], 2 * NOW, 7),
        ([LISTED, PREORDER], 2 * NOW + 1, 0),
        ([LISTED, PREORDER, replace(PREORDER, qty=0)], NOW, 0),
        ([LISTED, STOCKED, PREORDER], 600, 17),
        ([LISTED, STOCKED, PREORDER], 601, 7),
        ([LISTED, STOCKED, CAPPED], 600, 4),
        ([LISTED, STOCKED, CAPPED], 601, 0),
        ([LISTED, STOCKED, replace(CAPPED, cap=11)], 600, 10),
        ([LISTED, STOCKED, replace(CAPPED, cap=0)], 600, 0),
        ([UNLIMITED], NOW, None),
        ([UNLIMITED, CAPPED], NOW, 4),
        ([replace(LISTED, stock_mode="upstream"), STOCKED], 600, 10),
    ],
)
def test_a_sku_carries_what_is_there_and_declared_to_come_and_never_more_than_its_cap(story, now, expected):
    assert carries(sku(*story), now) == expected


supplies = st.lists(st.from_type(Stocked | Preorder | Capped), max_size=6)
counted = st.from_type(Listed).map(lambda listed: replace(listed, stock_mode="counted"))
skus = st.builds(lambda listed, supply: sku(listed, *supply), counted, supplies)


@given(skus, times)
def test_stock_older_than_its_ttl_counts_as_none_at_all(known, now):
    """I4"""
    fresh = known.stock is not None and now <= known.stock.as_of + known.stock.ttl
    without = carries(replace(known, stock=None), now)

    assert fresh or carries(known, now) == without
    assert carries(known, now) >= without


@given(skus, times, counts)
def test_a_cap_only_ever_lowers_what_a_sku_carries(known, now, cap):
    """I4"""
    uncapped = carries(replace(known, cap=None), now)

    assert carries(replace(known, cap=cap), now) == min(cap, uncapped)


@given(skus, times)
def test_a_sku_that_is_counted_carries_a_number_that_only_time_and_news_make_smaller(known, now):
    """I4: without news, time takes away, and never adds."""
    assert 0 <= carries(known, now + 1) <= carries(known, now)


@given(supplies, times)
def test_where_nothing_is_counted_only_a_cap_limits(supply, now):
    capped = [each.cap for each in supply if isinstance(each, Capped)]

    assert carries(sku(UNLIMITED, *supply), now) == (capped[-1] if capped else None)

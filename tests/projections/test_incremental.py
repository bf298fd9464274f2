"""Whatever is told, views that followed it are the views made anew, and they keep to the laws of parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from mingdan.ledger.keeping.schema import shelves as kept_by_the_guard
from mingdan.projections import views
from mingdan.projections.catch_up import catch_up
from mingdan.projections.census import parse_census, print_census, take_census
from mingdan.projections.views import open_views

from .conftest import END
from .told import OF_A_SKU, OF_AN_ORDER, OF_THE_REST, Telling, order, rows, table_rows

FACTS = [
    *((name, event) for name in ("一", "二", "三") for event in OF_AN_ORDER),
    *((f"sku/{name}", event) for name in ("card-100", "card-50") for event in OF_A_SKU),
    *OF_THE_REST,
]
BASES = st.sampled_from([None, None, None, "observed", "backfill"])
BY = st.sampled_from(["kamao", "agent-east", "brand"])


@st.composite
def histories(draw):
    """Up to forty facts of three orders and what is around them, an order mostly placed and paid first."""
    telling, at = Telling(), 0
    for name, event in draw(st.lists(st.sampled_from(FACTS), max_size=40)):
        at += draw(st.integers(-2, 40))
        late = draw(st.sampled_from([0, 0, 3, 100]))
        if "/" not in name and order(name) not in telling.heads and draw(st.integers(0, 4)):
            telling.paid(name, at)
        telling.tell(name, event, at, by=draw(BY), basis=draw(BASES), late=late)
    return telling


@given(histories(), st.lists(st.integers(1, 60), max_size=5))
def test_followed_in_any_pieces_every_view_has_the_rows_of_one_made_at_once(telling, cuts):
    assert table_rows(telling.views(*cuts)) == table_rows(telling.views())


@given(histories())
def test_stages_have_no_gap_and_sum_to_the_time_from_payment_to_the_end(telling):
    engine = telling.views()
    over = {row.stream: (row.delivered_at, row.ended_at) for row in rows(engine, views.delays)}
    stages: dict[str, list] = {}
    for row in sorted(rows(engine, views.stages)):
        stages.setdefault(row.stream, []).append(row)

    for stream, told in stages.items():
        delivered, ended = over[stream]
        end = ended if delivered is None else delivered
        assert [row.until for row in told[:-1]] == [row.since for row in told[1:]]
        assert told[-1].until == end
        assert end is None or all(row.since <= row.until for row in told)


@given(histories(), st.integers(0, 3_000))
def test_the_parts_of_the_delay_sum_to_the_whole(telling, minute):
    for platform in telling.census(minute).platforms:
        found = platform.conduct.attribution
        for parts in filter(None, (found.stages, found.holders)):  # of few spans neither is told
            assert sum(part.spans.total for part in parts.values()) == found.total
            assert sum(part.share.numerator for part in parts.values()) == found.total
            assert all(part.share.denominator == found.total for part in parts.values())


@given(histories(), st.integers(0, 3_000))
def test_the_figures_of_any_market_are_printed_in_one_way_only(telling, minute):
    census = telling.census(minute)

    assert parse_census(print_census(census)) == census


@given(histories(), st.integers(2_000, 9_000))
def test_what_is_open_when_the_last_day_ends_is_the_backlog(telling, minute):
    for platform in telling.census(minute).platforms:
        assert platform.conduct.flow[-1].open == platform.backlog.count


@given(histories(), st.integers(2_000, 9_000))
def test_whoever_waits_for_goods_stands_in_the_backlog(telling, minute):
    for platform in telling.census(minute).platforms:
        assert platform.survival.outcomes.get("open", 0) <= platform.backlog.count


@pytest.fixture(scope="module")
def followed(market):
    engine = open_views("sqlite://")
    catch_up(market, engine, size=100)
    yield engine
    engine.dispose()


def test_replay_finds_the_shelves_that_the_guard_kept(market, followed):
    with market.engine.begin() as db:
        kept = set(map(tuple, db.execute(select(kept_by_the_guard))))

    assert set(map(tuple, rows(followed, views.shelves))) == kept


def test_a_simulated_market_is_counted_in_all_its_parts(market, followed):
    census = take_census(followed, as_of=END, size=market.max_notification_id(), zone="Asia/Shanghai")

    assert parse_census(print_census(census)) == census
    assert census.platforms
    for platform in census.platforms:
        conduct = platform.conduct
        assert conduct.attribution.total == sum(
            part.spans.total for part in conduct.attribution.stages.values()
        )
        assert conduct.flow[-1].open == platform.backlog.count
        assert sum(each.undelivered for each in conduct.exposure.values()) <= platform.backlog.count


def test_of_an_empty_log_there_are_no_figures():
    census = Telling().census(0)

    assert census.platforms == []
    assert parse_census(print_census(census)) == census

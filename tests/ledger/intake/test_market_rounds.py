"""What the ledger itself records of a simulated market at its rounds, and what that brings to light."""

from collections.abc import Iterator

import pytest

from mingdan.ledger.intake.catalogue import MERCHANTS
from mingdan.ledger.intake.journey import ROUND, next_round
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.policy import DAY
from mingdan.projections import views
from mingdan.projections.catch_up import catch_up
from mingdan.projections.census import Census, take_census
from mingdan.projections.views import open_views

from ...owing import owing
from ...projections.told import rows
from .test_market import END, Market, empty_book, folder, opened

OWED = {
    "care.closed",
    "care.located",
    "care.notified",
    "care.offered",
    "dispute.merged",
    "order.completed",
    "order.expired",
    "party.lapsed",
    "party.reinstated",
    "refund.requested",
    "risk.reviewed",
    "sku.capped",
    "sku.closed",
    "sku.intake_refused",
    "sku.opened",
    "sku.paced",
    "sku.stocked",
}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    yield from opened(tmp_path_factory, 1000)


@pytest.fixture(scope="module")
def engine(market):
    engine = open_views("sqlite://")
    catch_up(market.book.store, engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def census(market, engine) -> Census:
    return take_census(engine, as_of=END, size=len(market.entries), zone="Asia/Shanghai")


def test_the_ledger_tells_each_kind_that_is_its_own(market):
    assert {entry.kind for entry in market.entries if entry.by == "ledger"} == OWED


def test_what_only_time_brings_about_is_told_by_nobody_else(market):
    of_time = [
        entry for entry in market.entries
        if entry.kind in {"order.expired", "party.lapsed", "sku.closed", "sku.opened", "dispute.merged"}
        or getattr(entry.event, "outcome", None) == "timeout"
        or (entry.kind == "order.completed" and entry.event.by == "timeout")
    ]  # fmt: skip

    assert {entry.by for entry in of_time} == {"ledger"}


def test_the_ledger_speaks_at_its_rounds_and_at_the_end(market):
    """But for the refusals of its guard, which are told at once."""
    told = {entry.recorded for entry in market.entries if entry.by == "ledger"} - {
        entry.recorded for entry in market.entries if entry.kind == "sku.intake_refused"
    }

    assert len(told) > 100
    assert {at % ROUND for at in told if at != END} == {0}


def test_what_ends_by_time_is_recorded_in_the_round_after_it(market):
    ends = [entry for entry in market.entries if entry.kind == "order.expired"]

    assert ends
    assert all(entry.recorded == min(next_round(entry.at), END) for entry in ends)


def test_nobody_who_asked_before_the_last_rounds_is_unanswered(engine):
    unanswered = [row for row in rows(engine, views.nudges) if row.located_at is None]

    assert [row for row in unanswered if row.closed_at is None and row.asked_at < END - 2 * ROUND] == []


def test_no_offer_that_is_over_waits_for_its_buyer(engine):
    open_ = [row for row in rows(engine, views.nudges) if row.closed_at is None and row.by_when is not None]

    assert open_
    assert all(row.by_when >= END for row in open_)


def test_orders_are_found_that_stay_longer_than_is_usual_for_their_sku(census):
    assert any(each.conduct.standstill.by_pace for each in census.platforms)


def test_a_merchant_that_oversells_is_found_to_have_taken_orders_past_the_guard(census, engine):
    over = [row for row in rows(engine, views.acceptances) if row.reason != "short"]
    overselling = {each.id for each in MERCHANTS if each.oversells}

    assert overselling <= {row.merchant for row in over}
    assert len(over) == sum(
        each.over_accepted for platform in census.platforms for each in platform.conduct.supply.values()
    )
    assert any(each.refused for platform in census.platforms for each in platform.conduct.supply.values())


def test_what_the_guard_let_in_is_never_found_to_be_too_much(market, engine):
    over = [row for row in rows(engine, views.acceptances) if row.reason != "short"]
    entries = [market.streams[row.stream][row.seq - 1] for row in over]

    assert {entry.kind for entry in entries if entry.basis is None} <= {"order.paid_late"}
    assert any(entry.basis == "observed" for entry in entries)


def test_a_tier_that_hears_late_of_an_exception_took_orders_blindly(census):
    blind = [tier for case in census.market.exceptions for tier in case.tiers if tier.orders]

    assert blind
    assert all(tier.window > 0 for tier in blind)


def test_without_rounds_the_market_breaks_no_rule_and_the_ledger_only_refuses(tmp_path):
    book = empty_book(tmp_path)

    simulate(book, 60, 1, end=END)

    entries = [row for rows in book.store.scan(0) for row in rows]
    assert {row.kind for row in entries if b'"by":"ledger"' in row.entry} <= {"sku.intake_refused"}
    book.store.close()
    book.vault.close()


def test_an_intake_that_an_older_market_left_closed_is_opened_for_the_next(tmp_path):
    book = empty_book(folder(tmp_path, "twice"))
    sweep = owing(book)
    simulate(book, 60, 1, end=END - 40 * DAY, sweep=sweep)
    simulate(book, 60, 2, end=END, sweep=sweep)
    orders = [row for rows in book.store.scan(0) for row in rows if row.kind == "sku.opened"]

    assert orders
    book.store.close()
    book.vault.close()

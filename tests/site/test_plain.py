"""What `mingdan stats` prints."""

from __future__ import annotations

import pytest

from mingdan.ledger.policy import DAY, MINUTE
from mingdan.projections.stats import statistics
from mingdan.site import plain

from ..projections.told import NOON, Telling


@pytest.fixture
def telling():
    """Ten orders, six of them delivered in ten minutes and four never; due after a day."""
    told = Telling()
    for number in range(6):
        told.bought(f"quick {number}", 0, 10)
    for number in range(4):
        told.paid(f"never {number}", 0)
    return told


def printed(telling, as_of):
    return plain.statistics(statistics(telling.views(), as_of=as_of, zone="UTC")).splitlines()


def test_the_undelivered_count_in_the_rate_and_in_the_wait(telling):
    lines = printed(telling, NOON + 2 * DAY)

    assert "  on time 6 of 10 due = 0.6000, 95 % interval 0.3127 to 0.8318" in lines
    assert "  waited: n 10, delivered 6, open 4, watched for at most 172,800 s" in lines
    assert "  delivered: p50 600 s, p90 not reached, p99 not reached" in lines
    assert any(
        line.startswith("  delivered within: 1min 0.0000, 3min 0.0000, 10min 0.6000") for line in lines
    )


def test_before_anything_is_due_there_is_no_interval(telling):
    assert "  on time 0 of 0 due" in printed(telling, NOON + 5 * MINUTE)


def test_of_no_orders_no_wait_is_printed():
    assert not any("waited" in line or "delivered within" in line for line in printed(Telling(), NOON))

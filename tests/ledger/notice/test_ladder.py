"""When a notice is sent again, and when its endpoint is given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.notice.ladder import LADDER, LONGEST, Again, Answer, after

from .receiver import NOON

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


def nothing(_most: int) -> int:
    return 0


def test_the_steps_are_those_that_the_standard_recommends():
    assert LADDER == (
        0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR
    )  # fmt: skip


def test_ten_attempts_are_made_and_then_the_endpoint_is_given_up():
    failed = [after(Answer("status 500", 500), attempts, NOON, nothing) for attempts in range(1, 11)]

    assert failed == [*(Again(NOON + wait) for wait in LADDER[1:]), "unanswered"]


@given(st.integers(1, 9), st.integers(0, 10**12))
def test_jitter_comes_later_by_a_tenth_at_most_and_never_sooner(attempts, drawn):
    again = after(Answer("no answer in time"), attempts, NOON, lambda most: drawn % most)

    assert NOON + LADDER[attempts] <= again.due <= NOON + LADDER[attempts] * 11 // 10


def test_an_endpoint_that_says_it_is_gone_is_given_up_at_once():
    assert after(Answer("status 410", 410), 1, NOON, nothing) == "gone"


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("120", 120 * SECOND),
        ("Sun, 01 Nov 2026 00:01:00 GMT", MINUTE),
        ("2", 5 * SECOND),  # not sooner than the ladder has it
        ("999999999", LONGEST),
        ("soon", 5 * SECOND),
        ("-5", 5 * SECOND),
        ("Sun, 01 Nov 2020 00:01:00 GMT", 5 * SECOND),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_for_time_is_given_it_a_day_at_most(status, asked, wait):
    assert after(Answer("busy", status, asked), 1, NOON, nothing) == Again(NOON + wait)


def test_nobody_else_puts_us_off():
    assert after(Answer("status 500", 500, "3600"), 1, NOON, nothing) == Again(NOON + 5 * SECOND)

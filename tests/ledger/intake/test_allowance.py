from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.intake.allowance import Allowance

MINUTE = 60_000
instants = st.integers(0, 10 * MINUTE)


def test_a_burst_is_granted_and_the_next_after_a_span():
    allowed = Allowance(burst=3, every=MINUTE)

    assert [allowed.take("a", 0) for _ in range(5)] == [0, 0, 0, MINUTE, MINUTE]
    assert allowed.take("a", MINUTE - 1) == 1
    assert allowed.take("a", MINUTE) == 0
    assert allowed.take("a", MINUTE) == MINUTE


def test_nobody_waits_for_another():
    allowed = Allowance(burst=1, every=MINUTE)

    assert [allowed.take(name, 0) for name in "aba"] == [0, 0, MINUTE]


def test_what_came_to_nothing_is_given_back():
    allowed = Allowance(burst=1, every=MINUTE)
    allowed.take("a", 0)
    allowed.give_back("a")

    assert allowed.take("a", 0) == 0


def test_no_more_names_are_remembered_than_there_is_room_for():
    allowed = Allowance(burst=1, every=MINUTE, most=2)

    assert [allowed.take(name, 0) for name in "abca"] == [0, 0, 0, 0]
    assert allowed.take("c", 0) == MINUTE


def test_a_clock_that_went_back_makes_nobody_wait_longer_than_a_burst():
    allowed = Allowance(burst=2, every=MINUTE)
    allowed.take("a", 1000 * MINUTE)

    assert allowed.take("a", 0) <= MINUTE


@given(st.lists(instants, max_size=40), st.integers(1, 4))
def test_never_are_more_granted_than_a_burst_and_one_a_span(times, burst):
    allowed = Allowance(burst=burst, every=MINUTE)
    granted = [at for at in sorted(times) if allowed.take("a", at) == 0]

    for start in granted:
        within = [at for at in granted if start <= at < start + MINUTE]
        assert len(within) <= burst + 1


@given(st.lists(instants, max_size=40), st.integers(1, 4))
def test_whoever_waits_as_long_as_was_said_is_granted(times, burst):
    allowed = Allowance(burst=burst, every=MINUTE)
    for at in sorted(times):
        wait = allowed.take("a", at)

    if times:
        assert allowed.take("a", max(times) + wait + (0 if wait else MINUTE)) == 0

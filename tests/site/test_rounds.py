"""What is done beside a server: again and again, and after a round that failed all the same."""

from __future__ import annotations

import signal
from threading import Event, get_ident

import pytest

from mingdan.ledger.errors import Broken, StoreConflict
from mingdan.site.rounds import LONGEST, Rounds, pause, repeat, until_told
from mingdan.site.terminal import errors

PATIENCE = 60  # seconds until a test gives up on another thread
LOCKED = StoreConflict("another writer holds the ledger", next_step="wait for it", views=7)
FULL = OSError(28, "No space left on device", "views.db")


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (LOCKED, "another writer holds the ledger (views=7); next: wait for it"),
        (StoreConflict("closed"), "closed"),
        (FULL, "No space left on device (views.db)"),
        (StoreConflict("held", by="\x1b[2J"), "held (by=\\x1b[2J)"),
    ],
)
def test_a_round_that_fails_is_said_with_what_to_do_and_the_next_one_is_tried(failure, said):
    heard, again, rounds = [], Event(), [failure]

    def work():
        if rounds:
            raise rounds.pop()
        again.set()

    with Rounds(work, 0, heard.append):
        assert again.wait(PATIENCE)

    assert heard == [said]


def test_what_is_under_way_is_finished_before_the_server_ends():
    begun, finished = Event(), []

    def work():
        begun.set()
        finished.append(True)

    with Rounds(work, 3600, print):
        assert begun.wait(PATIENCE)

    assert finished == [True]


@pytest.mark.parametrize(
    ("seconds", "failed", "expected"),
    [(5, 0, 5), (5, 1, 10), (5, 3, 40), (5, 9, LONGEST), (5, 10**9, LONGEST), (600, 4, 600), (0, 7, 0)],
)
def test_rounds_that_fail_come_ever_later_but_never_later_than_so(seconds, failed, expected):
    assert pause(seconds, failed) == expected


def test_a_round_that_succeeds_ends_the_waiting():
    outcomes, waits = iter([LOCKED, LOCKED, None, LOCKED, None]), []

    def work():
        if outcome := next(outcomes):
            raise outcome

    def over(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 5

    repeat(work, 1, lambda _: None, over)

    assert waits == [2, 4, 1, 2, 1]


def test_what_is_fatal_ends_the_rounds():
    def work():
        raise Broken("the published tiles do not lead to the published checkpoint")

    with pytest.raises(Broken):
        repeat(work, 0, print, lambda _: False, fatal=(Broken,))


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_rounds_only_once_the_one_under_way_is_finished(ending):
    begun, finished = [], []

    def work():
        begun.append(True)
        signal.pthread_kill(get_ident(), ending)
        finished.append(True)

    with until_told() as over:
        repeat(work, 3600, print, over)

    assert (len(begun), len(finished)) == (1, 1)


def test_what_a_round_says_is_no_markup():
    with errors.capture() as said:
        errors.print("closed (by=[/red])")

    assert said.get() == "closed (by=[/red])\n"

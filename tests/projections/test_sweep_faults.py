"""A sweep that is killed, raced or moved to another database leaves what an undisturbed one leaves."""

from __future__ import annotations

from itertools import count
from shutil import copytree

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.keeping.book import STEPS

from .till import EVENING, till_at


class Crash(BaseException):
    """The process ends here."""


def beside(folder):
    """Where SQLite's stores lie in a folder."""
    return lambda store: f"sqlite:///{folder / store}.db"


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The folder of a shop by evening, unswept."""
    folder = tmp_path_factory.mktemp("day") / "shop"
    folder.mkdir()
    with till_at(beside(folder)) as till:
        till.open()
    return folder


@pytest.fixture(scope="module")
def undisturbed(day, tmp_path_factory):
    """What a sweep leaves where nothing happens."""
    folder = copytree(day, tmp_path_factory.mktemp("undisturbed") / "shop")
    with till_at(beside(folder)) as till:
        till.sweep().run()
        return till.entries()


@pytest.fixture
def till(day, tmp_path):
    with till_at(beside(copytree(day, tmp_path / "shop"))) as opened:
        yield opened


def crash(step, number):
    """Dies at a step of the transaction of that number."""
    passed = count()

    def reached(name):
        if name == step and next(passed) == number:
            raise Crash

    return reached


def test_by_evening_much_is_owed(till):
    swept = till.sweep().run()

    assert swept.refused == 0
    assert swept.recorded == {
        "care.located": 2,
        "care.notified": 7,
        "care.offered": 3,
        "dispute.merged": 1,
        "order.expired": 1,
        "party.lapsed": 1,
        "recipient.checked": 1,
        "refund.requested": 1,
        "risk.held": 2,
        "risk.reviewed": 1,
        "sku.closed": 1,
    }


@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_the_next_sweep_leaves_what_an_undisturbed_one_does(day, undisturbed, tmp_path, step):
    for number in count():
        folder = copytree(day, tmp_path / str(number))
        with till_at(beside(folder)) as killed:
            try:
                killed.sweep(reached=crash(step, number)).run()
            except Crash:
                survived = False
            else:
                survived = True
        with till_at(beside(folder)) as following:
            following.sweep().run()
            assert following.entries() == undisturbed, number
        if survived:
            break

    assert number > 6


def test_however_many_go_together_each_stream_is_recorded_at_once(day, undisturbed, tmp_path):
    for together in (1, 3, 200):
        commits = count()

        def counted(step, commits=commits):
            if step == "append-committed":
                next(commits)

        with till_at(beside(copytree(day, tmp_path / str(together)))) as till:
            till.sweep(reached=counted, together=together).run()
            assert till.entries() == undisturbed
        assert next(commits) >= (3 if together == 200 else 8)


# others at work ------------------------------------------------------------------------------------------
def test_what_follows_from_an_older_state_is_not_recorded_behind_a_newer_one(till):
    """The other sweep saw a word that this one did not: both would answer, each under its own key."""
    late = till.sweep()
    owed = late.owed()
    till.tell(till.stream("asked"), e.Noted(label="asked by telephone too"), now=EVENING)
    till.sweep().run()
    before = till.entries()

    late.record(owed)

    assert till.kinds("asked").count("care.located") == 1
    assert till.entries() == before


def test_the_next_round_answers_what_this_one_found_changed(till):
    sweep = till.sweep()
    owed = sweep.owed()
    till.tell(till.stream("asked"), e.Noted(label="asked by telephone too"), now=EVENING)
    sweep.record(owed)
    torn = till.kinds("asked")
    sweep.run()

    assert torn[-1] == "order.noted"
    assert till.kinds("asked")[-2:] == ["care.located", "care.offered"]


def test_an_order_that_a_person_released_meanwhile_is_not_refunded(till):
    sweep = till.sweep()
    owed = sweep.owed()
    till.tell(till.stream("held"), e.RiskReviewed(decision="release", reason="known buyer"), now=EVENING)
    sweep.record(owed)
    sweep.run()

    assert till.kinds("held").count("risk.reviewed") == 1
    assert "refund.requested" not in till.kinds("held")


def test_a_hold_of_the_platforms_own_is_not_told_of_in_its_place(till):
    held = e.RiskHeld(on_timeout="release", review_by=EVENING + 1, rule="amount", track="auto")
    stream = till.order("theirs", e.Paid(), held, now=EVENING)
    till.sweep().run()

    assert not any(
        b'"template":"risk.' in entry for _, kind, entry in till.entries()[stream] if kind == "care.notified"
    )
    assert any(b'"template":"risk.amount"' in entry for _, _, entry in till.entries()[till.stream("large")])


# the other database --------------------------------------------------------------------------------------
def test_on_postgresql_a_sweep_records_what_it_records_on_sqlite(undisturbed, postgres_url):
    with till_at(lambda _store: postgres_url) as till:
        till.open()
        told = till.sweep().run()
        again = till.sweep().run()

        assert till.entries() == undisturbed
    assert (told.refused, again.recorded) == (0, {})


def test_on_postgresql_two_sweeps_at_once_record_a_duty_once(undisturbed, postgres_url):
    with till_at(lambda _store: postgres_url) as till, till_at(lambda _store: postgres_url) as other:
        till.open()
        late = other.sweep()
        owed = late.owed()
        till.sweep().run()
        late.record(owed)

        assert till.entries() == undisturbed

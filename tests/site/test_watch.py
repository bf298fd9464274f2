"""When a watch publishes: soon after a burst, when time changes pages, and again after it failed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.workspace import create_workspace, open_workspace
from mingdan.site.publish import publish
from mingdan.site.watch import PATIENCE, Awaited, Look, Watch, looked, reason

NOW = 1_793_491_200_000
HOUR = 3_600_000
FACTS = Path(__file__).parents[2] / "docs/first-order.jsonl"
MINGDAN = Path(sys.executable).with_name("mingdan")

QUIET = Look(now=NOW, head=100, published=100, settings="as ever")
SETTLED = Awaited(settled=True, head=100, settings="as ever", turn=NOW + HOUR)


def test_where_nothing_is_new_nothing_is_published():
    assert reason(QUIET, SETTLED) is None


def test_the_first_look_publishes():
    assert reason(QUIET, Awaited()) == "start"


def test_entries_are_published_once_no_more_came_for_a_look():
    look = replace(QUIET, head=107)

    assert reason(look, SETTLED) is None
    assert reason(look, looked(SETTLED, look)) == "entries"


def test_a_burst_is_waited_for_but_not_for_ever():
    before, came = SETTLED, list[str | None]()
    for second in range(70):
        look = replace(QUIET, now=NOW + second * 1000, head=101 + second)
        came.append(reason(look, before))
        before = looked(before, look)

    assert came.index("entries") == PATIENCE // 1000


def test_what_was_published_ends_the_waiting():
    waiting = looked(SETTLED, replace(QUIET, head=107))

    assert looked(waiting, replace(QUIET, head=107, published=107)).since is None


@given(st.lists(st.integers(0, 3), min_size=1, max_size=50), st.integers(1, 30_000))
def test_no_entry_waits_longer_than_a_look_beyond_the_patience(growth, every):
    before, waited = SETTLED, 0
    for step, more in enumerate([1, *growth]):
        look = replace(QUIET, now=NOW + step * every, head=before.head + more)
        if reason(look, before):
            break
        waited, before = step * every, looked(before, look)

    assert waited < PATIENCE


def test_a_time_that_changes_pages_is_not_waited_beyond():
    assert reason(replace(QUIET, now=NOW + HOUR), SETTLED) is None
    assert reason(replace(QUIET, now=NOW + HOUR + 1), SETTLED) == "time"


def test_changed_settings_are_published_at_once():
    assert reason(replace(QUIET, settings="another title"), SETTLED) == "settings"


def test_missing_witnesses_are_asked_again():
    asking = replace(SETTLED, ask=NOW)

    assert reason(QUIET, asking) is None
    assert reason(replace(QUIET, now=NOW + 1), asking) == "witnesses"


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("market") / "w"
    workspace = create_workspace(folder, origin="watched.example/log")
    simulate(workspace.book(), 12, 7, end=NOW)
    workspace.close()
    return folder


@pytest.fixture
def folder(market, tmp_path) -> Path:
    shutil.copytree(market, tmp_path / "w")
    return tmp_path / "w"


class Hand:
    """A clock that is set, and a publisher that can be kept from finishing."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.hindered = False
        self.published: list[str] = []
        self.watch = Watch(folder, self.publish, lambda: self.now)

    def publish(self, workspace, why):
        if self.hindered:
            raise Unavailable("the bucket did not take or give a file")
        done = publish(workspace, clock=lambda: self.now, refresh=why == "time")
        self.published.append(why)
        return done


def test_a_watch_is_quiet_until_the_very_instant_that_changes_a_page(folder):
    hand = Hand(folder)
    hand.watch.look()
    turn = hand.watch.before.turn

    hand.now = turn
    hand.watch.look()
    assert hand.published == ["start"]

    hand.now = turn + 1
    hand.watch.look()
    assert hand.published == ["start", "time"]
    assert hand.watch.before.turn > turn


def test_a_site_is_refreshed_before_half_its_freshness_is_over(folder):
    hand = Hand(folder)
    hand.watch.look()
    fresh_within = open_workspace(folder).settings.fresh_within * 1000

    assert hand.watch.before.turn <= NOW + fresh_within // 2


def test_what_failed_is_done_by_the_next_look(folder):
    hand = Hand(folder)
    hand.hindered = True
    with pytest.raises(Unavailable):
        hand.watch.look()

    hand.hindered = False
    hand.watch.look()
    hand.watch.look()

    assert hand.published == ["start"]


@contextmanager
def watching(folder: Path, *options: str):
    """`mingdan publish --watch`, ended by its process id where the test did not."""
    command = [MINGDAN, "-C", folder, "publish", "--watch", "--every", "0.1", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_each_publication_is_one_line_and_a_signal_ends_the_watch_in_order(folder, ending):
    with watching(folder, "--json") as process:
        first = json.loads(process.stdout.readline())
        subprocess.run([MINGDAN, "-C", folder, "record", FACTS], check=True, stdout=subprocess.DEVNULL)
        second = json.loads(process.stdout.readline())
        os.kill(process.pid, ending)
        rest, told = process.communicate(timeout=60)

    assert (first["why"], second["why"]) == ("start", "entries")
    assert second["size"] > first["size"]
    assert (process.returncode, rest, told) == (0, "", "")


@pytest.mark.slow
def test_another_publisher_at_work_is_told_and_waited_for(folder):
    staging = open_workspace(folder).staging()
    with watching(folder) as process:
        with staging.locked():
            told = process.stderr.readline()
        line = process.stdout.readline()
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)

    assert told.startswith("another publisher is at work here")
    assert " start: checkpoint " in line
    assert process.returncode == 0


@pytest.mark.slow
def test_a_site_that_was_altered_ends_the_watch(folder):
    publish(open_workspace(folder))
    (folder / "site/log/checkpoint").write_text("nobody's checkpoint\n")

    with watching(folder) as process:
        _, told = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "not one that this log signed" in told

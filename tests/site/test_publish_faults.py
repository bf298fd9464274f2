"""Death and disk trouble at every step of publishing: the next run ends where an undisturbed one does."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.workspace import create_workspace, open_workspace
from mingdan.ledger.verify import verify_log
from mingdan.site.publish import STEPS, publish

from ..command import PYTHON

END = 1_793_491_200_000
LATER = END + 3 * 86_400_000
PUBLISHER = Path(__file__).with_name("publisher.py")

pytestmark = pytest.mark.slow


def run(folder: Path, clock: int, *fault: str) -> int:
    return subprocess.run(
        [PYTHON, PUBLISHER, folder, str(clock), *fault], check=False, timeout=120
    ).returncode


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def entries(folder: Path) -> list[bytes]:
    store = open_workspace(folder).store
    return [row.entry for rows in store.scan(0) for row in rows]


def close(folder: Path) -> None:
    workspace = open_workspace(folder)
    for engine in (workspace.store.engine, workspace.vault.engine):
        engine.dispose()


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    """A workspace with a market that was never published."""
    folder = tmp_path_factory.mktemp("first")
    workspace = create_workspace(folder / "w", origin="faults.example/log")
    simulate(workspace.book(), 30, 7, end=END)
    workspace.store.close()
    workspace.vault.close()
    return folder / "w"


@pytest.fixture(scope="module")
def second(first: Path, tmp_path_factory) -> Path:
    """The same one, published, with a second market since."""
    folder = tmp_path_factory.mktemp("second") / "w"
    shutil.copytree(first, folder)
    workspace = open_workspace(folder)
    publish(workspace, clock=lambda: END)
    simulate(workspace.book(), 20, 8, end=END + 86_400_000 * 40)
    workspace.store.close()
    workspace.vault.close()
    return folder


@pytest.fixture(scope="module")
def undisturbed(first: Path, second: Path, tmp_path_factory) -> dict[str, Path]:
    made = {}
    for name, source in (("first", first), ("second", second)):
        made[name] = tmp_path_factory.mktemp("undisturbed") / name
        shutil.copytree(source, made[name])
        assert run(made[name], CLOCKS[name]) == 0
    return made


MOVED_AHEAD = ("statistics.json",)  # told by the epoch to come; the checkpoint follows at once

CLOCKS = {"first": END + 1, "second": END + 86_400_000 * 41}

# Steps that come many times are also died at in their midst. The first publication outgrows no partial tile.
FAULTS = [
    (which, step, nth)
    for which in CLOCKS
    for step in STEPS
    for nth in ((1, 2, 17) if step == "file-moved" else (1,))
    if (which, step) != ("first", "file-deleted")
]


@pytest.mark.parametrize(("which", "step", "nth"), FAULTS)
def test_a_run_after_death_at_any_step_ends_in_the_same_bytes(
    which, step, nth, first, second, undisturbed, tmp_path
):
    folder = tmp_path / "w"
    shutil.copytree({"first": first, "second": second}[which], folder)

    died = run(folder, CLOCKS[which], step, str(nth))
    finished = run(folder, CLOCKS[which])

    assert died == -signal.SIGKILL
    assert finished == 0
    assert entries(folder) == entries(undisturbed[which])
    assert files(folder / "site") == files(undisturbed[which] / "site")
    assert not (folder / "staging").exists()
    close(folder)


def test_death_at_any_step_leaves_a_site_that_verifies(second, tmp_path):
    key = open_workspace(second).signer().key
    for step in STEPS:
        folder = tmp_path / step
        shutil.copytree(second, folder)
        run(folder, CLOCKS["second"], step)

        found = files(folder / "site" / "log")
        before = files(second / "site" / "log")

        kept = {path: content for path, content in before.items() if path not in MOVED_AHEAD}
        assert found["checkpoint"] != before["checkpoint"] or kept.items() <= found.items()
        if found["checkpoint"] == before["checkpoint"]:
            for path in found.keys() - before.keys():
                (folder / "site" / "log" / path).unlink()  # tiles of the size to come, not linked to yet
                with suppress(OSError):  # where it is not the last in its folder
                    (folder / "site" / "log" / path).parent.rmdir()
            for path in MOVED_AHEAD:
                (folder / "site" / "log" / path).write_bytes(before[path])
        else:
            assert run(folder, CLOCKS["second"]) == 0
        verify_log(folder / "site" / "log", key)


FULL = """
set -e
mount -t tmpfs -o size=24m tmpfs "$1"
cp -r "$2" "$1/w"
free=$(df --output=avail -k "$1" | tail -n 1)
head -c $(( (free - $5) * 1024 )) /dev/zero > "$1/ballast"
status=0
"$3" "$4" "$1/w" "$6" || status=$?
rm "$1/ballast"
rm -rf "$1/w/staging" "$1/w/views.db"*
mkdir "$7"
cp -r "$1/w/site" "$7/site"
exit $status
"""


@pytest.mark.parametrize("room", [0, 64, 128, 200, 300, 500, 800])
def test_a_full_disk_leaves_the_published_site_whole(second, undisturbed, room, tmp_path):
    mount = tmp_path / "full"
    mount.mkdir()
    script = ["sh", "-c", FULL, "sh", mount, second, sys.executable, PUBLISHER, str(room),
              str(CLOCKS["second"]), tmp_path / "after"]  # fmt: skip
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", *script],
        check=False,
        capture_output=True,
        text=True,
    )

    left = files(tmp_path / "after" / "site")
    whole = [files(second / "site"), files(undisturbed["second"] / "site")]

    assert (tmp_path / "after").exists(), f"needs unshare and tmpfs: {done.stderr}"
    assert left == whole[done.returncode == 0]
    assert done.returncode == 0 or "Unavailable" in done.stderr, done.stderr

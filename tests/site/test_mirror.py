"""The published folder in a bucket of a real S3-compatible server: the same files, and one publisher."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import obstore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import StoreConflict, Unavailable
from mingdan.ledger.intake.statement import claims_of, read_statements, record
from mingdan.ledger.keeping.workspace import create_workspace, open_workspace
from mingdan.site.hosting import is_immutable
from mingdan.site.mirror import mirror, plan_of
from mingdan.site.publish import publish

from .s3 import BUCKET, S3, SECRET, Asked, storing

END = 1_793_491_200_000
LATER = END + 2 * 86_400_000
ROOT = Path(__file__).parents[2]
MINGDAN = Path(sys.executable).with_name("mingdan")

pytestmark = pytest.mark.slow


@pytest.fixture
def s3():
    with storing() as store:
        yield store


def told(folder: Path, order: str, now: int) -> None:
    """One more order, told as in the first steps, and published."""
    lines = (ROOT / "docs/first-order.jsonl").read_bytes().replace(b"-7", order.encode()).splitlines()
    workspace = open_workspace(folder)
    record(workspace.book(clock=lambda: now), claims_of(read_statements(lines), workspace.vault))
    publish(workspace, clock=lambda: now + 1)
    workspace.close()


def opened(folder: Path, origin: str) -> Path:
    create_workspace(folder, origin=origin).close()
    settings = folder / "mingdan.toml"
    settings.write_text(settings.read_text().replace("\n\n", '\nlanguages = ["en"]\n\n', 1))
    return folder


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    """A workspace with an order, published once."""
    folder = opened(tmp_path_factory.mktemp("first") / "w", "mirror.example/log")
    told(folder, "-7", END)
    return folder


@pytest.fixture(scope="module")
def second(first: Path, tmp_path_factory) -> Path:
    """The same one an order later, published again."""
    folder = copied(first, tmp_path_factory.mktemp("second") / "w")
    told(folder, "-8", LATER)
    return folder


def copied(source: Path, folder: Path) -> Path:
    shutil.copytree(source, folder)
    return folder


def grown(folder: Path, second: Path) -> None:
    """Lets the workspace go on to where the second is; what it knows of buckets stays."""
    shutil.copytree(second, folder, dirs_exist_ok=True)
    for path in set(files(folder)) - set(files(second)):
        (folder / "site" / path).unlink()


def mirrored(folder: Path, s3: S3, prefix: str = ""):
    workspace = open_workspace(folder)
    try:
        return mirror(workspace, s3.bucket(prefix))
    finally:
        workspace.close()


def files(folder: Path) -> dict[str, bytes]:
    site = folder / "site"
    return {
        path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()
    }


def kind_of(path: str) -> int:
    return 0 if is_immutable("/" + path) else 2 if path.startswith("log/") else 1


@pytest.mark.parametrize("prefix", ["", "sites/a"])
def test_the_bucket_holds_the_folder_byte_for_byte(first, s3, prefix, tmp_path):
    folder = copied(first, tmp_path / "w")

    done = mirrored(folder, s3, prefix)

    assert s3.files(prefix) == files(folder)
    assert done.uploaded == len(files(folder))
    assert all(path.startswith(prefix) for path in s3.files())


def test_a_second_run_over_the_same_folder_writes_nothing(first, s3, tmp_path):
    folder = copied(first, tmp_path / "w")
    mirrored(folder, s3)
    s3.forget()

    done = mirrored(folder, s3)

    assert (done.uploaded, done.removed, s3.writes) == (0, 0, [])


def test_only_what_differs_is_uploaded_and_what_is_outgrown_goes(first, second, s3, tmp_path):
    folder = copied(first, tmp_path / "w")
    mirrored(folder, s3)
    before, after = files(first), files(second)
    grown(folder, second)
    s3.forget()

    done = mirrored(folder, s3)

    assert s3.files() == after
    assert done.uploaded == sum(before.get(path) != content for path, content in after.items())
    assert done.removed == len(before.keys() - after.keys()) > 0


def test_tiles_go_first_then_pages_then_the_logs_own_figures_and_the_checkpoint_last(first, s3, tmp_path):
    mirrored(copied(first, tmp_path / "w"), s3)

    claim, *paths, last = s3.writes

    assert claim == "log/vkey"
    assert [kind_of(path) for path in paths] == sorted(map(kind_of, paths))
    assert last == "log/checkpoint"


def test_removals_come_after_the_checkpoint(first, second, s3, tmp_path):
    folder = copied(first, tmp_path / "w")
    mirrored(folder, s3)
    grown(folder, second)
    s3.forget()

    mirrored(folder, s3)

    swap = s3.writes.index("log/checkpoint")
    assert [each.method for each in s3.asked if each.nth > swap + 1] == ["POST"]


@pytest.mark.parametrize(
    ("path", "content_type", "caching"),
    [
        ("log/checkpoint", "text/plain; charset=utf-8", "no-cache"),
        ("log/tile/0/000.p/", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("index.html", "text/html; charset=utf-8", "public, max-age=60"),
        ("feed.atom", "application/atom+xml", "public, max-age=60"),
        ("static/page.css", "text/css; charset=utf-8", "public, max-age=60"),
        ("badge/platform/shop/on-time.svg", "image/svg+xml", "public, max-age=300"),
    ],
)
def test_files_carry_the_headers_that_a_web_server_would_give_them(
    first, s3, path, content_type, caching, tmp_path
):
    folder = copied(first, tmp_path / "w")
    mirrored(folder, s3)
    found = next(each for each in sorted(files(folder)) if each.startswith(path))

    headers = httpx.get(obstore.sign(s3.store(), "GET", found, timedelta(minutes=1))).headers

    assert headers["Content-Type"].startswith(content_type)
    assert headers["Cache-Control"] == caching


@pytest.mark.parametrize("torn", [None, b"", b"[", b'["s3://other",[""]]\n', b"\xff\n"])
def test_what_is_known_of_the_bucket_may_be_lost_or_torn(first, second, s3, torn, tmp_path):
    folder = copied(first, tmp_path / "w")
    mirrored(folder, s3)
    (journal,) = (folder / "mirrors").iterdir()
    journal.unlink() if torn is None else journal.write_bytes(torn)
    grown(folder, second)

    mirrored(folder, s3)

    assert s3.files() == files(folder)


def test_files_beside_the_sites_own_are_left_alone_whatever_was_lost(first, s3, tmp_path):
    folder = copied(first, tmp_path / "w")
    mirrored(folder, s3)
    shutil.rmtree(folder / "mirrors")
    obstore.put(s3.store(), "photos/cat.png", b"cat")
    obstore.put(s3.store(), "CNAME", b"orders.example")
    obstore.put(s3.store(), "badge/stray.svg", b"stray")

    mirrored(folder, s3)

    assert s3.files() == files(folder) | {"photos/cat.png": b"cat", "CNAME": b"orders.example"}


def test_a_place_that_holds_something_else_is_not_written_to(first, s3, tmp_path):
    obstore.put(s3.store(), "index.html", b"somebody's home page")
    s3.forget()

    with pytest.raises(StoreConflict, match="something else is stored there"):
        mirrored(copied(first, tmp_path / "w"), s3)

    assert s3.writes == []


def test_a_place_of_another_log_is_not_written_to(first, s3, tmp_path):
    other = opened(tmp_path / "other", "other.example/log")
    told(other, "-7", END)
    mirrored(other, s3)
    s3.forget()

    with pytest.raises(StoreConflict, match="another log's checkpoint"):
        mirrored(copied(first, tmp_path / "w"), s3)

    assert s3.writes == []


def test_another_log_that_was_first_to_claim_an_empty_place_keeps_it(first, s3, tmp_path):
    obstore.put(s3.store(), "log/vkey", b"other.example/log+00000000+AAAA\n")
    s3.forget()

    with pytest.raises(StoreConflict, match="another log is published there"):
        mirrored(copied(first, tmp_path / "w"), s3)

    assert s3.writes == []


def test_a_bucket_that_is_ahead_is_not_taken_back(first, second, s3, tmp_path):
    mirrored(copied(second, tmp_path / "ahead"), s3)
    s3.forget()

    with pytest.raises(StoreConflict, match="ahead of this site"):
        mirrored(copied(first, tmp_path / "behind"), s3)

    assert s3.writes == []


def test_a_ledger_that_was_restored_and_went_another_way_overwrites_nothing(first, second, s3, tmp_path):
    mirrored(copied(second, tmp_path / "w"), s3)
    fork = copied(first, tmp_path / "fork")
    for order in ("-9", "-10"):
        told(fork, order, LATER)
    s3.forget()

    with pytest.raises(StoreConflict, match="not signed from this ledger"):
        mirrored(fork, s3)

    assert s3.writes == []


@pytest.mark.parametrize("there_before", [False, True], ids=["first", "next"])
def test_a_publisher_that_loses_the_race_for_the_checkpoint_says_so_and_overwrites_nothing(
    first, second, s3, there_before, tmp_path
):
    """Another one swaps its checkpoint in just before ours would be."""
    folder = copied(first, tmp_path / "w")
    if there_before:
        mirrored(folder, s3)
    grown(folder, second)
    theirs = (first / "site/log/checkpoint").read_bytes() + b"\xe2\x80\x94 another.example AAAAAAAA\n"
    first_time = iter([True])

    def overtaken(asked: Asked, when: str) -> bool:
        if when == "before" and asked.nth and asked.path == "log/checkpoint" and next(first_time, False):
            obstore.put(s3.store(), "log/checkpoint", theirs)
        return False

    s3.fault = overtaken
    with pytest.raises(StoreConflict, match="another publisher was first") as lost:
        mirrored(folder, s3)

    assert s3.files()["log/checkpoint"] == theirs
    assert lost.value.next_step


@pytest.mark.parametrize("when", ["before", "after"], ids=["lost", "lost but persisted"])
@pytest.mark.parametrize("step", ["claim", "tile", "page", "figures", "checkpoint", "removal"])
def test_a_run_after_a_failure_at_any_step_ends_in_the_same_files(first, second, s3, step, when, tmp_path):
    folder = copied(first, tmp_path / "w")
    if step != "claim":
        mirrored(folder, s3)
        grown(folder, second)
    s3.forget()
    s3.fault = failing_at(step, when)

    with pytest.raises(Unavailable) as failure:
        mirrored(folder, s3)
    between = s3.files()
    s3.forget()
    mirrored(folder, s3)

    assert s3.files() == files(folder)
    assert SECRET not in f"{failure.value}{failure.value.evidence}"
    assert step in {"claim", "checkpoint", "removal"} or between["log/checkpoint"] == checkpoint_of(first)


def failing_at(step: str, when: str):
    belongs = {
        "claim": lambda path: path == "log/vkey",
        "tile": lambda path: is_immutable("/" + path),
        "page": lambda path: path.startswith("o/"),
        "figures": lambda path: path == "log/statistics.json",
        "checkpoint": lambda path: path == "log/checkpoint",
        "removal": lambda path: path == "",
    }[step]

    return lambda asked, now: asked.nth > 0 and now == when and belongs(asked.path)


def checkpoint_of(folder: Path) -> bytes:
    return (folder / "site/log/checkpoint").read_bytes()


def test_an_answer_that_was_lost_on_the_way_is_no_lost_race(first, s3, tmp_path):
    """The checkpoint is there, its answer is not, and who asks again is told that something is there."""
    folder = copied(first, tmp_path / "w")
    first_time = iter([True])

    def fault(asked: Asked, when: str) -> bool:
        return (
            asked.nth > 0 and asked.path == "log/checkpoint" and when == "after" and next(first_time, False)
        )

    s3.fault = fault
    done = subprocess.run(
        [MINGDAN, "-C", folder, "publish", "--to", f"s3://{BUCKET}"],
        check=False, capture_output=True, text=True, env=os.environ | s3.environment(),
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert s3.files() == files(folder)


@pytest.mark.parametrize("nth", [1, 2, 40, -1])
def test_a_run_after_death_in_the_midst_of_uploading_ends_in_the_same_files(first, s3, nth, tmp_path):
    folder = copied(first, tmp_path / "w")
    fatal = nth if nth > 0 else len(files(folder)) + 1  # after the claim: the swap
    command = [MINGDAN, "-C", folder, "publish", "--to", f"s3://{BUCKET}/sites"]
    publisher = subprocess.Popen(command, env=os.environ | s3.environment())

    def fault(asked: Asked, when: str) -> bool:
        if asked.nth == fatal and when == "before":
            os.kill(publisher.pid, signal.SIGKILL)
        return False

    s3.fault = fault
    died = publisher.wait(60)
    s3.forget()
    finished = subprocess.run(command, check=False, env=os.environ | s3.environment()).returncode

    assert died == -signal.SIGKILL
    assert finished == 0
    assert s3.files("sites") == files(folder)


PRINTS = st.dictionaries(
    st.sampled_from(
        ["log/tile/0/000", "log/map/1/1a", "index.html", "o/a.html", "log/vkey", "log/checkpoint"]
    ),
    st.sampled_from(["", "one", "two"]),
)


@given(PRINTS, PRINTS)
def test_a_plan_leads_from_what_is_there_to_what_is_here(there, here):
    plan = plan_of(there, here)

    done = dict(there)
    for path in sum(plan.turns, ()):
        done[path] = here[path]
    for path in plan.outgrown:
        del done[path]
    assert {path: print_ for path, print_ in done.items() if path != "log/checkpoint"} == {
        path: print_ for path, print_ in here.items() if path != "log/checkpoint"
    }

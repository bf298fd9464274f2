"""Every published byte of the log is checked, and no file more or less passes."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.entry import parse
from mingdan.ledger.errors import Broken, Malformed
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.log import LOG
from mingdan.ledger.keeping.workspace import create_workspace
from mingdan.ledger.note import Signer, sign
from mingdan.ledger.tile import entries_of
from mingdan.ledger.tree import EMPTY_ROOT
from mingdan.ledger.verify import verify_log
from mingdan.site.publish import publish

END = 1_793_491_200_000


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A small published log of two epochs and its key; its tests put back what they take."""
    workspace = create_workspace(tmp_path_factory.mktemp("verify") / "w", origin="verify.example/log")
    simulate(workspace.book(), 40, 5, end=END)
    publish(workspace, clock=lambda: END)
    publish(workspace, clock=lambda: END + 60_000, refresh=True)
    yield workspace.site / LOG, workspace.signer().key
    workspace.store.close()
    workspace.vault.close()


def paths(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_published_log_verifies(published):
    folder, key = published

    found = verify_log(folder, key)

    told = Path(folder).parent.parent / "ledger.db"
    with sqlite3.connect(told) as ledger:
        ((streams,),) = ledger.execute("SELECT count(DISTINCT stream) FROM entries")
    assert (found.streams, found.epochs) == (streams, 2)
    assert found.files == len(set(paths(folder)) - outgrown(folder))


def outgrown(folder: Path) -> set[str]:
    """The tiles of the map that only the first epoch needs: they may stay, and may go."""
    entries = entries_of((folder / newest_bundle(folder)).read_bytes())
    epoch = parse(entries[-1]).event
    return {path for path in paths(folder) if path.startswith("map/") and epoch.map not in path}


def newest_bundle(folder: Path) -> str:
    return max(path for path in paths(folder) if path.startswith("tile/entries/"))


def test_a_flipped_byte_at_the_start_middle_and_end_of_every_file_is_noticed_and_named(published):
    folder, key = published
    for path in set(paths(folder)) - {"policy"}:
        whole = (folder / path).read_bytes()
        for place in {0, len(whole) // 2, len(whole) - 1}:
            altered = bytearray(whole)
            altered[place] ^= 1
            (folder / path).write_bytes(altered)
            try:
                with pytest.raises((Broken, Malformed)) as caught:
                    verify_log(folder, key)
            finally:
                (folder / path).write_bytes(whole)

            assert path == caught.value.evidence["file"], (path, caught.value)
            assert caught.value.exit_code == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_any_file_is_noticed(published, data):
    folder, key = published
    path = data.draw(st.sampled_from([path for path in paths(folder) if path != "policy"]))
    whole = (folder / path).read_bytes()
    altered = bytearray(whole)
    altered[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (folder / path).write_bytes(altered)
    try:
        with pytest.raises(Broken) as caught:
            verify_log(folder, key)
    finally:
        (folder / path).write_bytes(whole)

    assert caught.value.evidence["file"] == path


def test_every_missing_and_every_cut_file_is_noticed_and_named(published):
    folder, key = published
    for path in set(paths(folder)) - outgrown(folder):
        whole = (folder / path).read_bytes()
        (folder / path).unlink()
        with pytest.raises(Broken) as missing:
            verify_log(folder, key)
        (folder / path).write_bytes(whole[:-1])
        with pytest.raises(Broken) as cut:
            verify_log(folder, key)
        (folder / path).write_bytes(whole)

        assert missing.value.evidence["file"] == cut.value.evidence["file"] == path

    verify_log(folder, key)


def test_what_only_an_earlier_map_needs_may_be_gone(published, tmp_path):
    folder, key = published
    copy = shutil.copytree(folder, tmp_path / "log")
    for path in outgrown(folder):
        (copy / path).unlink()
        (copy / path).parent.rmdir()

    assert verify_log(copy, key) == verify_log(folder, key)


def test_a_policy_that_does_not_name_the_logs_key_is_noticed(published, tmp_path):
    folder, key = published
    copy = shutil.copytree(folder, tmp_path / "log")
    (copy / "policy").write_bytes(b"quorum none\n")

    with pytest.raises(Broken, match="another log's"):
        verify_log(copy, key)


@pytest.mark.parametrize(
    "path", ["tile/0/999", "tile/0/000.p/9", "map/00/" + 64 * "0", "map/x", "stray", ".x/y"]
)
def test_a_file_that_is_no_part_of_the_log_is_noticed_and_named(published, tmp_path, path):
    folder, key = published
    copy = shutil.copytree(folder, tmp_path / "log")
    (copy / path).parent.mkdir(parents=True, exist_ok=True)
    (copy / path).write_bytes(b"\0" * 82)

    with pytest.raises(Broken, match="no part of this log") as caught:
        verify_log(copy, key)

    assert caught.value.evidence["file"] == path


def test_links_are_noticed_although_they_lead_to_the_same_bytes(published, tmp_path):
    folder, key = published
    copy = shutil.copytree(folder, tmp_path / "log")
    (copy / "link").symlink_to(copy / "vkey")
    (copy / "reducer.txt").unlink()
    (copy / "reducer.txt").symlink_to(folder / "reducer.txt")

    for path in ("reducer.txt", "link"):
        with pytest.raises(Broken) as caught:
            verify_log(copy, key)
        assert caught.value.evidence["file"] == path
        shutil.copy(folder / "reducer.txt", copy / "new")
        (copy / "new").replace(copy / "reducer.txt")


def test_growth_leaves_no_empty_folder_and_a_stray_one_is_noticed(published, tmp_path):
    folder, key = published
    assert all(any(path.iterdir()) for path in folder.rglob("*") if path.is_dir())
    copy = shutil.copytree(folder, tmp_path / "log")
    (copy / "tile/0/stray").mkdir()

    with pytest.raises(Broken) as caught:
        verify_log(copy, key)

    assert caught.value.evidence["file"] == "tile/0/stray/"


def test_where_there_is_no_checkpoint_there_is_no_log(published, tmp_path):
    _, key = published

    with pytest.raises(Broken, match="no checkpoint"):
        verify_log(tmp_path, key)


def test_a_log_of_one_epoch_verifies(tmp_path):
    workspace = create_workspace(tmp_path / "w", origin="verify.example/log")
    publish(workspace, clock=lambda: END)

    found = verify_log(workspace.site / LOG, workspace.signer().key)

    assert (found.size, found.streams, found.epochs) == (1, 1, 1)
    workspace.close()


def test_an_empty_tree_is_no_published_log(tmp_path):
    signer = Signer("verify.example/log", b"\1" * 32)
    (tmp_path / "checkpoint").write_bytes(sign(Checkpoint(signer.name, 0, EMPTY_ROOT).text, [signer]))

    with pytest.raises(Broken, match="ends in an epoch"):
        verify_log(tmp_path, signer.key)


def test_another_key_verifies_nothing(published):
    folder, _ = published
    other = Signer("verify.example/log", b"\1" * 32).key

    with pytest.raises(Broken):
        verify_log(folder, other)


def test_two_files_swapped_are_noticed(published, tmp_path):
    folder, key = published
    copy = tmp_path / "log"
    shutil.copytree(folder, copy)
    entries = [path for path in paths(copy) if "entries" in path]
    first, second = (copy / entries[0]).read_bytes(), (copy / entries[1]).read_bytes()
    (copy / entries[0]).write_bytes(second)
    (copy / entries[1]).write_bytes(first)

    with pytest.raises((Broken, Malformed)):
        verify_log(copy, key)

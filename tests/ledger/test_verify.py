"""Every published byte of the log is checked, and no file more or less passes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mingdan.ledger.errors import Broken, Malformed, MingdanError
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.log import LOG
from mingdan.ledger.keeping.workspace import create_workspace
from mingdan.ledger.note import Signer
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
    workspace.store.engine.dispose()
    workspace.vault.engine.dispose()


def paths(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_published_log_verifies(published):
    folder, key = published

    found = verify_log(folder, key)

    assert (found.streams, found.epochs) == (41, 2)
    assert found.files == len(paths(folder))


def test_a_flipped_byte_at_the_start_middle_and_end_of_every_file_is_noticed_and_named(published):
    folder, key = published
    for path in paths(folder):
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
    path = data.draw(st.sampled_from(paths(folder)))
    whole = (folder / path).read_bytes()
    altered = bytearray(whole)
    altered[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (folder / path).write_bytes(altered)
    try:
        with pytest.raises(MingdanError):
            verify_log(folder, key)
    finally:
        (folder / path).write_bytes(whole)


def test_every_missing_and_every_cut_file_is_noticed(published):
    folder, key = published
    for path in paths(folder):
        whole = (folder / path).read_bytes()
        (folder / path).unlink()
        with pytest.raises(Broken):
            verify_log(folder, key)
        (folder / path).write_bytes(whole[:-1])
        with pytest.raises((Broken, Malformed)):
            verify_log(folder, key)
        (folder / path).write_bytes(whole)

    assert verify_log(folder, key).files == len(paths(folder))


def test_files_that_are_no_part_of_the_log_are_noticed(published):
    folder, key = published
    (folder / "tile" / "0" / "999").write_bytes(b"\0" * 8192)
    try:
        with pytest.raises(Broken, match="no part of this log"):
            verify_log(folder, key)
    finally:
        (folder / "tile" / "0" / "999").unlink()


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

"""The files that describe docks, and what is wrong with them."""

from pathlib import Path

import pytest

from mingdan.ledger.docking.harbour import dock_named, docks_in, read_dock
from mingdan.ledger.errors import MingdanError, Misuse, NotFound, Unavailable

DOCK = """protocol = "kayixin-v3"
platform = "shop"
upstream = "agent-east"
url = "https://upstream.example"
key = "10020"
secret = "east.secret"
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "docking").mkdir()
    secret = tmp_path / "docking" / "east.secret"
    secret.touch(0o600)
    secret.write_text("very secret\n")
    return tmp_path


def refused(folder: Path, text: str) -> MingdanError:
    file = folder / "docking" / "east.toml"
    file.write_text(text)
    with pytest.raises(MingdanError) as caught:
        read_dock(file)
    assert caught.value.next_step
    assert "very secret" not in str(caught.value)
    return caught.value


def test_a_dock_has_its_file_s_name_and_its_secret_from_a_file_apart(folder):
    (folder / "docking" / "east.toml").write_text(DOCK)

    dock = docks_in(folder)["east"]

    assert (dock.name, dock.upstream, dock.account.secret) == ("east", "agent-east", "very secret")
    assert (dock.patience, dock.shows) == (15, False)


def test_a_workspace_without_the_folder_has_no_docks(tmp_path):
    assert docks_in(tmp_path) == {}


def test_a_dock_that_is_not_there_is_named_with_those_that_are(folder):
    (folder / "docking" / "east.toml").write_text(DOCK)

    with pytest.raises(NotFound) as caught:
        dock_named(docks_in(folder), "west")
    assert "east" in caught.value.next_step


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_that_others_may_read_is_refused(folder, mode):
    (folder / "docking" / "east.secret").chmod(mode)

    assert "chmod 600" in refused(folder, DOCK).next_step


@pytest.mark.parametrize("words", ["", "\n", "one\ntwo\n"])
def test_a_secret_is_one_line(folder, words):
    (folder / "docking" / "east.secret").write_text(words)

    assert isinstance(refused(folder, DOCK), Misuse)


def test_a_secret_that_is_not_there_is_named(folder):
    assert isinstance(refused(folder, DOCK.replace("east.secret", "west.secret")), Unavailable)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (DOCK.replace("kayixin-v3", "kayixin"), "kayixin-v3"),
        (DOCK.replace("url =", "uri ="), "uri"),
        (DOCK.replace("https://upstream.example", "https://upstream.example/shop"), "url"),
        (DOCK.replace('"agent-east"', '"shop"'), "two parties"),
        (DOCK.replace('"shop"', '"ledger"'), "ledger"),
        (DOCK + "patience = 0\n", "patience"),
        (DOCK + 'shows = "yes"\n', "shows"),
        (DOCK + "[", "key"),
        (DOCK.replace("kayixin-v3", "fulu") + 'callback = "https://shop.example/back"\n', "callback"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(folder, wrong, named):
    assert named in str(refused(folder, wrong).evidence["reason"])


def test_a_file_is_named_after_its_dock(folder):
    file = folder / "docking" / "East.toml"
    file.write_text(DOCK)

    with pytest.raises(Misuse):
        read_dock(file)

"""docs/link-holder.md, executed: a workspace that takes what its pages send, and one that does not."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import httpx
import pytest

from mingdan.ledger.event import KINDS, PRIVATE
from mingdan.ledger.intake.holder import ACTION_OF, FORMS, Complaint, Freezes
from mingdan.ledger.keeping.settings import read_settings

from .command import MINGDAN
from .test_cli import mingdan

ROOT = Path(__file__).parent.parent
TOLD = (ROOT / "docs" / "link-holder.md").read_text("utf-8")
(INIT,) = [shlex.split(line) for line in re.findall(r"^\$ mingdan -C shop (.+)$", TOLD, re.MULTILINE)]


@pytest.fixture
def shop(tmp_path) -> Path:
    folder = tmp_path / "shop"
    for command in (INIT, ["record", ROOT / "docs" / "first-order.jsonl"], ["publish"]):
        done = mingdan(folder, *command)
        assert done.returncode == 0, done.stderr
    return folder


@contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """The address of `mingdan serve` on a free port, which has nothing more to say until it ends."""
    command = [MINGDAN, "-C", folder, "serve", "--port", "0", "--sweep", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            for line in server.stderr:
                if found := re.search(r"on (http://\S+)/", line):
                    yield found[1]
                    break
        finally:
            server.terminate()
            said = server.stderr.read()
    assert said == ""


def nudge(folder: Path, url: str) -> httpx.Response:
    handle = next((folder / "site").glob("o/*/*.html")).name.partition(".")[0]
    return httpx.post(f"{url}/v1/o/{handle}/nudges", json={"seq": 7})


def last_of(folder: Path) -> str:
    return json.loads(mingdan(folder, "show", "shop-7", "--json").stdout)["entries"][-1]["kind"]


def test_what_a_page_sends_is_recorded_and_the_next_publication_is_found_right(shop):
    with served(shop) as url:
        answer = nudge(shop, url)
        page = httpx.get(f"{url}/")

    assert answer.status_code == 201
    assert "form-action 'none'" in page.headers["content-security-policy"]
    assert last_of(shop) == "care.nudged"
    assert mingdan(shop, "publish").returncode == 0
    assert mingdan(shop, "audit").returncode == 0


def test_without_an_intake_nothing_is_taken(shop):
    before = last_of(shop)
    with served(shop, "--no-intake") as url:
        assert nudge(shop, url).status_code == 405

    settings = shop / "mingdan.toml"
    settings.write_text(settings.read_text("utf-8").replace('intake = "/"\n', ""), "utf-8")
    with served(shop) as url:
        assert nudge(shop, url).status_code == 404
    assert last_of(shop) == before


def test_the_settings_of_the_text_are_those_of_the_workspace(shop):
    settings = read_settings(shop)

    assert (settings.intake, settings.contact) == ("/", "help@orders.example.com")


def test_an_intake_that_is_no_address_makes_no_workspace(tmp_path):
    done = mingdan(tmp_path / "w", "init", "--origin", "orders.example.com/log", "--intake", "//x")

    assert done.returncode == 2
    assert "intake is / or an address" in done.stderr
    assert not (tmp_path / "w").exists()


def test_every_action_and_every_field_is_documented():
    rows = dict(re.findall(r"^\| `(\w+)` \| `([\w.]+)` \|", TOLD, re.MULTILINE))

    assert rows == {action: kind for kind, action in ACTION_OF.items()}
    assert rows.keys() == FORMS.keys()
    for kind in rows.values():
        for name in PRIVATE.get(KINDS[kind], ()):
            assert f"`{name}`°" in TOLD
    for word in (*get_args(Complaint), *get_args(Freezes)):
        assert word in TOLD

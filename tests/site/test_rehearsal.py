"""The server of those who work on the site: pages reload themselves, and nothing of it is ever published."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.workspace import create_workspace
from mingdan.site.publish import publish
from mingdan.site.rehearsal import Rehearsal, Stage, permitting, rehearsed, rehearsing, stamp

from .serving import serving_app

END = 1_793_491_200_000
FACTS = Path(__file__).parents[2] / "docs/first-order.jsonl"
MINGDAN = Path(sys.executable).with_name("mingdan")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("rehearsal") / "w"
    workspace = create_workspace(folder, origin="rehearsal.example/log")
    simulate(workspace.book(), 3, 7, end=END)
    publish(workspace, clock=lambda: END + 1)
    workspace.close()
    return folder


@pytest.fixture
def stage(tmp_path) -> Stage:
    return Stage(tmp_path, lambda: False, lambda: None, 7)


def test_every_page_gets_the_script_and_the_permission_to_run_it(folder):
    for path in (folder / "site").rglob("*.html"):
        page = rehearsed(path.read_bytes()).decode()

        assert page.count('<script src="/-/reload.js"></script>') == 1
        for policy in re.findall(r'Content-Security-Policy" content="([^"]*)"', page):
            directives = dict(each.strip().partition(" ")[::2] for each in policy.split(";"))
            assert "'self'" in directives["script-src"].split()
            assert "'self'" in directives["connect-src"].split()


def test_nothing_of_it_is_in_the_published_bytes(folder):
    published = b"".join(path.read_bytes() for path in (folder / "site").rglob("*") if path.is_file())

    assert b"/-/" not in published
    assert b"reload.js" not in published


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("default-src 'none'", "default-src 'none'; script-src 'self'; connect-src 'self'"),
        (
            "script-src 'sha256-AAAA'; img-src data:",
            "script-src 'sha256-AAAA' 'self'; img-src data:; connect-src 'self'",
        ),
        ("script-src 'self'; connect-src 'self'", "script-src 'self'; connect-src 'self'"),
    ],
)
def test_a_policy_permits_ones_own_scripts_beside_what_it_permits_already(policy, expected):
    assert permitting(policy) == expected


def test_browsers_keep_nothing_and_files_other_than_pages_are_as_published(folder, stage):
    with serving_app(rehearsing(Rehearsal(folder / "site"), stage)) as url:
        page, style = httpx.get(f"{url}/"), httpx.get(f"{url}/static/page.css")

    assert page.headers["Cache-Control"] == style.headers["Cache-Control"] == "no-cache"
    assert page.text.encode() == rehearsed((folder / "site/index.html").read_bytes())
    assert style.content == (folder / "site/static/page.css").read_bytes()


def test_browsers_are_told_of_a_new_edition(folder, stage):
    with serving_app(rehearsing(Rehearsal(folder / "site"), stage)) as url:
        before = httpx.get(f"{url}/-/edition").text
        (stage.watched[1]).write_text("title = 'another'")
        stage.look()
        after = httpx.get(f"{url}/-/edition").text
        script = httpx.get(f"{url}/-/reload.js")

    assert (before, after) == ("7", "8")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert "/-/edition" in script.text


@pytest.mark.slow
def test_a_page_in_a_browser_reloads_itself_when_there_is_a_new_edition(chromium: Browser, folder, stage):
    orders = sorted((folder / "site/o").rglob("*.html"))
    with serving_app(rehearsing(Rehearsal(folder / "site"), stage)) as url, chromium.new_context() as context:
        page = context.new_page()
        for path in ("index.html", orders[0].relative_to(folder / "site").as_posix(), "verify.html"):
            with page.expect_response(f"{url}/-/edition"):
                page.goto(f"{url}/{path}")
            page.evaluate("window.old = true")
            with page.expect_event("load"):
                stage.edition += 1
            assert page.evaluate("window.old") is None


def test_it_is_published_again_when_a_source_changed_or_entries_wait(tmp_path):
    waiting, published = [], []
    stage = Stage(tmp_path, lambda: bool(waiting), lambda: published.append(len(published)), 0)

    stage.look()
    assert published == []

    waiting.append("an entry")
    stage.look()
    waiting.clear()
    (tmp_path / "trust.policy").write_text("log …")
    stage.look()
    stage.look()

    assert published == [0, 1]


def test_what_fails_to_publish_is_no_new_edition_and_waits_for_the_next_change(tmp_path):
    attempts = []

    def publish_badly() -> None:
        attempts.append(True)
        raise OSError(28, "No space left on device")

    stage = Stage(tmp_path, lambda: False, publish_badly, 0)
    (tmp_path / "mingdan.toml").write_text("[")
    with pytest.raises(OSError, match="No space"):
        stage.look()
    stage.look()

    assert (len(attempts), stage.edition) == (1, 0)


def test_a_stamp_sees_files_come_change_and_go(tmp_path):
    stamps = [stamp([tmp_path])]
    file = tmp_path / "deep" / "page.html"
    file.parent.mkdir()
    for content in ("one", "three"):
        file.write_text(content)
        stamps.append(stamp([tmp_path]))
    file.unlink()

    assert len(set(stamps)) == 3
    assert stamp([tmp_path]) == stamps[0]


@pytest.mark.slow
def test_serve_with_reload_publishes_what_is_recorded_meanwhile(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "w")
    command = [MINGDAN, "-C", tmp_path / "w", "serve", "--reload", "--sweep", "0", "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        url = server.stderr.readline().split(" on ")[1].strip().rstrip("/")
        before = httpx.get(f"{url}/-/edition").text
        checkpoint = httpx.get(f"{url}/log/checkpoint").content
        record = [MINGDAN, "-C", tmp_path / "w", "record", FACTS]
        subprocess.run(record, check=True, stdout=subprocess.DEVNULL)
        for _ in range(600):
            if httpx.get(f"{url}/-/edition").text != before:
                break
            time.sleep(0.1)
        assert httpx.get(f"{url}/log/checkpoint").content != checkpoint
    finally:
        os.kill(server.pid, signal.SIGTERM)
        server.communicate(timeout=60)

"""`mingdan recipient` as people and machines use it."""

import json
import subprocess
from pathlib import Path

import pytest

from ...command import MINGDAN
from .told import player

TERMS = {
    "amount": 1000,
    "currency": "CNY",
    "form": "direct",
    "merchant": "night-market",
    "platform": "shop",
    "policy": "default",
    "qty": 1,
    "sku": "lantern-oil",
}


def mingdan(folder: Path, *arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MINGDAN, "-C", folder, *map(str, arguments)],
        check=False,
        capture_output=True,
        input=stdin,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=120,
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shop") / "shop"
    assert mingdan(folder, "init", "--origin", "orders.example.com/log").returncode == 0
    return folder


def record(folder: Path, order: str, kind: str, **told: object) -> str:
    """Records one fact and gives its leaf."""
    line = json.dumps({"kind": kind, "order": order, "by": "shop", "data": told})
    done = mingdan(folder, "record", "--json", stdin=line)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[0]["leaf"]


def test_words_that_fit_end_with_0_and_are_shown_masked(tmp_path):
    done = mingdan(tmp_path, "recipient", "check", "cn-mobile", stdin="13800000012\n")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "ok: 138******12 (cn-mobile, phone)",
        "It has the right form; whether it exists is not known here.",
        "segment: China Mobile",
    ]


def test_suspect_words_end_with_1_and_say_why_without_repeating_anything(tmp_path):
    done = mingdan(tmp_path, "recipient", "check", "cn-mobile", stdin="138000OO012")

    assert done.returncode == 1
    assert done.stdout.startswith("suspect: ")
    assert "O for 0" in done.stdout
    assert "meant: 138******12" in done.stdout


def test_what_was_meant_is_printed_in_full_only_when_asked(tmp_path):
    asked = ("recipient", "check", "cn-mobile", "--json")
    masked = json.loads(mingdan(tmp_path, *asked, stdin="138000OO012").stdout)
    full = json.loads(mingdan(tmp_path, *asked, "--reveal", stdin="138000OO012").stdout)

    assert masked["meant"] == "138******12"
    assert full["meant"] == "13800000012"
    assert {name for name in full if full[name] != masked[name]} == {"meant"}
    assert full["says"].keys() == {"zh-CN", "en"}


def test_invalid_words_end_with_1(tmp_path):
    done = mingdan(tmp_path, "recipient", "check", "game-cloudrealm", stdin=player(server="无名"))

    assert done.returncode == 1
    assert done.stdout.startswith("invalid: ")
    assert "(game-cloudrealm, server)" in done.stdout
    assert "meant" not in done.stdout


def test_an_unknown_rule_is_misuse_with_a_next_step(tmp_path):
    done = mingdan(tmp_path, "recipient", "check", "nobody")

    assert done.returncode == 2
    assert "next: see `mingdan recipient rules`" in done.stderr


def test_words_that_are_not_utf_8_are_misuse(tmp_path):
    done = mingdan(tmp_path, "recipient", "check", "cn-mobile", stdin="\udcff")

    assert done.returncode == 2
    assert "not UTF-8" in done.stderr


def test_rules_of_a_workspace_are_listed_and_checked_by(tmp_path):
    folder = tmp_path / "recipients"
    folder.mkdir()
    (folder / "own.toml").write_text(
        'id = "lantern-pass"\nname = { zh-CN = "灯笼通行证", en = "lantern pass" }\n'
        '[[field]]\nname = "pass"\nletters = ["digit"]\n',
        "utf-8",
    )
    told = json.loads(mingdan(tmp_path, "recipient", "rules", "--json").stdout)

    assert {
        "id": "lantern-pass",
        "name": {"en": "lantern pass", "zh-CN": "灯笼通行证"},
        "fields": ["pass"],
    } in told
    assert "lantern pass 灯笼通行证" in mingdan(tmp_path, "recipient", "rules").stdout
    assert mingdan(tmp_path, "recipient", "check", "lantern-pass", stdin="7").returncode == 0


def test_a_file_that_cannot_be_followed_is_misuse_and_named(tmp_path):
    (tmp_path / "recipients").mkdir()
    (tmp_path / "recipients" / "own.toml").write_text("id = 7\n", "utf-8")
    done = mingdan(tmp_path, "recipient", "rules")

    assert done.returncode == 2
    assert "own.toml" in done.stderr
    assert "docs/recipients.md" in done.stderr


def test_echo_shows_the_newest_recipient_that_was_not_disavowed_masked(workspace):
    record(workspace, "a", "order.placed", **TERMS, recipient="player-7")
    placed = mingdan(workspace, "recipient", "echo", "a")
    corrected = record(workspace, "a", "recipient.corrected", recipient=player())
    after = mingdan(workspace, "recipient", "echo", "a", "--json")
    record(workspace, "a", "order.disavowed", entry=corrected, reason="did_not_occur")
    disavowed = mingdan(workspace, "recipient", "echo", "a")

    assert placed.stdout == disavowed.stdout == "p*****-7\n"
    assert json.loads(after.stdout)["echo"] == '{"account": "m***_7", "region": "华**区", "server": "听**"}'


def test_a_correction_without_its_words_does_not_let_the_old_ones_stand(workspace):
    record(workspace, "b", "order.placed", **TERMS, recipient="player-7")
    record(workspace, "b", "recipient.corrected")
    done = mingdan(workspace, "recipient", "echo", "b")

    assert done.returncode == 1
    assert "no words of this order's recipient" in done.stderr
    assert "next: " in done.stderr


def test_an_erased_recipient_is_not_echoed(workspace):
    record(workspace, "c", "order.placed", **TERMS, recipient="player-7")
    stream = json.loads(mingdan(workspace, "recipient", "echo", "c", "--json").stdout)["stream"]
    assert mingdan(workspace, "erase", "c", "--reason", "mistake").returncode == 0
    done = mingdan(workspace, "recipient", "echo", stream)

    assert done.returncode == 1
    assert "erased" in done.stderr

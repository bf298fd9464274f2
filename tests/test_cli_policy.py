"""Promises from a file to a buyer's page: published, compared, kept, and reckoned with, by the command."""

from __future__ import annotations

import json
import re
import shlex
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from typer.testing import CliRunner

from mingdan.cli import app
from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import MingdanError
from mingdan.ledger.keeping.workspace import open_workspace
from mingdan.ledger.market.promise import Published
from mingdan.site.terminal import document

from .site.reading import Reading
from .test_cli import stored

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "docs" / "policy.toml"
MINUTE = 60_000
PLACED = {"amount": 1000, "currency": "CNY", "merchant": "m", "platform": "shop", "qty": 1, "sku": "card"}


def mingdan(folder: Path, *arguments: object, stdin: str = "") -> Result:
    """The command in this very process: there are many of them."""
    return CliRunner().invoke(app, ["-C", str(folder), *map(str, arguments)], input=stdin)


def answer(folder: Path, *arguments: object, stdin: str = "") -> dict:
    """What a command says to machines, which must be yes."""
    done = mingdan(folder, *arguments, "--json", stdin=stdin)
    assert done.exception is None, done.exception
    return json.loads(done.stdout)


def refusal(folder: Path, *arguments: object, stdin: str = "") -> dict:
    """The error of a command, which must leave everything as it was."""
    before = stored(folder)
    done = mingdan(folder, *arguments, stdin=stdin)
    assert isinstance(done.exception, MingdanError), done.output
    assert stored(folder) == before
    return document(done.exception)


@pytest.fixture
def shop(tmp_path) -> Path:
    answer(tmp_path / "shop", "init", "--origin", "orders.example.com/log")
    return tmp_path / "shop"


def fact(kind: str, data: dict | None = None, **more: object) -> str:
    return json.dumps({"kind": kind, "order": "my-7", "by": "shop", "data": data or {}} | more)


def written(folder: Path, **changed: str) -> Path:
    """The example with some keys stated otherwise; each in TOML."""
    lines = EXAMPLE.read_text("utf-8").splitlines()
    for key, value in changed.items():
        lines = [f"{key} = {value}", *(line for line in lines if not line.startswith(f"{key} ="))]
    file = folder / "policy.toml"
    file.write_text("\n".join(lines), "utf-8")
    return file


# the commands -----------------------------------------------------------------------------------------
def test_every_command_of_policies_says_what_it_does():
    for command in ("check", "publish", "show", "diff"):
        done = mingdan(ROOT, "policy", command, "--help")

        assert done.exit_code == 0
        assert re.search(r"\n\s+[A-Z][^\n]+[.:]\n?", done.stdout), command


def test_the_commands_of_the_page_about_policies_run(shop):
    told = (ROOT / "docs" / "policies.md").read_text("utf-8")
    commands = [shlex.split(line) for line in re.findall(r"^\$ mingdan -C shop (.+)$", told, re.MULTILINE)]

    assert {command[1] for command in commands} == {"check", "publish", "show", "diff"}
    for command in commands:
        if command[1] == "diff":
            changed = written(shop, due_in='"12h"')
            assert mingdan(shop, "policy", "publish", changed, "--by", "shop").exit_code == 0
        done = mingdan(shop, *command)
        assert done.exit_code == 0, (command, done.output)
        assert done.stdout


def test_a_file_is_checked_without_a_workspace(tmp_path):
    told = answer(tmp_path, "policy", "check", EXAMPLE)

    assert told["policy"] == "default"
    assert told["terms"]["due_in"] == 86_400_000
    assert (told["terms"]["version"], told["terms"]["since"]) == (None, None)


def test_what_is_published_is_shown_with_the_entry_it_rests_on(shop):
    done = answer(shop, "policy", "publish", EXAMPLE, "--by", "shop")
    shown = answer(shop, "policy", "show", "default")

    assert (done["version"], shown["version"], shown["in_force"]) == (1, 1, 1)
    assert done["receipt"]["leaf"] == shown["leaf"]
    assert done["since"] == shown["terms"]["since"]
    assert shown["terms"]["pauses"] == ["recipient", "risk"]
    assert "24 小时内送达" in mingdan(shop, "policy", "show", "default").stdout


def test_a_dry_run_says_what_would_change_and_changes_nothing(shop):
    answer(shop, "policy", "publish", EXAMPLE)
    before = stored(shop)

    told = answer(shop, "policy", "publish", written(shop, due_in='"12h"'), "--dry-run")

    assert stored(shop) == before
    assert (told["version"], told["receipt"]) == (2, None)
    assert told["changed"]["changes"] == [{"term": "due_in", "before": 86_400_000, "after": 43_200_000}]


def test_publishing_the_same_again_records_nothing(shop):
    first = answer(shop, "policy", "publish", EXAMPLE)
    before = stored(shop)

    again = answer(shop, "policy", "publish", EXAMPLE)

    assert stored(shop) == before
    assert (again["version"], again["since"], again["unchanged"]) == (1, first["since"], True)


def test_one_file_serves_two_policies(shop):
    answer(shop, "policy", "publish", EXAMPLE)

    assert answer(shop, "policy", "publish", EXAMPLE, "--id", "night")["policy"] == "night"
    assert answer(shop, "policy", "show", "night")["versions"] == [1]


def test_versions_are_compared_term_by_term_and_line_by_line(shop):
    answer(shop, "policy", "publish", EXAMPLE)
    answer(shop, "policy", "publish", written(shop, due_in='"12h"', pauses="[]").rename(shop / "two.toml"))
    answer(shop, "policy", "publish", written(shop, title='"12 小时内送达"'))

    diff = answer(shop, "policy", "diff", "default", 1, 2)
    said = mingdan(shop, "policy", "diff", "default").stdout

    assert [(each["term"], each["before"], each["after"]) for each in diff["changes"]] == [
        ("due_in", 86_400_000, 43_200_000),
        ("pauses", ["recipient", "risk"], []),
    ]
    assert "version 2 to 3" in said
    assert "due_in: 12h -> 1d" in said


def test_a_version_that_was_never_published_is_not_found(shop):
    answer(shop, "policy", "publish", EXAMPLE)

    assert refusal(shop, "policy", "show", "nothing")["error"] == "NotFound"
    assert refusal(shop, "policy", "show", "default", "--version", 2)["error"] == "NotFound"
    assert refusal(shop, "policy", "diff", "default")["error"] == "NotFound"


# what is refused --------------------------------------------------------------------------------------
def test_terms_that_would_reach_into_the_past_are_refused(shop):
    """I6"""
    answer(shop, "policy", "publish", EXAMPLE)
    early = written(shop, due_in='"48h"', since=str(int(time.time() * 1000) - 3_600_000))

    for arguments in ([], ["--dry-run"]):
        told = refusal(shop, "policy", "publish", early, *arguments)

        assert told["error"] == "IllegalTransition"
        assert told["evidence"]["rule"] == "since-goes-back"


def test_a_first_version_does_not_hold_from_before_it_was_published(shop):
    early = written(shop, since=str(int(time.time() * 1000) - 3_600_000))

    assert refusal(shop, "policy", "publish", early)["evidence"]["rule"] == "retroactive"
    assert refusal(shop, "policy", "publish", early, "--dry-run")["evidence"]["rule"] == "retroactive"


def test_a_refusal_says_the_same_of_one_file_whether_it_is_tried_or_published(shop):
    skipping = written(shop, version="2")
    published, tried = (refusal(shop, "policy", "publish", skipping, *more) for more in ([], ["--dry-run"]))

    assert published == tried
    assert published["evidence"].keys() == {"rule", "stream", "because"}


def test_versions_are_not_left_out(shop):
    assert (
        refusal(shop, "policy", "publish", written(shop, version="2"))["evidence"]["rule"]
        == "version-not-next"
    )


def test_only_a_platform_of_the_register_publishes(shop):
    party = {
        "kind": "party.registered",
        "party": "east",
        "by": "shop",
        "data": {"name": "East", "role": "agent"},
    }
    answer(shop, "record", stdin=json.dumps(party))

    for arguments in ([], ["--dry-run"]):
        told = refusal(shop, "policy", "publish", EXAMPLE, "--by", "east", *arguments)

        assert told["evidence"]["rule"] == "not-its-role"


@pytest.mark.parametrize("by", ["ledger", "The Shop", ""])
def test_the_speaker_has_the_name_of_a_party(shop, by):
    assert refusal(shop, "policy", "publish", EXAMPLE, "--by", by)["error"] == "Misuse"


def test_a_compensation_that_may_fail_is_refused_and_a_form_suggested(shop):
    told = refusal(shop, "policy", "publish", written(shop, compensation='"amount//2"'))

    assert told["evidence"]["key"] == "compensation"
    assert told["next"] == "write it as amount // 2"


# orders keep what they were promised ------------------------------------------------------------------
def test_an_order_keeps_the_version_it_was_placed_under(shop):
    answer(shop, "policy", "publish", EXAMPLE)
    answer(shop, "record", stdin=f"{fact('order.placed', PLACED)}\n")
    answer(shop, "policy", "publish", written(shop, due_in='"48h"'))
    answer(shop, "record", stdin=fact("order.paid", {"amount": 1000}))
    answer(shop, "record", stdin=fact("order.placed", PLACED, order="my-8"))

    first, second = answer(shop, "show", "my-7"), answer(shop, "show", "my-8")

    paid = first["entries"][1]
    assert paid["data"]["due_at"] - paid["at"] == 86_400_000
    assert (first["terms"], second["terms"]) == (
        {"policy": "default", "version": 1},
        {"policy": "default", "version": 2},
    )


def test_a_due_time_is_extended_with_the_buyers_consent_alone(shop):
    answer(shop, "policy", "publish", EXAMPLE)
    answer(shop, "record", stdin=f"{fact('order.placed', PLACED)}\n{fact('order.paid', {'amount': 1000})}\n")
    later = int(time.time() * 1000) + 5 * 86_400_000

    told = refusal(shop, "record", stdin=fact("promise.extended", {"due_at": later}))
    assert told["evidence"]["rule"] == "no-consent"

    answer(
        shop, "record", stdin=fact("promise.extended", {"due_at": later, "consent": "yes, said the buyer"})
    )
    due = answer(shop, "show", "my-7")["entries"][1]["data"]["due_at"]
    assert due < later


@pytest.fixture
def late_order(shop) -> Path:
    """Due 12 minutes ago, delivered 2 minutes ago, held for review for 3 minutes in between: 7 minutes late.

    Each is worth 7, and 20 were paid. The policy was recorded 14 minutes ago, the order is told late.
    """
    now = int(time.time() * 1000)
    terms = answer(shop, "policy", "check", EXAMPLE)["terms"] | {"version": 1, "since": now - 14 * MINUTE}
    terms |= {"compensation": "min(amount, late_ms // 60000 * 7)", "due_in": MINUTE}
    hold = {"on_timeout": "release", "review_by": now + MINUTE, "rule": "velocity", "track": "auto"}
    story = [
        fact("order.placed", PLACED, at=now - 13 * MINUTE),
        fact("order.paid", {"amount": 1000}, at=now - 13 * MINUTE),
        fact("risk.held", hold, at=now - 11 * MINUTE),
        fact("risk.reviewed", {"decision": "release", "reason": "fine"}, at=now - 8 * MINUTE),
        fact("delivery.delivered", {"evidence": "account_credited"}, at=now - 2 * MINUTE),
        fact("promise.compensated", {"amount": 20, "rule": "late"}),
    ]
    published = msgspec.convert(terms | {"text": "one line", "pauses": ["risk"]}, Published)
    with closing(open_workspace(shop)) as workspace:
        book = workspace.book(lambda: now - 14 * MINUTE)
        book.record([Claim(stream="policy/default", by="shop", event=published)])
    answer(shop, "record", stdin="\n".join(story))
    return shop


def test_what_lateness_came_to_is_told_as_it_was_reckoned_by_hand(late_order):
    owed = answer(late_order, "show", "my-7")["owed"]

    assert owed == {
        "late": 7 * MINUTE,
        "paused": 3 * MINUTE,
        "accrued": 49,
        "paid": 20,
        "unpaid": 29,
        "running": False,
    }
    assert "compensation 49, paid 20, unpaid 29" in mingdan(late_order, "show", "my-7").stdout


def test_the_buyers_page_shows_the_same_sum(late_order):
    assert mingdan(late_order, "publish").exit_code == 0
    handle = answer(late_order, "show", "my-7")["handle"]
    page = Reading((late_order / "site" / "o" / handle[:2] / f"{handle}.html").read_bytes())
    lines = dict(zip(page.all("dt"), page.all("dd"), strict=True))

    assert (lines["应付补偿"], lines["已记补偿"], lines["尚欠"]) == ("¥0.49", "¥0.20", "¥0.29")
    assert "3 分钟不算晚到，计入晚到 7 分钟" in lines["不计入晚到"]
    assert lines["规则"].startswith("24 小时内送达，晚到自动补偿第 1 版")

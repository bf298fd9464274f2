"""docs/risk.md, executed: its rules hold orders, its commands list and review them, every key is listed."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from shutil import copytree
from typing import get_args

import pytest
from msgspec.structs import fields

from mingdan.ledger.keeping.settings import parse_settings
from mingdan.ledger.risk import RiskRule
from mingdan.site.texts import texts

from .test_cli import mingdan

TOLD = (Path(__file__).parent.parent / "docs" / "risk.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", TOLD, re.DOTALL)
COMMANDS = [shlex.split(line) for line in re.findall(r"^\$ mingdan -C shop (.+)$", TOLD, re.MULTILINE)]
TERMS = {"amount": 1000, "currency": "CNY", "merchant": "m", "platform": "shop", "policy": "default",
         "qty": 1, "sku": "music"}  # fmt: skip
PAID = {"order.paid": {"amount": 900}}
SUSPECT = {"recipient.checked": {"field": "phone", "result": "suspect", "rule": "cn-mobile"}}


def record(folder: Path, order: str, **kinds: dict[str, object]) -> None:
    told = [{"by": "shop", "data": data, "kind": kind, "order": order} for kind, data in kinds.items()]
    done = mingdan(folder, "record", stdin="\n".join(map(json.dumps, told)))
    assert done.returncode == 0, done.stderr


def asked(folder: Path, *command: str):
    done = mingdan(folder, *command, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kinds_of(folder: Path, order: str) -> list[str]:
    return [entry["kind"] for entry in asked(folder, "show", order)["entries"]]


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> Path:
    """A shop that goes by the example's rules, with an order that is held by each of two, and one by none."""
    folder = tmp_path_factory.mktemp("swept") / "shop"
    assert mingdan(folder, "init", "--origin", "orders.example.com/log").returncode == 0
    settings = folder / "mingdan.toml"
    settings.write_text(settings.read_text("utf-8").partition("[[risk]]")[0] + EXAMPLE, "utf-8")
    record(folder, "shop-7", **{"order.placed": TERMS}, **PAID)
    record(folder, "shop-8", **{"order.placed": TERMS | {"amount": 100_001}}, **PAID)
    record(folder, "shop-9", **{"order.placed": TERMS}, **PAID, **SUSPECT)
    assert mingdan(folder, "sweep").returncode == 0
    return folder


@pytest.fixture
def shop(swept, tmp_path) -> Path:
    return copytree(swept, tmp_path / "shop")


def test_the_rules_hold_and_the_commands_of_the_text_run(shop):
    before = asked(shop, "queue")
    for command in COMMANDS:
        done = mingdan(shop, *command)
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout

    assert {(each["name"], each["rule"]) for each in before} == {
        ("shop-8", "our-large-orders"),
        ("shop-9", "vague-recipient"),
    }
    assert {each["name"]: each["reason"] for each in before} == {
        "shop-8": "more than 1,000 yuan: ask the payment provider first",
        "shop-9": texts("en")["risk.vague-recipient"],
    }
    assert asked(shop, "queue") == []
    assert kinds_of(shop, "shop-8")[-1] == "risk.reviewed"
    assert kinds_of(shop, "shop-9")[-2:] == ["risk.reviewed", "refund.requested"]
    assert asked(shop, "show", "shop-9")["entries"][-1]["data"] == {"amount": 900}


def test_a_buyer_whom_the_sweep_told_is_not_told_late(shop):
    assert [(each["told"] is None, each["late"]) for each in asked(shop, "queue")] == [(False, False)] * 2


def test_only_what_was_asked_for_is_listed(shop):
    opened = {"claim": "not-delivered", "dispute": "d1", "freezes": "none"}
    record(shop, "shop-7", **{"dispute.opened": opened})

    assert [each["kind"] for each in asked(shop, "queue", "--kind", "dispute")] == ["dispute"]
    assert {each["kind"] for each in asked(shop, "queue")} == {"hold", "dispute"}
    assert mingdan(shop, "queue", "--kind", "mood").returncode == 2


def test_an_order_that_is_not_held_is_not_reviewed(shop):
    done = mingdan(shop, "review", "shop-7", "--release", "--reason", "nothing found")

    assert done.returncode == 1
    assert "only a held order is reviewed" in done.stderr
    assert "next: see what waits with `mingdan queue`" in done.stderr


def test_a_review_says_what_was_decided_and_why(shop):
    assert mingdan(shop, "review", "shop-8", "--reason", "nothing found").returncode == 2
    assert mingdan(shop, "review", "shop-8", "--release").returncode == 2
    assert mingdan(shop, "review", "shop-8", "--release", "--reason", "x\u202e").returncode == 2
    assert mingdan(shop, "review", "shop-8", "--release", "--reason", "x", "--by", "ledger").returncode == 2
    assert kinds_of(shop, "shop-8")[-1] == "care.notified"


def test_a_reviewer_may_be_named(shop):
    assert mingdan(shop, "review", "shop-8", "--release", "--reason", "x", "--by", "desk-2").returncode == 0

    assert asked(shop, "show", "shop-8")["entries"][-1]["by"] == "desk-2"


def test_the_example_is_settings():
    rules = parse_settings('version = 4\norigin = "orders.example.com/log"\n' + EXAMPLE).risk

    assert {type(rule) for rule in rules} == set(get_args(RiskRule))


@pytest.mark.parametrize("kind", get_args(RiskRule))
def test_every_key_of_a_rule_is_listed(kind):
    assert [each.name for each in fields(kind) if f"| `{each.name}` |" not in TOLD] == []


def test_the_sentences_of_pages_are_listed():
    keys = [key for key in texts("en") if key.startswith("risk.")]
    rows = [f"| `{key[5:]}` | {texts('zh-CN')[key]} | {texts('en')[key]} |" for key in keys]

    assert [row for row in rows if row not in TOLD] == []

"""docs/webhooks.md, executed: its commands in this process, and what its receivers are told to do."""

from __future__ import annotations

import json
import re
import shlex
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from standardwebhooks import WebhookVerificationError
from typer.testing import CliRunner

from mingdan.cli import app
from mingdan.ledger.notice.ladder import LADDER
from mingdan.ledger.notice.seal import KEY

from .ledger.notice.receiver import listening

ROOT = Path(__file__).parent.parent
TOLD = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
COMMANDS = [shlex.split(line) for line in re.findall(r"^\$ mingdan -C shop (.+)$", TOLD, re.MULTILINE)]


def receivers() -> dict:
    """The functions of the page."""
    found: dict = {}
    for block in re.findall(r"```python\n(.+?)```", TOLD, re.DOTALL):
        exec(block, found)
    return found


def run(shop: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["-C", str(shop), *words])
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.output


def test_the_page_is_true_from_its_first_command_to_its_last(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)  # where the documents' files are
    shop, known = tmp_path / "shop", set()
    run(shop, "init", "--origin", "orders.example.com/log")
    with listening() as receiver:
        said = {}
        for command in COMMANDS:
            words = [word.replace("http://127.0.0.1:9000/webhooks", receiver.url) for word in command]
            words = [word.replace("whk7f3q2ab", said.get("id", "")) for word in words]
            said[" ".join(command[:2])] = run(shop, *words)
            if command[1] == "add":
                secret, key, line = said["webhook add"].splitlines()
                said["id"] = line.split()[1]

    functions = receivers()
    told = [functions["heard"](each.body, each.headers, secret, known) for each in receiver.heard]
    assert [each["type"] for each in told] == [
        "mingdan.webhook.test",
        "mingdan.order.placed",
        "mingdan.order.paid",
        "mingdan.delivery.delivered",
    ]
    assert {each["data"].get("order") for each in told[1:]} == {"shop-7"}
    last = receiver.heard[-1]
    assert functions["heard"](last.body, last.headers, secret, known) is None
    functions["came_from"](key, last.body, last.headers)
    with pytest.raises(InvalidSignature):
        functions["came_from"](key, last.body + b" ", last.headers)
    with pytest.raises(WebhookVerificationError):
        functions["heard"](last.body + b" ", last.headers, secret, set())
    assert said["webhook test"] == "taken: status 204\n"
    assert said["webhook send"] == "3 taken, 0 not\n"
    assert re.search(r"shop +well  0 waiting  delivery order  http", said["webhook list"])
    assert secret not in said["webhook list"]
    assert stat.S_IMODE((shop / KEY).stat().st_mode) == 0o600


def test_a_test_that_is_not_taken_ends_with_exit_code_1(tmp_path):
    shop = tmp_path / "shop"
    run(shop, "init", "--origin", "orders.example.com/log")
    made = json.loads(run(shop, "webhook", "add", "http://localhost:1/", "--party", "xiaomai", "--json"))

    done = CliRunner().invoke(app, ["-C", str(shop), "webhook", "test", made["id"]])

    assert (done.exit_code, done.output) == (1, "not taken: not a public address\n")


def test_the_ladder_is_documented_as_it_is():
    units = {"s": 1_000, "min": 60_000, "h": 3_600_000}
    row = re.search(r"again after (.+), a tenth later", TOLD)
    steps = [int(n) * units[unit] for n, unit in re.findall(r"(\d+) (s|min|h)", row[1])]

    assert steps == [*LADDER[1:]]

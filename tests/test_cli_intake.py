"""docs/intake.md, executed against `mingdan serve`, and the keys that it is opened with."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from msgspec.structs import fields

from mingdan.ledger.gate.cloud_event import CloudEvent
from mingdan.ledger.gate.problem import SORTS
from mingdan.ledger.keeping.workspace import using_workspace

from .test_cli import mingdan
from .test_cli_link_holder import served

TOLD = (Path(__file__).parent.parent / "docs" / "intake.md").read_text("utf-8")
COMMANDS = [shlex.split(line) for line in re.findall(r"^\$ mingdan -C shop (.+)$", TOLD, re.MULTILINE)]
CALLS = re.findall(r"```sh\n(curl .+?) +# (\d{3})\n```", TOLD, re.DOTALL)


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("intake") / "shop"
    for command in COMMANDS[:2]:
        assert mingdan(folder, *command).returncode == 0
    return folder


@pytest.fixture(scope="module")
def key(shop) -> str:
    said = mingdan(shop, *COMMANDS[2])

    return said.stdout.splitlines()[0]


@pytest.fixture(scope="module")
def url(shop) -> Iterator[str]:
    with served(shop) as url:
        yield url


def called(command: str, url: str, key: str) -> httpx.Response:
    """What curl would be answered."""
    words = iter(shlex.split(command.replace("$KEY", key).replace("\\\n", ""))[1:])
    headers, body, address = [], b"", ""
    for word in words:
        if word == "-H":
            headers.append(tuple(next(words).split(": ", 1)))
        elif word == "-d":
            body = next(words).encode()
        else:
            address = word.replace("http://127.0.0.1:8000", url)
    return httpx.post(address, headers=headers, content=body)


@pytest.mark.slow
def test_the_page_is_true_from_its_first_line_to_its_last(url, key, shop):
    answers = [(called(command, url, key).status_code, int(status)) for command, status in CALLS]

    assert len(answers) == 6
    assert [status for status, _ in answers] == [said for _, said in answers]
    with using_workspace(shop) as workspace:
        rows = workspace.store.rows_of([workspace.vault.find("my-shop-7").stream])
    assert [row.kind for row in rows] == ["order.placed", "order.paid", *["order.noted"] * 3]


@pytest.mark.slow
def test_a_file_of_facts_is_sent_as_the_page_says(url, key, shop, tmp_path):
    (script,) = re.findall(r"```sh\n(echo \"\$KEY\".+?)```", TOLD, re.DOTALL)
    written, _, command = script.replace("http://127.0.0.1:8000", url).rpartition("mingdan record")
    subprocess.run(["sh", "-euc", written], cwd=tmp_path, env=os.environ | {"KEY": key}, check=True)
    sent = ["record", *shlex.split(command)[:-1], tmp_path / "facts.jsonl"]
    sent[sent.index("key")] = tmp_path / "key"

    assert mingdan(shop, *sent).returncode == 0
    with using_workspace(shop) as workspace:
        rows = workspace.store.rows_of([workspace.vault.find("my-shop-9").stream])
    assert [row.kind for row in rows] == ["order.placed", "order.paid"]


@pytest.mark.slow
def test_a_revoked_key_is_refused_by_the_server_that_runs(url, shop):
    made = json.loads(mingdan(shop, "key", "new", "my-shop", "--kinds", "order", "--json").stdout)
    before = httpx.get(f"{url}/v1/receipts/0", headers={"Authorization": f"Bearer {made['key']}"})

    revoked = mingdan(shop, "key", "revoke", made["id"])

    after = httpx.get(f"{url}/v1/receipts/0", headers={"Authorization": f"Bearer {made['key']}"})
    listed = mingdan(shop, "key", "list").stdout
    assert (before.status_code, after.status_code, revoked.returncode) == (404, 401, 0)
    assert re.search(rf"^{made['id']} +my-shop +revoked +order$", listed, re.MULTILINE)
    assert made["key"] not in listed


def test_every_sort_of_problem_is_documented_as_it_is():
    rows = re.findall(r"^\| `([\w-]+)` \| (\d{3}) \| (.+) \|$", TOLD, re.MULTILINE)

    assert rows == [(slug, str(sort.status), sort.way_out) for slug, sort in SORTS.items()]


def test_every_attribute_is_documented():
    named = {
        name
        for row in re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ", TOLD, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }

    assert {field.name for field in fields(CloudEvent)} <= named

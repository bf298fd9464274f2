"""Schemathesis before `mingdan serve`: every route, every check of what is answered, over both stores."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mingdan.ledger.gate.description import description

from .fortress import MINGDAN, NIGHTLY, TERMS, Fortress, found

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
OPERATIONS = sum(map(len, json.loads(description())["paths"].values())) - 1  # the description itself
EXAMPLES = 150 if NIGHTLY else 15
SEED = [] if NIGHTLY else ["--seed", "7"]  # by day the same is sent, by night something else
ALL = "coverage,fuzzing,stateful"
PHASES = {
    "sqlite": ALL if NIGHTLY else "fuzzing,stateful",
    "postgresql": ALL if NIGHTLY else "fuzzing",
}
KNOWN = ("my-7", "my-8", "sku/game-100")
LISTED = {
    "specversion": "1.0", "id": "listed", "source": "/shop", "type": "mingdan.sku.listed",
    "subject": KNOWN[-1],
    "data": {"form": "direct", "name": "Game", "platform": "shop", "stock_mode": "unlimited"},
}  # fmt: skip


@pytest.fixture(params=PHASES)
def fortress(request, tmp_path) -> Iterator[Fortress]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with (
        Fortress(tmp_path / "w", found(tmp_path / "w", url)) as fortress,
        httpx.Client(base_url=fortress.url, headers=fortress.headers) as client,
    ):
        told = [client.post("/v1/orders", json=TERMS | {"order": name}) for name in KNOWN[:-1]]
        told.append(
            client.post("/v1/events", json=LISTED, headers={"Content-Type": "application/cloudevents+json"})
        )
        assert [answer.status_code for answer in told] == [201] * 3
        yield fortress


def test_nothing_that_is_sent_is_answered_but_as_it_is_described(fortress, request):
    phases = PHASES[request.node.callspec.params["fortress"]]
    headers = [f"--header={name}:{value}" for name, value in fortress.headers.items()]
    command = [
        MINGDAN.with_name("st"), "--config-file", HERE / "schemathesis.toml", "--no-color",
        "run", f"{fortress.url}/openapi.json", *headers,
        "--checks", "all", "--phases", phases, "--max-examples", str(EXAMPLES), "--continue-on-failure",
        "--suppress-health-check", "all", "--warnings", "off", *SEED,
    ]  # fmt: skip
    knowing = os.environ | {
        "KNOWN": " ".join(KNOWN), "SCHEMATHESIS_HOOKS": "intruders", "PYTHONPATH": str(HERE),
    }  # fmt: skip

    run = subprocess.run(
        command, env=knowing, cwd=fortress.folder, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stdout[-8000:] + run.stderr
    assert f"{OPERATIONS} selected / {OPERATIONS} total" in run.stdout

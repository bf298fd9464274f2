"""A PostgreSQL that goes away and comes back: meanwhile everybody is told when to ask again."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import monotonic

import httpx
import psycopg
import pytest
from starlette.applications import Starlette

from mingdan.cli import _sent_in, _swept_in
from mingdan.ledger.intake import clerk
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.clock import now_ms
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.workspace import create_workspace, using_workspace
from mingdan.ledger.market.party import Registered
from mingdan.site.publish import publish
from mingdan.site.rounds import repeat
from mingdan.site.webhooks_page import webhooks_route

from .command import PYTHON
from .ledger.gate.trading import ONE, PLACED, Market, Watch, paid
from .postgresql import Machine, machine

TERMS = {field: told for field, told in PLACED.items() if field != "platform"} | {"order": "no-1"}


@pytest.fixture(scope="module")
def server() -> Iterator[Machine]:
    with machine() as own:
        yield own


@pytest.fixture(scope="module")
def market(server, tmp_path_factory) -> Iterator[Market]:
    """A gate and the page of webhooks, over a database that has one order."""
    folder = tmp_path_factory.mktemp("away") / "w"
    with psycopg.connect(f"{server.url}/postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE away")
    url = f"{server.url}/away".replace("postgresql:", "postgresql+psycopg:")
    create_workspace(folder, origin="shop.example/log", database=url).close()
    with Clerk(folder, watch := Watch()) as at_work:
        own = Market(folder, at_work, watch)
        own.record("party/shop", "shop", Registered(name="shop", role="platform"))
        own.app = Starlette(routes=[webhooks_route(own.workspace.vault, own.workspace.settings), own.gate])
        assert own.place("no-1").status_code == 201
        yield own
        own.runner.close()
        own.workspace.close()


def asked(market: Market, stream: str) -> dict[str, httpx.Response]:
    """The answers to whatever may be asked of a server."""
    market.watch.now = now_ms()  # beside what rounds record
    return {
        "order": market.place("no-1"),
        "event": market.tell(paid("no-1")),
        "receipts": market.ask("GET", f"/v1/orders/{stream.partition('/')[2]}/receipt"),
        "receipt": market.ask("GET", f"/v1/receipts/{'0' * 64}?index=0"),
        **{path: market.ask("GET", path, None) for path in ("/readyz", "/metrics", "/webhooks")},
    }


def waits(answers: dict[str, httpx.Response]) -> dict[str, bool]:
    """Which of them are 503, and whether they say when to ask again."""
    return {name: "retry-after" in each.headers for name, each in answers.items() if each.status_code == 503}


def lines(work: Callable[[], object]) -> list[str]:
    """What a round of work beside a server says."""
    said: list[str] = []
    repeat(work, 1, said.append, lambda _: True)
    return said


def test_while_the_database_is_away_everybody_is_told_when_to_ask_again_and_then_nobody(market, server):
    folder = market.workspace.folder
    stream = market.workspace.vault.find("no-1").stream
    before = asked(market, stream)
    rounds = [partial(_swept_in, folder), partial(_sent_in, folder), lambda: published(folder)]
    server.stop()
    away, said = asked(market, stream), [lines(work) for work in rounds]
    again = asked(market, stream)
    server.start()
    back = asked(market, stream)

    assert waits(before) == {}
    assert waits(away) == waits(again) == dict.fromkeys(before, True)
    assert [len(each) for each in said] == [1, 1, 1]
    assert waits(back) == {}
    assert (back["order"].status_code, market.kinds("no-1")) == (200, ["order.placed", "order.paid"])
    assert [lines(work) for work in rounds[:2]] == [[], []]


def test_that_it_was_away_while_nobody_asked_is_not_noticed(market, server):
    stream = market.workspace.vault.find("no-1").stream
    asked(market, stream)
    server.stop()
    server.start()

    assert waits(asked(market, stream)) == {}


PATHS = ("/readyz", "/metrics", "/webhooks")


def asked_at_once(market: Market, stream: str, key: str) -> dict[str, httpx.Response]:
    """The same of a server at once; nothing is read for it beforehand."""
    sent = {
        "order": ("POST", "/v1/orders", {"json": TERMS}),
        "event": (
            "POST",
            "/v1/events",
            {"content": json.dumps(paid("no-1")), "headers": {"Content-Type": ONE}},
        ),
        "receipts": ("GET", f"/v1/orders/{stream.partition('/')[2]}/receipt", {}),
        "receipt": ("GET", f"/v1/receipts/{'0' * 64}?index=0", {}),
        "search": ("GET", f"/v1/receipts/{'0' * 64}", {}),
        **{path: ("GET", path, {}) for path in PATHS},
    }

    async def all_of_it() -> list[httpx.Response]:
        asking = (market.asked(method, path, key, **more) for method, path, more in sent.values())
        return await asyncio.gather(*asking)

    return dict(zip(sent, market.runner.run(all_of_it()), strict=True))


@pytest.mark.parametrize("known", [False, True])
def test_a_database_that_says_nothing_is_waited_for_no_longer_than_anybody_waits(
    market, server, monkeypatch, known
):
    """Where the key is `known`, what comes after it waits as well."""
    stream, key = market.workspace.vault.find("no-1").stream, market.key("shop")
    asked(market, stream)
    if known:
        found = market.ring.find(key[4:12])
        monkeypatch.setattr(KeyRing, "find", lambda _ring, _name: found)
    monkeypatch.setattr(clerk, "PATIENCE", 0.2)
    with server.silent():
        begun = monotonic()
        silent = asked_at_once(market, stream, key)
        spent = monotonic() - begun
    monkeypatch.undo()

    assert waits(silent) == dict.fromkeys(silent, True)
    assert spent < 2
    assert waits(asked(market, stream)) == {}


@pytest.mark.slow
def test_a_server_told_to_end_does_not_wait_for_a_database_that_says_nothing(market, server):
    key = market.key("shop")
    script = Path(__file__).parent / "ledger" / "gate" / "gatekeeper.py"
    command = [PYTHON, script, market.workspace.folder, "30", "0.3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        url = re.search("http://[0-9.:]+/", serving.stdout.readline())[0]
        authorization = {"Authorization": f"Bearer {key}"}
        assert httpx.post(f"{url}v1/orders", json=TERMS, headers=authorization).status_code == 200
        with server.silent():
            for _ in range(2):
                with pytest.raises(httpx.ReadTimeout):
                    httpx.post(f"{url}v1/orders", json=TERMS, headers=authorization, timeout=0.1)
            serving.send_signal(signal.SIGTERM)
            assert serving.wait(10) == 3
        assert "it did not come to its end in time" in serving.stdout.read()


def published(folder) -> None:
    with using_workspace(folder) as workspace:
        publish(workspace)

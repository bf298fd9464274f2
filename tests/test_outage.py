"""A PostgreSQL that goes away and comes back: meanwhile everybody is told when to ask again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import httpx
import psycopg
import pytest
from starlette.applications import Starlette

from mingdan.cli import _sent_in, _swept_in
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.clock import now_ms
from mingdan.ledger.keeping.workspace import create_workspace, using_workspace
from mingdan.ledger.market.party import Registered
from mingdan.site.publish import publish
from mingdan.site.rounds import repeat
from mingdan.site.webhooks_page import webhooks_route

from .ledger.gate.trading import Market, Watch, paid
from .postgresql import Machine, machine


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
    with Clerk(folder, watch := Watch()) as clerk:
        own = Market(folder, clerk, watch)
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


def published(folder) -> None:
    with using_workspace(folder) as workspace:
        publish(workspace)

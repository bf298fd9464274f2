"""The operator's page of endpoints: who hears nothing, since when, and never where."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from mingdan.ledger.keeping.workspace import create_workspace
from mingdan.ledger.notice.address_book import AddressBook
from mingdan.ledger.notice.endpoint import draw_endpoint
from mingdan.ledger.notice.outbox import Outbox
from mingdan.site.webhooks_page import webhooks_page, webhooks_route

NOON = 1_793_491_200_000


@pytest.fixture
def workspace(tmp_path):
    workspace = create_workspace(tmp_path / "shop", origin="shop.example/log", languages=("zh-CN", "en"))
    yield workspace
    workspace.close()


@pytest.fixture
def endpoints(workspace):
    """Of four parties: one that hears, one that fails, two that are stopped."""
    book, outbox = AddressBook(workspace.vault), Outbox(workspace.vault)
    made = [
        draw_endpoint(f"https://{name}.example/hook", name, [], now=NOON, reached=0)
        for name in ("east", "shop", "store", "west")
    ]
    for each in made:
        book.add(each)
    outbox.put({each: [1, 2] for each in made}, 2, NOON)
    for each in made[1:]:
        outbox.refused(outbox.due(each, NOON, 1)[0], "status 500", NOON, NOON)
    book.stop(made[2].id, "gone", NOON)
    book.stop(made[3].id, "unanswered", NOON)
    return made


def lines(page: bytes) -> dict[str, str]:
    found = re.findall(r"<dt>(.+?)</dt><dd>(.+?)</dd>", page.decode())
    return {party: unescape(re.sub("<[^>]*>", "", state)) for party, state in found}


@pytest.mark.usefixtures("endpoints")
def test_each_party_is_listed_with_how_it_stands_the_stopped_first(workspace):
    told = lines(webhooks_page(workspace.vault, workspace.settings, "en"))

    assert [*told] == ["store", "west", "east", "shop"]
    assert told["store"] == "stopped since 1 November 2026, 08:00: it said that it is gone; waiting: 2"
    assert told["west"].startswith("stopped since 1 November 2026, 08:00: a notice was sent ten times")
    assert told["east"] == "takes what it is sent; waiting: 2"
    assert told["shop"] == "nothing got through since 1 November 2026, 08:00; waiting: 2"


def test_the_page_names_no_address_and_no_secret(workspace, endpoints):
    page = webhooks_page(workspace.vault, workspace.settings, "zh-CN").decode()

    assert not [each.id for each in endpoints if each.url in page or each.id in page]
    assert ".example/hook" not in page


def test_a_server_shows_it_in_the_readers_language_and_lets_nobody_keep_it(workspace):
    app = Starlette(routes=[webhooks_route(workspace.vault, workspace.settings)])

    async def asked(language: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return await client.get("/webhooks", params={"lang": language})

    chinese, english = asyncio.run(asked("zh-CN")), asyncio.run(asked("en"))
    assert "还没有登记任何接收地址" in chinese.text
    assert "Nobody is told of new entries yet" in english.text
    assert chinese.headers["cache-control"] == "no-store"

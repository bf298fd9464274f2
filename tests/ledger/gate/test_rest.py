"""What nothing takes below `/v1/`, and requests that are no proper ones."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount

from mingdan.ledger.gate.application import is_given
from mingdan.ledger.gate.framing import Framed

from .trading import paid

STRAYS = ["/v1", "/v1/", "/v1/nothing", "/v1/orders/", "/v1/o/" + "a" * 26 + "/nudges", "/v1/" + "a" * 5000]


def ask(app, method: str, path: str, **request) -> httpx.Response:
    async def asked():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gate") as client:
            return await client.request(method, path, **request)

    return asyncio.run(asked())


def served(market) -> Starlette:
    """The gate before a site that says so of itself."""
    return Starlette(routes=[market.gate, market.gate.rest, Mount("/", PlainTextResponse("the site"))])


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", STRAYS)
def test_what_nothing_takes_below_v1_is_a_problem_in_every_method(market, method, path):
    answer = ask(served(market), method, path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/docs#not-found"
    assert path.rstrip("/") == "/v1" or path not in str(market.lines[-1])


def test_the_files_of_the_site_below_v1_are_the_sites(market):
    folder = market.workspace.site / "v1"
    folder.mkdir(parents=True)
    (folder / "site.json").write_bytes(b"{}")

    given, posted = ask(served(market), "GET", "/v1/site.json"), ask(served(market), "POST", "/v1/site.json")

    assert (given.text, posted.status_code) == ("the site", 404)
    assert ask(served(market), "GET", "/elsewhere").text == "the site"


def test_where_shops_call_back_another_method_is_refused_with_the_one_that_is_taken(market):
    answer = ask(served(market), "GET", "/v1/docking/east/callback")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["type"] == "/docs#method"


def test_a_key_is_sent_once(market):
    headers = [("Authorization", f"Bearer {market.key('shop')}"), ("Authorization", "Bearer mdk_other")]

    answer = ask(market.app, "POST", "/v1/events", json=paid("my-7"), headers=headers)

    assert (answer.status_code, answer.json()["header"]) == (400, "authorization")


def test_a_request_of_two_lengths_is_hung_up_on():
    headers = {"Content-Length": "3", "Transfer-Encoding": "chunked"}
    app = Framed(PlainTextResponse("taken"))

    answer = ask(app, "POST", "/v1/events", content=b"one", headers=headers)

    assert (answer.status_code, answer.headers["connection"]) == (400, "close")
    assert answer.json()["header"] == "transfer-encoding"
    assert ask(app, "POST", "/v1/events", content=b"one").text == "taken"


@pytest.mark.parametrize("path", ["/../secret", "/o/../../secret", "/..", "//../secret"])
def test_whether_a_file_lies_beside_the_site_is_not_told(tmp_path, path):
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "secret").write_text("theirs")
    (site / "index.html").write_text("ours")

    assert is_given(site, "/index.html")
    assert not is_given(site, path)

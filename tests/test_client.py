"""The client against a gate on a real socket, behind a proxy that fails as told; and the examples in docs."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from mingdan.client import LONGEST, Client, Refused, batches, event, event_of
from mingdan.ledger.errors import MalformedEntry, Misuse, Unavailable
from mingdan.ledger.gate.cloud_event import statement_of
from mingdan.ledger.gate.letter import LARGEST
from mingdan.ledger.gate.outgoing import printed
from mingdan.ledger.gate.problem import Problem
from mingdan.ledger.gate.told import MOST
from mingdan.ledger.intake.statement import Statement
from mingdan.ledger.market.party import Keyed
from mingdan.ledger.market.signing import key_id, public_key
from mingdan.ledger.note import Signer
from mingdan.ledger.receipt import open_receipt

from .command import PYTHON
from .ledger.gate.trading import NOON, PLACED, Market, found, opened
from .site.serving import serving_app
from .test_cli_policy import mingdan

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
TERMS = {field: value for field, value in PLACED.items() if field != "platform"}
LOST = "lost"  # what was asked is done, and the answer does not come through


class Proxy:
    """Passes on what comes, unless it was told to fail: `faults` are statuses and headers, or LOST."""

    def __init__(self, app) -> None:
        self.app = app
        self.faults: list = []
        self.asked = 0

    async def __call__(self, scope, receive, send) -> None:
        self.asked += 1
        if not self.faults:
            await self.app(scope, receive, send)
            return
        fault = self.faults.pop(0)
        if fault == LOST:
            await self.app(scope, receive, swallowed)
            fault = (504, {})
        status, headers = fault
        await Response("no", status, headers)(scope, receive, send)


async def swallowed(_message) -> None:
    pass


class Open(NamedTuple):
    market: Market
    proxy: Proxy
    url: str
    key: str

    def client(self, pauses: list[float] | None = None, **more) -> Client:
        """A client that does not wait, but notes how long it would have."""
        noted = [] if pauses is None else pauses
        told = {"clock": lambda: NOON, "pause": noted.append, "draw": lambda: 1.0} | more
        return Client(self.url, self.key, **told)


@pytest.fixture(scope="module")
def gate(tmp_path_factory) -> Iterator[Open]:
    folder = tmp_path_factory.mktemp("client")
    found(folder / "founded")
    with opened(folder / "founded", folder / "w") as market, serving_app(proxy := Proxy(market.app)) as url:
        yield Open(market, proxy, url, market.key("shop"))


@pytest.fixture
def name(request) -> str:
    """The name of an order of one's own."""
    return request.node.name


def paid(name: str, payment: str = "pay-1"):
    return event("order.paid", name, {"amount": 4980}, name=f"{name} {payment}")


# answers ------------------------------------------------------------------------------------------------
def test_events_are_answered_with_their_places_and_one_receipt(gate, name):
    with gate.client() as client:
        placed = client.place(name, TERMS)
        sent = client.send([paid(name), event("order.noted", name, {"label": "x"}, name=name, at=NOON)])

    assert [(each.kind, each.seq) for each in sent.entries] == [("order.paid", 2), ("order.noted", 3)]
    assert placed.page.endswith(f"{placed.handle}.html")
    signer = gate.market.workspace.receipt_signer()
    _, promised = open_receipt(sent.receipt.encode(), signer.key)
    assert [each.leaf.hex() for each in promised] == [each.leaf for each in sent.entries]


def test_the_receipts_of_an_entry_and_of_an_order_are_asked_for(gate, name):
    with gate.client() as client:
        placed = client.place(name, TERMS)
        one, all_ = client.receipt(placed), client.receipts(placed.stream)

    assert (one.leaf, [each.leaf for each in all_.entries]) == (placed.leaf, [placed.leaf])


def test_nothing_is_sent_where_nothing_is_told(gate):
    before = gate.proxy.asked
    with gate.client() as client:
        assert client.send([]) == ([], None)
    assert gate.proxy.asked == before


def test_a_refusal_says_the_rule_and_the_entry_it_rests_on_and_is_not_sent_again(gate, name):
    pauses: list[float] = []
    with gate.client(pauses) as client:
        client.place(name, TERMS)
        client.send([paid(name)])
        before = gate.proxy.asked
        with pytest.raises(Refused) as refused:
            client.send([event("order.noted", name, {"label": "x"}, name=f"{name} n"), paid(name, "pay-2")])

    assert refused.value.problem.status == 409
    assert refused.value.rule == refused.value.evidence["rule"]
    assert refused.value.evidence["pointer"].startswith("/1")
    assert (gate.proxy.asked - before, pauses) == (1, [])
    assert gate.market.kinds(name) == ["order.placed", "order.paid"]


# sending again --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "least"),
    [("7", 7.0), (formatdate(NOON / 1000 + 9, usegmt=True), 9.0), ("", 0.25), ("soon", 0.25), ("0", 0.25)],
)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_is_not_taken_is_sent_again_after_what_the_intake_asks_for(gate, name, status, asked, least):
    pauses: list[float] = []
    with gate.client(pauses) as client:
        client.place(name, TERMS)
        gate.proxy.faults.append((status, {"Retry-After": asked} if asked else {}))
        sent = client.send([paid(name)])

    assert pauses == [least]
    assert [each.duplicate for each in sent.entries] == [False]


def test_what_was_recorded_without_an_answer_is_not_recorded_again(gate, name):
    with gate.client() as client:
        gate.proxy.faults.append(LOST)
        placed = client.place(name, TERMS)
        gate.proxy.faults.append(LOST)
        sent = client.send([paid(name)])

    assert (placed.duplicate, [each.duplicate for each in sent.entries]) == (True, [True])
    assert gate.market.kinds(name) == ["order.placed", "order.paid"]


def test_after_ever_longer_pauses_it_is_given_up(gate, name):
    pauses: list[float] = []
    gate.proxy.faults += [(503, {})] * 4
    with gate.client(pauses, retries=3) as client, pytest.raises(Unavailable) as lost:
        client.send([paid(name)])

    assert pauses == [0.25, 0.5, 1.0]
    assert "503" in lost.value.evidence["reason"]
    assert lost.value.next_step
    assert gate.proxy.faults == []


def test_an_intake_that_asks_for_too_long_is_not_waited_for(gate, name):
    pauses: list[float] = []
    gate.proxy.faults.append((503, {"Retry-After": str(int(LONGEST) + 1)}))
    with gate.client(pauses) as client, pytest.raises(Unavailable):
        client.send([paid(name)])

    assert pauses == []


def test_pauses_are_spread(gate, name):
    pauses: list[float] = []
    gate.proxy.faults += [(503, {})] * 2
    with gate.client(pauses, retries=1, draw=lambda: 0.0) as client, pytest.raises(Unavailable):
        client.send([paid(name)])

    assert pauses == [0.125]


def test_where_nobody_answers_it_says_so():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, "k", retries=1, pause=lambda _: None) as client, pytest.raises(Unavailable) as lost:
            client.place("no-1", TERMS)

    assert lost.value.evidence["reason"]


@pytest.mark.parametrize("status", [200, 302, 404])
def test_what_is_no_intake_is_told_apart(gate, name, status):
    gate.proxy.faults.append((status, {}))
    with gate.client() as client, pytest.raises(Unavailable) as strange:
        client.send([paid(name)])

    assert strange.value.evidence["status"] == status


def test_a_mistake_that_stays_is_named_for_the_intakes_operator():
    told = Problem(type="/docs#unexpected", title="Our mistake", status=500, detail="x", instance="urn:x:7")
    mistaken = httpx.MockTransport(lambda _: httpx.Response(500, content=msgspec.json.encode(told)))
    with Client("http://localhost", "k", retries=1, pause=lambda _: None) as client:
        client.http = httpx.Client(base_url="http://localhost", transport=mistaken)
        with pytest.raises(Unavailable) as lost:
            client.place("no-1", TERMS)

    assert lost.value.evidence["instance"] == "urn:x:7"


@pytest.mark.parametrize("url", ["http://[::1", "https://a..b", "https://xn--/", "https://x\0"])
def test_what_is_no_address_is_told_at_once(url):
    with pytest.raises(Misuse) as strange:
        Client(url, "k")

    assert strange.value.next_step


def test_a_key_is_not_sent_in_clear():
    with pytest.raises(Misuse):
        Client("http://orders.example.com", "k")


# signing --------------------------------------------------------------------------------------------------
def test_facts_are_signed_by_their_party_where_its_key_is(gate, name):
    signer = Signer("east", b"7" * 32)
    secret = Ed25519PrivateKey.from_private_bytes(signer.seed)
    gate.market.record("party/east", "east", Keyed(key=public_key(secret)))
    with gate.client() as shop:
        placed = shop.place(name, TERMS | {"tier": "east"})
        shop.send([paid(name), event("hop.forwarded", name, {"attempt": 1, "to": "east"}, name=f"{name} h")])
    accepted = event("hop.accepted", placed.stream, {}, name=name)
    with Client(gate.url, gate.market.key("east"), signer=signer, clock=lambda: NOON) as east:
        east.send([accepted])
        with pytest.raises(MalformedEntry):  # private words are not signed
            east.send([event("activation.succeeded", placed.stream, {"receipt": "r"}, name=f"{name} r")])

    last = gate.market.entries(name)[-1]
    assert (last.kind, last.sig.key, last.at) == ("hop.accepted", key_id(public_key(secret)), NOON)


# lines ----------------------------------------------------------------------------------------------------
ids = st.text("abc-1", min_size=1, max_size=9)


@given(
    st.builds(
        Statement,
        at=st.none() | st.integers(0, 4_102_444_800_000),
        basis=st.sampled_from([None, "observed", "backfill"]),
        by=st.just("shop"),
        data=st.dictionaries(ids, st.integers(0, 9) | st.text("x谢", max_size=5), max_size=3),
        id=ids,
        kind=st.just("order.paid"),
        order=ids,
    )
)
def test_a_line_says_the_same_as_the_event_it_is_sent_as(line):
    assert statement_of(event_of(line, "", "/s"), "shop") == Statement(
        **{name: getattr(line, name) for name in line.__struct_fields__ if name != "id"}, id=f"/s\n{line.id}"
    )


def test_a_line_of_the_market_is_of_its_subject():
    line = Statement(by="shop", data={"name": "A card"}, kind="sku.listed", sku="card-100")
    sent = event_of(line, "drawn")

    assert (sent.subject, sent.id, sent.by) == ("sku/card-100", "drawn", "shop")
    with pytest.raises(MalformedEntry):
        event_of(Statement(by="shop", kind="sku.listed"), "drawn")


@given(st.lists(st.integers(0, 60), max_size=60))
def test_batches_hold_every_event_once_in_order_within_what_an_intake_takes(sizes):
    told = [
        event("order.noted", "no-1", {"label": "x" * (size * 4_000)}, name=str(n))
        for n, size in enumerate(sizes)
    ]
    made = [*batches(told)]

    assert [each for batch in made for each in batch] == told
    assert all(sum(len(printed(each)) for each in batch) <= LARGEST and len(batch) <= MOST for batch in made)


def test_more_than_an_intake_takes_is_cut_at_a_thousand():
    told = [event("order.noted", "no-1", {"label": "x"}, name=str(n)) for n in range(2 * MOST + 1)]

    assert [len(batch) for batch in batches(told)] == [MOST, MOST, 1]


# the command ----------------------------------------------------------------------------------------------
def test_the_command_sends_lines_and_prints_where_they_lie(gate, name, tmp_path):
    lines = [
        {"kind": "order.placed", "order": name, "by": "shop", "data": PLACED, "id": "1"},
        {"kind": "order.paid", "order": name, "by": "shop", "data": {"amount": 4980}, "id": "2"},
        {"kind": "order.paid", "order": name, "by": "shop", "data": {"amount": 4980}, "id": "3"},
    ]
    (tmp_path / "key").write_text(gate.key + "\n")
    asked = ("record", "--url", gate.url, "--key-file", tmp_path / "key", "--json")
    done = mingdan(tmp_path, *asked, stdin="\n".join(map(json.dumps, lines[:2])))
    refused = mingdan(tmp_path, *asked, stdin="\n\n" + json.dumps(lines[2]))

    told = json.loads(done.stdout)
    assert [(each["seq"], each["duplicate"]) for each in told] == [(1, False), (2, False)]
    assert told[0]["page"].endswith(f"{told[0]['handle']}.html")
    assert isinstance(refused.exception, Refused)
    assert refused.exception.evidence["line"] == 3
    assert gate.market.kinds(name) == ["order.placed", "order.paid"]


# examples -------------------------------------------------------------------------------------------------
RUN = {"sh": ["sh"], "py": [sys.executable], "go": ["go", "run"], "php": ["php"]}
PHP = pytest.mark.skipif(shutil.which("php") is None, reason="no PHP: apt-get install php-cli php-curl")
LANGUAGES = pytest.mark.parametrize(
    "language", [pytest.param("go", marks=pytest.mark.slow), "py", "sh", pytest.param("php", marks=PHP)]
)


@LANGUAGES
def test_an_example_sends_again_and_is_recorded_once(gate, language):
    name = f"example-{language}"
    with gate.client() as client:
        client.place(name, TERMS)
    gate.proxy.faults += [(500, {"Retry-After": "0"}), LOST]
    first = example(gate, language, name)
    gate.proxy.faults += [(503, {})] if language != "sh" else []  # curl takes 5xx for one, and a second each
    again = example(gate, language, name)

    assert [json.loads(each.stdout)["duplicate"] for each in (first, again)] == [True, True]
    assert gate.proxy.faults == []
    assert gate.market.kinds(name) == ["order.placed", "order.paid"]


@LANGUAGES
def test_an_example_that_is_refused_leaves_with_the_problem(gate, language):
    before = gate.proxy.asked
    done = example(gate, language, "nobodys-order")

    assert done.returncode
    assert json.loads(*re.findall("^{.*}$", done.stderr, re.MULTILINE))["status"] == 404
    assert gate.proxy.asked == before + 1


def test_the_example_of_the_client_places_an_order_and_tells_of_it_once(gate, name):
    gate.proxy.faults += [LOST, (500, {"Retry-After": "0"})]
    done, refused = (sent_by_client(gate, name, amount) for amount in ("4980", "4981"))

    assert (done.returncode, refused.returncode) == (0, 1)
    page, _, note = done.stdout.partition("\n")
    assert page.startswith("https://shop.example/o/")
    assert open_receipt(note.strip("\n").encode() + b"\n", gate.market.workspace.receipt_signer().key)
    assert "key-reused" in refused.stderr
    assert gate.market.kinds(name) == ["order.placed", "order.paid"]


def sent_by_client(gate: Open, *given: str) -> subprocess.CompletedProcess[str]:
    order, amount = given
    told = os.environ | {"MINGDAN_URL": gate.url, "MINGDAN_KEY": gate.key}
    command = [PYTHON, EXAMPLES / "client.py", order, f"pay-{order}", amount]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=told, timeout=60)


def example(gate: Open, language: str, order: str) -> subprocess.CompletedProcess[str]:
    told = os.environ | {"MINGDAN_URL": gate.url, "MINGDAN_KEY": gate.key}
    command = [*RUN[language], EXAMPLES / f"paid.{language}", order, f"pay {order}".replace(" ", "-"), "4980"]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=told, timeout=120)

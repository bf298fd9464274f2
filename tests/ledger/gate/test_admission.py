"""How often a key may come, how much it may send, and how much of it may be under way."""

from __future__ import annotations

import asyncio
import json
from threading import Event

import pytest
from starlette.requests import ClientDisconnect, Request

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.gate.admission import TOGETHER, Admission
from mingdan.ledger.gate.api_key import id_in
from mingdan.ledger.gate.letter import LARGEST, read_body
from mingdan.ledger.gate.problem import Declined
from mingdan.ledger.gate.speaker import Speaker
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.workspace import using_workspace

from .trading import event, opened, paid


def test_a_key_that_comes_too_often_is_told_when_to_come_again(founded, tmp_path):
    with opened(founded, tmp_path / "w", rate=1) as market:
        answers = [market.ask("GET", "/v1/orders/none/receipt") for _ in range(11)]
        other = market.ask("GET", "/v1/orders/none/receipt", "store")
        market.watch.now += 1_000
        later = market.ask("GET", "/v1/orders/none/receipt")

    assert [answer.status_code for answer in answers] == [404] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert (other.status_code, later.status_code) == (404, 404)


def test_so_much_of_a_key_may_be_under_way_and_no_more(market):
    admission = Admission(market.ring, market.workspace.store, market.watch)
    speaker, other = Speaker("a", "shop"), Speaker("b", "store")
    rooms = [admission.admitted(speaker) for _ in range(TOGETHER)]
    for room in rooms:
        room.__enter__()

    with pytest.raises(Declined, match="under way"), admission.admitted(speaker):
        pass
    with admission.admitted(other):
        pass
    rooms[0].__exit__(None, None, None)
    with admission.admitted(speaker):
        pass


class Looking:
    """A ring that counts who is looked for; `meanwhile` happens before an answer comes back."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.changes = ring.changes
        self.found = 0
        self.meanwhile = lambda: None

    def find(self, name):
        key = self.ring.find(name)
        self.found += 1
        self.meanwhile()
        return key


@pytest.fixture
def looking(market) -> Looking:
    return Looking(market.ring)


@pytest.fixture
def admission(market, looking) -> Admission:
    return Admission(looking, market.workspace.store, market.watch)


@pytest.fixture
def let_in(market, admission):
    """Whether the shop's key is let in."""

    def ask() -> bool:
        try:
            return market.runner.run(admission.known(f"Bearer {market.key('shop')}")).name == "shop"
        except Declined as error:
            return error.slug != "no-key"

    market.key("shop")
    return ask


def revoke(market) -> None:
    """By another process: one that shares nothing but the files."""
    with using_workspace(market.workspace.folder) as workspace:
        KeyRing(workspace.vault).revoke(id_in(market.key("shop")), market.watch.now)


def test_a_key_is_looked_for_once_while_nothing_changes(looking, let_in):
    assert [let_in() for _ in range(3)] == [True] * 3
    assert looking.found == 1


def test_a_key_that_another_process_revokes_is_refused_the_very_next_time(market, let_in):
    assert let_in()
    revoke(market)

    assert not let_in()


def test_a_key_that_is_revoked_while_it_is_looked_for_is_not_remembered(market, looking, let_in, admission):
    found, go = Event(), Event()
    looking.meanwhile = lambda: (found.set(), go.wait(5)) if looking.found == 1 else None

    async def meanwhile():
        first = asyncio.create_task(admission.known(f"Bearer {market.key('shop')}"))
        await asyncio.to_thread(found.wait)
        revoke(market)
        await admission.known(f"Bearer {market.key('store')}")  # what is remembered from now on is newer
        go.set()
        return await first

    market.key("store")
    assert market.runner.run(meanwhile()).name == "shop"
    assert not let_in()


def test_a_key_that_runs_out_is_refused_though_it_is_remembered(market, let_in):
    text = market.key("shop", expires=market.watch.now + 1)
    market.keys["shop"] = text
    assert let_in()
    market.watch.now += 1

    assert not let_in()


def test_so_many_keys_are_remembered_and_no_more(market, looking, monkeypatch):
    monkeypatch.setattr("mingdan.ledger.gate.admission.KEPT", 2)
    keys = {name: market.key(name) for name in ("shop", "store", "east")}
    asked = Admission(looking, market.workspace.store, market.watch)
    for name in ("shop", "store", "shop", "east", "shop"):  # where two are known, the third begins anew
        market.runner.run(asked.known(f"Bearer {keys[name]}"))

    assert looking.found == 4


def test_many_requests_at_once_are_all_answered(market):
    market.place("my-7")
    told = [event("order.noted", "my-7", str(number), data={"label": str(number)}) for number in range(40)]

    async def all_at_once():
        kind = {"Content-Type": "application/cloudevents+json"}
        sent = [market.asked("POST", "/v1/events", content=json.dumps(each), headers=kind) for each in told]
        return await asyncio.gather(*sent)

    answers = market.runner.run(all_at_once())

    assert {answer.status_code for answer in answers} == {201}
    assert len(market.entries("my-7")) == 41
    assert len({answer.json()["seq"] for answer in answers}) == 40


def test_the_same_event_many_times_at_once_is_recorded_once(market):
    market.place("my-7")

    async def all_at_once():
        kind = {"Content-Type": "application/cloudevents+json"}
        body = json.dumps(paid("my-7"))
        return await asyncio.gather(
            *(market.asked("POST", "/v1/events", content=body, headers=kind) for _ in range(10))
        )

    answers = market.runner.run(all_at_once())

    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert market.kinds("my-7") == ["order.placed", "order.paid"]


def request(chunks: list[bytes] | None, **headers: str) -> Request:
    """A request whose body comes in chunks, or never does."""
    coming = iter(chunks or [])

    async def receive():
        if chunks is None:
            await asyncio.Event().wait()
        chunk = next(coming, None)
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": True}

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": named}, receive)


def read(chunks: list[bytes] | None, seconds: float = 5, **headers: str) -> bytes:
    return asyncio.run(read_body(request(chunks, **headers), lambda _: None, seconds=seconds))


@pytest.mark.parametrize("headers", [{}, {"content_length": "10"}])
def test_a_body_is_too_large_as_soon_as_too_much_of_it_has_come(headers):
    chunks = [b"x" * LARGEST, b"x", b"never read"]

    with pytest.raises(Declined) as declined:
        read(chunks, **headers)

    assert declined.value.slug == "too-large"


@pytest.mark.parametrize("length", [str(LARGEST + 1), "9" * 30])
def test_a_body_that_says_it_is_too_large_is_not_read(length):
    with pytest.raises(Declined) as declined:
        read(None, content_length=length)

    assert declined.value.slug == "too-large"


def test_a_body_that_does_not_come_is_not_waited_for():
    with pytest.raises(Declined) as declined:
        read(None, seconds=0.01)

    assert declined.value.slug == "too-slow"


def test_who_hangs_up_is_not_answered():
    with pytest.raises(ClientDisconnect):
        read([b"{"])


class Busy(Clerk):
    def tell(self, *_):
        raise Unavailable("disk is full: /private/path", next_step="free some space")


def test_a_ledger_that_is_busy_is_said_with_when_to_send_again(founded, tmp_path):
    with opened(founded, tmp_path / "w", clerk=Busy) as market:
        answer = market.place("my-7")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert "private" not in answer.text

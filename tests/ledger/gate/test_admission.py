"""How often a key may come, how much it may send, and how much of it may be under way."""

from __future__ import annotations

import asyncio
import json

import pytest
from starlette.requests import ClientDisconnect, Request

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.gate.admission import TOGETHER, Admission
from mingdan.ledger.gate.letter import LARGEST, read_body
from mingdan.ledger.gate.problem import Declined
from mingdan.ledger.gate.speaker import Speaker
from mingdan.ledger.intake.clerk import Clerk

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
    return asyncio.run(read_body(request(chunks, **headers), seconds=seconds))


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
    def submit(self, *_):
        raise Unavailable("disk is full: /private/path", next_step="free some space")


def test_a_ledger_that_is_busy_is_said_with_when_to_send_again(founded, tmp_path):
    with opened(founded, tmp_path / "w", clerk=Busy) as market:
        answer = market.place("my-7")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert "private" not in answer.text

"""What is told of the gate itself: its log, its gauges, and whether it is ready."""

from __future__ import annotations

import re

from mingdan.ledger.gate.problem import SORTS
from mingdan.ledger.intake.clerk import Clerk

from .trading import event, opened, paid


def test_every_request_is_one_line_without_path_and_words(market):
    placed = market.place("my-7").json()
    market.ask("GET", f"/v1/orders/{placed['stream'][6:]}/receipt")
    market.tell(b"{", key=None)

    first, second, third = market.lines
    assert first | {"request": "", "ms": 0} == {
        "at": "2026-11-01T00:00:00.000Z", "request": "", "method": "POST", "route": "/v1/orders",
        "status": 201, "ms": 0, "key": market.key("shop")[4:12], "party": "shop",
    }  # fmt: skip
    assert second["route"] == "/v1/orders/{order}/receipt"
    assert third.keys() == {"at", "request", "method", "route", "status", "ms"}
    assert placed["stream"][6:] not in repr(market.lines)
    assert placed["handle"] not in repr(market.lines)


def test_a_problem_names_the_line_of_the_log(market):
    answer = market.tell(paid("my-7"))

    assert answer.json()["instance"] == f"urn:mingdan:request:{market.lines[-1]['request']}"


def test_who_gives_up_is_noted_without_an_answer(market):
    key = market.key("shop")
    sent = []

    async def left() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/v1/orders", "raw_path": b"/v1/orders",
        "query_string": b"", "headers": [(b"authorization", f"Bearer {key}".encode())], "root_path": "",
    }  # fmt: skip
    market.runner.run(market.app(scope, left, send))

    assert sent == []
    assert market.lines[-1].keys() == {"at", "request", "method", "route", "ms", "key", "party"}
    assert 'status="none"' in market.ask("GET", "/metrics", None).text


class Broken(Clerk):
    def tell(self, *_):
        raise RuntimeError("my-7 and other words")


def test_a_mistake_of_ours_is_answered_and_its_place_is_logged_without_its_words(founded, tmp_path):
    with opened(founded, tmp_path / "w", clerk=Broken) as market:
        answer = market.place("my-7")

    assert answer.status_code == SORTS["unexpected"].status
    assert answer.headers["content-type"] == "application/problem+json"
    assert market.lines[-1]["error"].startswith("RuntimeError in tell, line ")
    assert "my-7" not in answer.text + repr(market.lines)


def test_health_and_readiness_need_no_key(market):
    assert market.ask("GET", "/healthz", None).json() == {"alive": True}
    assert market.ask("GET", "/readyz", None).json() == {"entries": 5, "ready": True}


def test_lag_is_the_age_of_the_oldest_entry_that_is_not_yet_published(market):
    market.watch.now += 90_000

    text = market.ask("GET", "/metrics", None).text

    assert 'mingdan_lag_seconds{of="publication"} 90.0' in text
    assert "mingdan_entries 5.0" in text


def test_gauges_count_by_route_and_outcome_and_by_nothing_that_is_asked_for(market):
    market.place("my-7")
    market.tell([event("order.noted", "my-7", "1", data={"label": "x"})] * 2)
    market.tell([paid("no-such")], prefer="handling=lenient")
    market.ask("BREW", "/v1/events")

    text = market.ask("GET", "/metrics", None).text

    assert 'mingdan_facts_total{outcome="recorded"} 2.0' in text
    assert 'mingdan_facts_total{outcome="duplicate"} 1.0' in text
    assert 'mingdan_facts_total{outcome="refused"} 1.0' in text
    assert 'mingdan_requests_total{method="other",route="/v1/events",status="405"} 1.0' in text
    assert not re.search("my-7|no-such|BREW|shop", text)

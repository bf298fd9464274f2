"""The desk: what waits is drafted together, and each as if it had come alone."""

from __future__ import annotations

import json

import pytest

from mingdan.ledger.errors import NotFound
from mingdan.ledger.gate.cloud_event import Value
from mingdan.ledger.gate.desk import Desk, Sheet
from mingdan.ledger.gate.speaker import Speaker
from mingdan.ledger.gate.told import ONE, read_told, statements_of
from mingdan.ledger.keeping.group import Submission
from mingdan.ledger.keeping.vault import Vault

from .trading import PLACED, event, paid


def sheet(told: dict[str, Value], party: str = "shop") -> Sheet:
    read = read_told([("content-type", ONE)], json.dumps(told).encode())
    return Sheet(Speaker("key", party), statements_of(read, party), whole=True)


def placing(name: str) -> dict[str, Value]:
    told = PLACED | {"merchant": "shop"}
    return event("order.placed", name, data={k: v for k, v in told.items() if k != "recipient"})


@pytest.fixture
def desk(market) -> Desk:
    return Desk(market.gate, market.workspace.store, market.workspace.vault, market.watch)


def test_none_sees_what_another_tells_at_the_same_time(desk):
    placed, told = desk.submissions([sheet(placing("my-7")), sheet(paid("my-7"))])

    assert isinstance(placed, Submission)
    assert isinstance(told, NotFound)
    assert told.evidence["statement"] == 1


def test_each_that_places_an_order_draws_a_link_of_its_own(desk):
    sheets = [sheet(placing("my-7")), sheet(placing("my-7"))]
    first, second = desk.submissions(sheets)

    assert [each.alias for each in (*first.new, *second.new)] == ["my-7", "my-7"]
    assert first.new[0].handle != second.new[0].handle
    assert sheets[0].orders == {first.new[0].stream: first.new[0]}


def test_who_may_not_is_refused_among_those_who_may(market, desk):
    market.place("my-7")
    market.place("my-8")
    told = [sheet(paid("my-7")), sheet(paid("my-7"), "rival"), sheet(paid("my-8"))]

    made = desk.submissions(told)

    assert [type(each) for each in made] == [Submission, NotFound, Submission]


def test_the_orders_of_all_are_looked_up_at_once(market, desk, monkeypatch):
    for number in range(5):
        market.place(f"my-{number}")
    asked: list[list[str]] = []
    by_alias = Vault.by_alias
    monkeypatch.setattr(
        Vault, "by_alias", lambda self, names: (asked.append(sorted(names)), by_alias(self, names))[1]
    )

    desk.submissions([sheet(paid(f"my-{number}")) for number in range(5)])

    assert asked == [[f"my-{number}" for number in range(5)]]

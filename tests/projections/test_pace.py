"""What is usual for a SKU: the stages that its orders left, by nearest rank, and how they were delivered."""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.eta import Eta, eta
from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.policy import MINUTE
from mingdan.projections.pace import paces, usual

from .told import NOON, Telling

NOW = 500  # minutes


def told(telling, *skus):
    return paces(telling.views(), skus, NOON + NOW * MINUTE)


def test_of_twenty_spans_the_nineteenth_is_the_pace():
    assert usual(("card", "stock", span) for span in range(1, 21)) == {"card": (20, StageLimits(stock=19))}


def test_of_fewer_than_twenty_spans_nothing_is_said():
    few = [("card", "dispatch", 1)] * 19
    enough = [("card", "stock", 5)] * 21

    assert usual(few) == {}
    assert usual([*few, *enough]) == {"card": (21, StageLimits(stock=5))}


def test_only_stages_that_were_left_are_counted():
    telling = Telling()
    for number in range(25):
        telling.paid(f"o{number}", 0)
        if number < 21:
            telling.tell(f"o{number}", e.HopForwarded(attempt=1, to="agent-east"), 1 + number)

    pace = told(telling, "card-100")["card-100"]
    assert (pace.n, pace.p95, pace.delivery) == (21, StageLimits(stock=20 * MINUTE), None)
    assert told(telling, "card-50") == {} == told(telling)


def test_the_undelivered_are_among_those_that_waited():
    telling = Telling()
    for number in range(40):
        telling.paid(f"o{number}", 0)
        if number < 20:
            telling.delivered(f"o{number}", 1 + number)

    found = told(telling, "card-100")["card-100"].delivery
    assert (found.n, found.of, found.until) == (40, "sku", NOW * MINUTE)
    assert eta(found, 0) == Eta("sku", 40, 20 * MINUTE, None, 0)


def test_of_too_few_orders_the_nearest_kin_are_told():
    telling = Telling()
    for number in range(30):
        telling.bought(f"o{number}", 0, 1 + number, sku="card-100", form="card")
        telling.bought(f"d{number}", 0, 100 + number, sku="direct-100", form="direct")
    telling.bought("young", 0, 1, sku="card-50", form="card")
    telling.bought("odd", 0, 1, sku="pass-1", form="membership")

    found = {name: pace.delivery for name, pace in told(telling, "card-100", "card-50", "pass-1").items()}
    assert {name: (each.of, each.n) for name, each in found.items()} == {
        "card-100": ("sku", 30),
        "card-50": ("form", 31),
        "pass-1": ("platform", 62),
    }


def test_no_more_steps_are_told_than_a_fact_may_have():
    telling = Telling()
    for number in range(200):
        telling.bought(f"o{number}", 0, 1 + number)

    steps = told(telling, "card-100")["card-100"].delivery.steps
    assert 20 < len(steps) <= 40
    assert steps[-1] == (200 * MINUTE, 10_000, 0)
    assert list(steps) == sorted(steps)

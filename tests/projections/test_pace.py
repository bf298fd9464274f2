"""What is usual for a SKU: the stages that its orders left, by nearest rank."""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.policy import MINUTE
from mingdan.projections.pace import paces, usual

from .told import Telling


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
    engine = telling.views()

    assert paces(engine) == {"card-100": (21, StageLimits(stock=20 * MINUTE))}

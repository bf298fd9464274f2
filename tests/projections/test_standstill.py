"""Orders that do not move, by their terms and by what is usual: by hand-made stories."""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.market import sku
from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.policy import MINUTE

from .told import Telling, listed, terms


def test_a_paid_order_that_nobody_forwards_stands_still_after_its_limit():
    telling = Telling()
    telling.paid("waits", 0)
    telling.bought("goes", 0, 5)

    assert telling.conduct(30).standstill.orders == 0
    found = telling.conduct(31).standstill
    assert (found.orders, found.by_limit, found.by_pace) == (1, 1, 0)


def test_published_terms_set_the_limit():
    telling = Telling()
    telling.tell("policy/default", terms(stage_limits=StageLimits(stock=5 * MINUTE)), 0)
    telling.paid("waits", 0, policy_version=1)

    assert telling.conduct(6).standstill.by_limit == 1


def test_an_order_slower_than_was_usual_when_it_was_paid_stands_still_by_pace():
    telling = Telling()
    telling.tell("sku/card-100", listed(), 0)
    telling.paid("before", 1)
    telling.tell("sku/card-100", sku.Paced(n=20, p95=StageLimits(dispatch=2 * MINUTE)), 2, by="ledger")
    telling.paid("after", 3)
    for name in ("before", "after"):
        telling.tell(name, e.HopForwarded(attempt=1, to="agent-east"), 4)

    found = telling.conduct(7).standstill

    assert (found.orders, found.by_limit, found.by_pace) == (1, 0, 1)

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.evolve import fold
from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.market.sku import Paced
from mingdan.ledger.policy import MINUTE, Policy
from mingdan.ledger.stuck import Stuck, stuck

from .told import entry

PLACED = e.Placed(amount=1, currency="CNY", merchant="m", platform="p", policy="default", qty=1, sku="s")
ROAD = (PLACED, e.Paid(), e.HopForwarded(attempt=1, to="agent"), e.HopAccepted())
POLICY = Policy()


def after(*events):
    return fold(entry(number, event, number) for number, event in enumerate(events))


def paced(**p95):
    return Paced(n=20, p95=StageLimits(**p95))


def test_an_order_that_stays_in_a_stage_beyond_its_limit_is_stuck():
    policy = replace(POLICY, stage_limits=StageLimits(activation=MINUTE))

    assert stuck(after(*ROAD), policy, MINUTE + 3) is None
    assert stuck(after(*ROAD), policy, MINUTE + 4) == Stuck(MINUTE + 3, "activation", "limit", MINUTE)


def test_an_order_slower_than_95_in_100_of_its_sku_is_stuck():
    pace = paced(activation=10)

    assert stuck(after(*ROAD), POLICY, 14, pace) == Stuck(13, "activation", "pace", 10)


def test_what_was_passed_first_is_told():
    policy = replace(POLICY, stage_limits=StageLimits(activation=MINUTE))

    assert stuck(after(*ROAD), policy, 2 * MINUTE, paced(activation=10)).why == "pace"


def test_a_delivered_order_is_stuck_in_nothing():
    order = after(*ROAD, e.Delivered(evidence="account_credited"))

    assert stuck(order, POLICY, 9 * MINUTE, paced(activation=10)) is None

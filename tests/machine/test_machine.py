"""All sixteen invariants over the whole command surface: whatever is told, in whatever order, by whomever."""

from contextlib import closing

import pytest
from hypothesis.stateful import run_state_machine_as_test

from mingdan.ledger.event import KINDS

from . import laws
from .examples import EXAMPLES, play
from .machine import GROUPS, Day
from .market import Market
from .words import DATA


def test_every_kind_is_told_by_some_rule_but_the_epoch_which_is_sealed():
    told = {kind for kinds, _ in GROUPS.values() for kind in kinds}

    assert told == {*DATA} == KINDS.keys() - {"log.epoch"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_stay_settled(name):
    example, market = EXAMPLES[name], Market()
    with closing(market.shop):
        accepted = play(market, example)
        about = example.story[-1].about

        assert accepted == (example.ends == "accepted")
        assert example.status is None or example.status == market.status_of(about)
        laws.check_views(market.shop)


@pytest.mark.slow
def test_whatever_a_market_tells_the_invariants_stand():
    """I1 to I16"""
    run_state_machine_as_test(Day)

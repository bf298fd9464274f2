"""The index of what was sent where: on SQLite and on PostgreSQL."""

import pytest

from mingdan.ledger.docking.crossing import Crossing, bind, crossing_of, drop, keep, settle, tell, unsettled
from mingdan.ledger.errors import KeyReused

from .scribe import NOON

SENT = Crossing("east", "no-7", "order/7", None, NOON)


@pytest.fixture
def engine(stores):
    return stores.vault.engine


def test_a_reference_is_used_once_at_a_dock_and_may_be_anothers_too(engine):
    keep(engine, SENT)
    keep(engine, SENT._replace(dock="west"))

    with pytest.raises(KeyReused):
        keep(engine, SENT._replace(stream="order/8"))
    assert crossing_of(engine, "east", "no-7") == SENT


def test_the_first_number_that_is_heard_stays(engine):
    keep(engine, SENT)

    assert bind(engine, SENT, "101")
    assert not bind(engine, SENT, "102")

    assert bind(engine, SENT, "101")  # the same callback, twice at once
    assert crossing_of(engine, "east", "no-7").upstream == "101"


def test_a_number_is_one_order_s_at_a_dock_and_may_be_another_s_elsewhere(engine):
    other, elsewhere = SENT._replace(ref="no-8"), SENT._replace(dock="west")
    for each in (SENT, other, elsewhere):
        keep(engine, each)
    bind(engine, SENT, "101")

    assert not bind(engine, other, "101")
    assert bind(engine, elsewhere, "101")
    assert crossing_of(engine, "east", "no-8").upstream is None


def test_of_the_times_that_words_were_signed_the_newest_stays(engine):
    keep(engine, SENT)

    for told in (NOON, NOON + 2, NOON + 1):
        tell(engine, SENT, told)

    assert crossing_of(engine, "east", "no-7").told == NOON + 2


def test_what_is_settled_is_not_asked_for_and_what_was_not_sent_is_forgotten(engine):
    later = SENT._replace(ref="no-8", sent=NOON + 1)
    for each in (later, SENT, SENT._replace(ref="no-9")):
        keep(engine, each)

    settle(engine, SENT._replace(ref="no-9"), NOON)

    assert unsettled(engine, "east") == [SENT, later]
    drop(engine, SENT)
    assert crossing_of(engine, "east", "no-7") is None


def test_a_reference_goes_with_its_order(stores, order):
    stores.vault.keep([order], [])
    keep(stores.vault.engine, SENT._replace(stream=order.stream))

    stores.vault.erase(order.stream)

    assert unsettled(stores.vault.engine, "east") == []

"""Epochs: sealed over all that was recorded, also while others go on recording."""

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.entry import parse
from mingdan.ledger.errors import ClockWentBack
from mingdan.ledger.keeping.clock import DRIFT
from mingdan.ledger.keeping.epoch import PATIENCE, Place, seal_epoch
from mingdan.ledger.stream import LOG

from ..told import epoch
from .scribe import NOON, flaws

DELIVERED = e.Delivered(evidence="provider_receipt")


def tell(place: Place) -> e.Epoch:
    return epoch(place.covers, place.previous)


def seal(stores, **more):
    return seal_epoch(stores.store, more.pop("tell", tell), clock=lambda: NOON, **more)


@pytest.mark.usefixtures("opened")
def test_an_epoch_is_the_last_entry_and_covers_all_before_it(stores):
    sealed = seal(stores)

    assert (sealed.event, sealed.recorded) == (epoch(2), NOON)
    assert parse(stores.log()[-1].entry).event == epoch(2)


@pytest.mark.usefixtures("opened")
def test_an_epoch_that_ends_the_log_is_not_sealed_twice(stores, other_process):
    sealed = [seal(stores), seal(other_process), seal(stores, after=2)]

    assert {each.leaf for each in sealed} == {stores.log()[-1].leaf}
    assert len(stores.log()) == 3


def test_an_epoch_asked_for_after_the_last_one_follows_it(stores, opened, says):
    seal(stores)
    seal(stores, after=3)
    opened.record([says(DELIVERED)])
    seal(stores)

    epochs = [entry for row in stores.log() if (entry := parse(row.entry)).stream == LOG]

    assert [(each.event.covers, each.event.previous) for each in epochs] == [(2, None), (3, 2), (5, 3)]
    assert flaws(stores.log()) == []


@pytest.mark.usefixtures("opened")
def test_an_epoch_that_no_longer_holds_is_followed_by_another(stores):
    first = seal(stores)

    assert seal(stores, holds=lambda epoch: epoch == first.event) == first
    assert seal(stores, holds=lambda _: False).event == epoch(3, 2)


def test_what_is_recorded_while_an_epoch_is_told_is_told_too(stores, opened, says):
    told = []

    def tell_slowly(place: Place) -> e.Epoch:
        told.append(place.covers)
        if len(told) == 1:
            opened.record([says(e.Noted(label="meanwhile"))])
        return tell(place)

    assert seal(stores, tell=tell_slowly).event.covers == 3
    assert told == [2, 3]
    assert flaws(stores.log()) == []


def test_under_unceasing_records_an_epoch_is_told_at_last_while_they_wait(stores, opened, says):
    told = []

    def tell_slowly(place: Place) -> e.Epoch:
        told.append(place.covers)
        if len(told) <= PATIENCE:
            opened.record([says(e.Noted(label="meanwhile"))])
        return tell(place)

    assert seal(stores, tell=tell_slowly).event.covers == 2 + PATIENCE
    assert told == [2, 3, 4, 5]
    assert flaws(stores.log()) == []


@pytest.mark.usefixtures("opened")
def test_an_epoch_that_cannot_be_told_is_not_sealed(stores):
    before = stores.kept()

    def fail(_: Place) -> e.Epoch:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        seal(stores, tell=fail)
    assert stores.kept() == before


@pytest.mark.usefixtures("opened")
def test_a_clock_that_steps_far_back_seals_nothing(stores):
    before = stores.kept()
    with pytest.raises(ClockWentBack):
        seal_epoch(stores.store, tell, clock=lambda: NOON - DRIFT - 1)

    assert stores.kept() == before

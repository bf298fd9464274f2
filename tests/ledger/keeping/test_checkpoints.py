from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Barrier

import pytest

from mingdan.ledger.errors import StoreConflict
from mingdan.ledger.keeping.checkpoints import newest_checkpoint, swap_checkpoint

PUBLISHERS = 8


def test_before_the_first_checkpoint_the_published_log_is_empty(stores):
    assert newest_checkpoint(stores.store) == (0, b"")


def test_a_checkpoint_follows_the_one_it_was_made_from(stores):
    swap_checkpoint(stores.store, 0, 3, b"three")
    swap_checkpoint(stores.store, 3, 7, b"seven")

    assert newest_checkpoint(stores.store) == (7, b"seven")


@pytest.mark.parametrize("previous", [0, 2, 4, 9])
def test_a_checkpoint_made_from_another_one_is_refused(stores, previous):
    swap_checkpoint(stores.store, 0, 3, b"three")

    with pytest.raises(StoreConflict) as lost:
        swap_checkpoint(stores.store, previous, 10, b"ten")

    assert lost.value.next_step
    assert newest_checkpoint(stores.store) == (3, b"three")


@pytest.mark.parametrize("size", [2, 3])
def test_a_checkpoint_that_does_not_grow_is_refused(stores, size):
    swap_checkpoint(stores.store, 0, 3, b"three")

    with pytest.raises(StoreConflict):
        swap_checkpoint(stores.store, 3, size, b"again")

    assert newest_checkpoint(stores.store) == (3, b"three")


@pytest.mark.parametrize("previous", [0, 3])
def test_of_publishers_that_swap_at_once_exactly_one_wins(stores, previous):
    if previous:
        swap_checkpoint(stores.store, 0, previous, b"before")
    together = Barrier(PUBLISHERS)

    def publish(number):
        together.wait()
        try:
            swap_checkpoint(stores.store, previous, previous + 1 + number % 2, b"%d" % number)
        except StoreConflict:
            return []
        return [number]

    with ThreadPoolExecutor(PUBLISHERS) as pool:
        winners = [*chain(*pool.map(publish, range(PUBLISHERS)))]

    (winner,) = winners
    assert newest_checkpoint(stores.store) == (previous + 1 + winner % 2, b"%d" % winner)

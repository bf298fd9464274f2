"""What is erased on schedule, and what is not."""

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import Misuse
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.keeping.retention import KEPT, erase_lapsed
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.policy import DAY

from .scribe import NOON, draws, placed

LATER = NOON + (KEPT + 10) * DAY


def place(stores, name: str, at: int):
    order = draw_order(name, draws(name))
    said = Claim(
        stream=order.stream, by="xiaomai", event=placed(), private={"contact": f"{name}@example.invalid"}
    )
    stores.book(clock=lambda: at).record([said], [order])
    return order


def test_orders_that_nothing_was_told_of_lose_their_words_and_the_ledger_says_so(stores):
    old, told_of = place(stores, "a", NOON), place(stores, "b", NOON)
    stores.book(clock=lambda: NOON + 20 * DAY).record(
        [Claim(stream=told_of.stream, by="xiaomai", event=e.Paid(amount=5000))]
    )
    new = place(stores, "c", LATER)
    before = stores.store.max_notification_id()

    assert erase_lapsed(stores.book(clock=lambda: LATER), KEPT) == [old.stream]
    assert stores.vault.words_of([old.stream]) == {}
    assert stores.vault.words_of([told_of.stream, new.stream]).keys() == {told_of.stream, new.stream}
    assert stores.book().order(old.stream).erased is not None
    assert stores.store.max_notification_id() == before + 1
    assert erase_lapsed(stores.book(clock=lambda: LATER), KEPT) == []


def test_what_a_crash_left_between_the_entry_and_the_words_is_finished(stores):
    order = place(stores, "a", NOON)
    stores.book(clock=lambda: LATER).record(
        [Claim(stream=order.stream, by=LEDGER, event=e.Erased(reason="retention_over"))]
    )
    told = stores.store.max_notification_id()

    assert erase_lapsed(stores.book(clock=lambda: LATER), KEPT) == [order.stream]
    assert stores.vault.words_of([order.stream]) == {}
    assert stores.store.max_notification_id() == told


def test_nothing_is_erased_before_the_law_lets_it_go(stores):
    with pytest.raises(Misuse):
        erase_lapsed(stores.book(clock=lambda: LATER), KEPT - 1)


def test_an_empty_ledger_has_nothing_to_erase(stores):
    assert erase_lapsed(stores.book(clock=lambda: LATER), KEPT) == []

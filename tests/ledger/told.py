"""Entries as the tests of this room tell them: live, known as they happen, each leaf named by its number."""

from hashlib import sha256

from mingdan.ledger import event as e
from mingdan.ledger.claim import Basis
from mingdan.ledger.entry import Entry

STREAM = "order/" + "0" * 64


def leaf(number: int) -> bytes:
    return sha256(bytes([number])).digest()


def entry(number: int, event: e.Event, at: int, *, basis: Basis | None = None) -> Entry:
    """The entry after `number` others, at `at` ms."""
    return Entry(
        at=at,
        basis=basis,
        by="kamao",
        event=event,
        leaf=leaf(number),
        learned=None,
        prev=None,
        recorded=at,
        seq=number + 1,
        stream=STREAM,
    )


def disavowal(number: int) -> e.Disavowed:
    return e.Disavowed(entry=leaf(number).hex(), reason="did_not_occur")


def epoch(covers: int, previous: int | None = None) -> e.Epoch:
    """An epoch that covers so many entries and commits to nothing in particular."""
    counted = e.Digest(sha256=leaf(0).hex(), size=covers)
    return e.Epoch(
        covers=covers,
        map=leaf(1).hex(),
        previous=previous,
        rules=leaf(2).hex(),
        statistics=counted,
        streams=1,
    )

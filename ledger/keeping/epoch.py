"""Sealing an epoch: the last entry of a tree to be published, which commits to everything before it.

Order: what it commits to is told without the lock; under the lock the entry is appended if nothing was
recorded meanwhile, else it is told again, at last under the lock itself. Appenders wait no longer than that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeGuard

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry, read, seal
from mingdan.ledger.event import KIND_OF, Epoch
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.keeping.clock import Clock, now_ms, recording_time
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.store import Appending, Store
from mingdan.ledger.stream import LOG
from mingdan.ledger.tree import leaf_hash

PATIENCE = 3  # how often an epoch is told before appenders are made to wait for it


class Place(NamedTuple):
    """Where an epoch goes: what it covers, when it is recorded (ms UTC), the index of the epoch before it."""

    covers: int
    recorded: int
    previous: int | None


Tell = Callable[[Place], Epoch]
Holds = Callable[[Epoch], bool]


def seal_epoch(
    store: Store, tell: Tell, *, clock: Clock = now_ms, after: int = 0, holds: Holds = lambda _: True
) -> Entry:
    """Ends the log in an epoch entry, whose index is what it covers, and answers with it.

    An epoch that ends the log already is returned as it is, if the tree it makes is larger than `after` and
    what it commits to still holds.
    """
    for _ in range(PATIENCE):
        with store.appending() as appending:
            last = appending.last()
            if _ends(last, after) and holds(_epoch(entry := _read(last))):
                return entry
            place = _place(appending, last, clock)
        told = tell(place)
        with store.appending() as appending:
            if appending.head == place.covers:
                return _append(appending, place.recorded, told)
    with store.appending() as appending:
        place = _place(appending, appending.last(), clock)
        return _append(appending, place.recorded, tell(place))


def _ends(last: Row | None, after: int) -> TypeGuard[Row]:
    return last is not None and last.stream == LOG and last.position > after


def _place(appending: Appending, last: Row | None, clock: Clock) -> Place:
    recorded = recording_time(clock, 0 if last is None else _read(last).recorded)
    before = appending.newest_of(LOG)
    return Place(appending.head, recorded, None if before is None else before.position - 1)


def _append(appending: Appending, recorded: int, event: Epoch) -> Entry:
    before = appending.newest_of(LOG)
    seq, prev = (1, None) if before is None else (before.seq + 1, before.leaf)
    claim = Claim(stream=LOG, by=LEDGER, event=event)
    raw = seal(claim, event, at=recorded, seq=seq, prev=prev, recorded=recorded)
    row = Row(event.covers + 1, LOG, seq, KIND_OF[Epoch], raw, leaf_hash(raw))
    appending.write([row], {LOG: seq - 1})
    return _read(row)


def _epoch(entry: Entry) -> Epoch:
    assert isinstance(entry.event, Epoch)
    return entry.event


def _read(row: Row) -> Entry:
    return read(row.entry, row.kind, row.leaf)

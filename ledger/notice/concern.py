"""Whom an entry concerns: who sells an order or has it in hand, whose goods an exception or a report reaches.

A tier hears of an order from the entry on that sends it there, and of none before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from mingdan.ledger.entry import read
from mingdan.ledger.event import KIND_OF, DisputeEscalated, Event, HopForwarded, Placed
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.market.incident import Reported
from mingdan.ledger.market.reach import affected
from mingdan.ledger.market.sku import Sku

Skus = Callable[[], Mapping[str, Sku]]  # as they stand, by name
WITH_HISTORY = ("order", "exception", "policy")  # whom these concern is told by their earlier entries


def concerned(rows: Iterable[Row], skus: Skus) -> Iterator[tuple[Row, frozenset[str]]]:
    """Each entry and the parties that it concerns; `rows` are sorted by stream, those with history whole."""
    circle: frozenset[str] = frozenset()
    stream = ""
    for row in rows:
        if row.stream != stream:
            stream, circle = row.stream, _of_stream(row.stream, skus)
        circle |= _joining(row, skus)
        yield row, circle


def _of_stream(stream: str, skus: Skus) -> frozenset[str]:
    room, _, name = stream.partition("/")
    if room == "sku":
        return _sellers([name], skus())
    return frozenset({name}) if room == "party" else frozenset()


def _joining(row: Row, skus: Skus) -> frozenset[str]:
    """Whom an entry concerns from itself on, beside those before."""
    room = row.stream.partition("/")[0]
    if row.kind in _JOINING:
        return _named(read(row.entry, row.kind, row.leaf).event, skus)
    if room == "exception" or (room == "policy" and row.seq == 1):
        return frozenset({read(row.entry, row.kind, row.leaf).by})
    return frozenset()


def _named(event: Event, skus: Skus) -> frozenset[str]:
    match event:
        case Placed(platform=platform, merchant=merchant, tier=tier):
            return frozenset(name for name in (platform, merchant, tier) if name is not None)
        case HopForwarded(to=to) | DisputeEscalated(to=to):
            return frozenset({to})
        case Reported(scope=scope):
            return _sellers(scope, skus())
        case _:
            return frozenset()


def _sellers(names: Iterable[str], skus: Mapping[str, Sku]) -> frozenset[str]:
    """Who lists these SKUs, or any that are supplied from them."""
    reached = (skus.get(name) for name in affected(names, skus))
    return frozenset(each.listing.platform for each in reached if each is not None and each.listing)


_JOINING = frozenset(KIND_OF[each] for each in (Placed, HopForwarded, DisputeEscalated, Reported))

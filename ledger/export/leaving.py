"""Entries on their way out, as a store or a published log has them: no words of the vault pass here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from mingdan.ledger.entry import Entry, parse, read
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.proven import PublishedLog
from mingdan.ledger.replay import read_log


class Leaving(NamedTuple):
    """One entry: its position in the log, from 1, its canonical bytes, and what they say."""

    position: int
    raw: bytes
    entry: Entry


class About(NamedTuple):
    """What a file says of itself: whose log it is from, and which of its entries were asked for."""

    origin: str
    size: int  # entries of the log when it was read
    since: int = 0
    streams: tuple[str, ...] = ()  # names, or rooms such as `order`; all where there are none
    lacks: tuple[str, ...] = ()  # what the format cannot carry, in words


Write = Callable[[BinaryIO, Iterable[Leaving], About], None]  # in one format, as entries pass


def of_store(store: Store, since: int, upto: int) -> Iterator[Leaving]:
    """The entries after a position, as far as another one."""
    for rows in store.scan(since, upto, size=1_000):
        for row in rows:
            yield Leaving(row.position, row.entry, read(row.entry, row.kind, row.leaf))


def of_site(log: PublishedLog, since: int) -> Iterator[Leaving]:
    """The entries of a published log after a position, each proven. Raises Broken where one is not."""
    for part in read_log(log, since):
        if part.faults:
            raise part.faults[0]
        for told in part.told:
            yield Leaving(told.place + 1, told.raw, parse(told.raw))


def asked(stream: str, streams: Collection[str]) -> bool:
    """Whether a stream was asked for, by its name or by its room."""
    return not streams or stream in streams or stream.partition("/")[0] in streams

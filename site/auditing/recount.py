"""Epochs told again from their entries: where every stream ended, and every published figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from mingdan.ledger import map_tile
from mingdan.ledger.decide import is_history
from mingdan.ledger.entry import Entry, read
from mingdan.ledger.errors import Broken
from mingdan.ledger.event import Epoch
from mingdan.ledger.evolve import fold
from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.schema import entries
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.live import is_seen
from mingdan.ledger.map import key_of
from mingdan.ledger.order import Order
from mingdan.ledger.rules import RULES
from mingdan.ledger.stream import LOG
from mingdan.ledger.tree import EMPTY_ROOT
from mingdan.projections import views
from mingdan.projections.catch_up import catch_up, states
from mingdan.projections.census import Census, print_census, take_census
from mingdan.projections.rulebook import rules_hash
from mingdan.site.auditing.replica import Replica

SLICE = 1_000  # orders looked at together


class Task(NamedTuple):
    """Epochs to be counted in order, and how far the views go on behind them; days end in the IANA `zone`."""

    folder: Path
    zone: str
    epochs: Sequence[int]
    upto: int


class Atlas:
    """The map over the replica's streams, grown epoch by epoch; its tiles are kept."""

    def __init__(self, replica: Replica, size: int) -> None:
        """As of the epoch that ends a tree of this size, which was found right; from nothing at 0."""
        epoch = replica.epoch(size) if size else None
        self.replica = replica
        self.root = EMPTY_ROOT if epoch is None else bytes.fromhex(epoch.map)
        self.streams = 0 if epoch is None else epoch.streams
        self.covers = 0 if epoch is None else epoch.covers

    def check(self, epoch: Epoch) -> None:
        """Grows the map to what an epoch covers. Raises Broken where the epoch says another one."""
        fresh: dict[bytes, bytes] = {}
        heads = self.replica.store.heads(self.covers, epoch.covers)
        changes = {key_of(stream): head.value for stream, head in heads.items()}
        self.root = map_tile.grow(
            self.root, changes, lambda node: fresh.get(node) or self.replica.tile(node), fresh.__setitem__
        )
        self.streams += self.replica.store.opened(self.covers, epoch.covers)
        self.covers = epoch.covers
        self.replica.keep_tiles(fresh)
        told, found = (epoch.map, epoch.streams), (self.root.hex(), self.streams)
        if told != found:
            raise Broken(
                "the map of this epoch is not that of its entries",
                index=epoch.covers,
                expected=" ".join(map(str, found)),
                actual=" ".join(map(str, told)),
            )


def count_in(task: Task) -> list[Broken]:
    """A worker's count, in a process of its own."""
    return count(_replica(task.folder), task)


def count(replica: Replica, task: Task) -> list[Broken]:
    """Folds the orders on and counts each of these epochs again; what is not as they say."""
    found = [*_miscounted(replica, task)]
    catch_up(replica.store, replica.views, upto=task.upto)
    return found


def census_of(replica: Replica, size: int, zone: str) -> Census:
    """The figures of the epoch that ends a tree of this size, where the views stand."""
    entry = replica.epoch_entry(size)
    return take_census(replica.views, as_of=entry.recorded, size=size - 1, zone=zone)


def by_our_rules(epoch: Epoch, zone: str) -> bool:
    return epoch.rules == rules_hash(zone)


def lawless(replica: Replica, after: int) -> Iterator[Broken]:
    """Entries behind a position that break a rule the ledger judges by, and so should have been refused."""
    for streams in _irregular(replica):
        orders = states(replica.views, streams)
        for row in replica.store.rows_of(streams):
            broken = {each.leaf: each.rule for each in orders[row.stream].irregularities}
            rule = broken.get(row.leaf) if row.position > after else None
            if rule is not None and _was_judged(replica, orders[row.stream], row):
                yield Broken(RULES[rule], index=row.position - 1, stream=row.stream, broken=rule)


def _was_judged(replica: Replica, order: Order, row: Row) -> bool:
    """Whether the ledger had to judge an entry: history and what was seen to happen stand however odd.

    What can be seen is asked of the order as it stood then: a forwarding may have been disavowed since.
    """
    entry = _read(row)
    if entry.basis is None or is_history(order, entry.basis):
        return entry.basis is None
    before = fold(_read(each) for each in replica.store.rows_of([row.stream]) if each.seq < row.seq)
    return not is_seen(before, entry.event, entry.by, entry.basis)


def _read(row: Row) -> Entry:
    return read(row.entry, row.kind, row.leaf)


def folded(replica: Replica) -> tuple[int, int]:
    """How many orders were folded, and how many irregularities were found in them."""
    table = views.delays.c
    with converted("the views cannot be read"), reading(replica.views).begin() as db:
        orders, odd = db.execute(select(func.count(), func.sum(table.irregular))).one()
    return orders, odd or 0


def epochs_after(replica: Replica, size: int) -> int:
    """How many epochs the copy has behind a tree of this size."""
    found = select(func.count()).where(entries.c.stream == LOG, entries.c.position > size)
    with converted("the copy cannot be read"), replica.store.reader.begin() as db:
        return int(db.execute(found).scalar_one())


def _miscounted(replica: Replica, task: Task) -> Iterator[Broken]:
    for covers in task.epochs:
        epoch = replica.epoch(covers + 1)
        catch_up(replica.store, replica.views, upto=covers)
        printed = print_census(census_of(replica, covers + 1, task.zone))
        told, found = epoch.statistics, (covers, sha256(printed).hexdigest())
        if (told.size, told.sha256) != found:
            yield Broken(
                "the figures of this epoch are not those of its entries",
                index=covers,
                expected=f"{found[0]} {found[1]}",
                actual=f"{told.size} {told.sha256}",
            )


def _irregular(replica: Replica) -> Iterator[list[str]]:
    table = views.delays.c
    with converted("the views cannot be read"), reading(replica.views).begin() as db:
        found = db.execute(select(table.stream).where(table.irregular > 0)).scalars()
        yield from (list(some) for some in found.partitions(SLICE))


@lru_cache(maxsize=1)
def _replica(folder: Path) -> Replica:
    return Replica(folder)

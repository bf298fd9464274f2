"""From the log into the outbox: which endpoints are to be told of which entries, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from msgspec.structs import replace

from mingdan.ledger.entry import read
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.notice.concern import WITH_HISTORY, Skus, concerned
from mingdan.ledger.notice.endpoint import Endpoint
from mingdan.ledger.notice.outbox import Outbox

BATCH = 1_000  # entries that are looked at together


def fill(
    store: Store, outbox: Outbox, live: Sequence[Endpoint], skus: Skus, now: int, batch: int = BATCH
) -> None:
    """Puts into the outbox what these endpoints are to be told of what was recorded, due `now` (ms UTC)."""
    head, skus = store.max_notification_id() or 0, cache(skus)  # looked up once, at the head or behind it
    for each in live:
        if each.reached > head:
            outbox.rewind(each, head)
    while (first := min((each.reached for each in live), default=head)) < head:
        upto = min(first + batch, head)
        behind = [each for each in live if each.reached < upto]
        outbox.put(_told(_rows(store, first, upto), behind, skus, upto), upto, now)
        live = [replace(each, reached=max(each.reached, upto)) for each in live]


def _told(
    rows: Sequence[Row], behind: Sequence[Endpoint], skus: Skus, upto: int
) -> dict[Endpoint, list[int]]:
    """The positions that each endpoint is to be told, as far as one of them."""
    told: dict[Endpoint, list[int]] = {each: [] for each in behind}
    for row, parties in concerned(rows, skus):
        hearing = [
            each
            for each in behind
            if each.reached < row.position <= upto and each.party in parties and each.hears(row.kind)
        ]
        if hearing and not _is_history(row):
            for each in hearing:
                told[each].append(row.position)
    return told


def _is_history(row: Row) -> bool:
    """Whether it was imported: that is no news, and there may be millions of it."""
    return read(row.entry, row.kind, row.leaf).basis == "backfill"


def _rows(store: Store, after: int, upto: int) -> list[Row]:
    """The entries after a position, and those before them that say whom they concern, by stream."""
    new = [row for rows in store.scan(after, upto) for row in rows]
    old = {row.stream for row in new if row.stream.partition("/")[0] in WITH_HISTORY}
    rows = [row for row in new if row.stream not in old] + store.rows_of(old)
    return sorted(rows, key=lambda row: (row.stream, row.seq))

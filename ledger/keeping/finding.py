"""Entries of the log by index, by hash, or by the key they were told under; no writer is kept waiting."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select

from mingdan.ledger.keeping.rows import COLUMNS, Row
from mingdan.ledger.keeping.schema import entries
from mingdan.ledger.keeping.store import Store, converted


def row_at(store: Store, index: int) -> Row | None:
    """The entry at an index, from 0; None where the log does not reach."""
    return rows_at(store, [index]).get(index)


def rows_at(store: Store, indices: Iterable[int]) -> dict[int, Row]:
    """The entries at these few indices, from 0, as far as the log reaches."""
    query = select(*COLUMNS).where(entries.c.position.in_([index + 1 for index in indices]))
    with converted("the ledger cannot be read"), store.reader.begin() as db:
        return {row.position - 1: Row(*row) for row in db.execute(query)}


def row_of_leaf(store: Store, leaf: bytes) -> Row | None:
    """The entry with this leaf hash. The log is searched whole: this is asked rarely."""
    query = select(*COLUMNS).where(entries.c.leaf == leaf)
    with converted("the ledger cannot be read"), store.reader.begin() as db:
        found = db.execute(query).first()
    return None if found is None else Row(*found)


def rows_of_keys(store: Store, keys: Collection[bytes]) -> dict[bytes, Row]:
    """The entries that were told under these idempotency keys, by the digest of each."""
    if not keys:
        return {}
    with converted("the ledger cannot be read"), store.driver.reading() as cursor:
        return {row[-1]: Row(*row) for row in store.driver.each(cursor, store.key, keys)}

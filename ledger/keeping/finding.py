"""One entry of the log by its index or its hash."""

from __future__ import annotations

from sqlalchemy import select

from mingdan.ledger.keeping.rows import COLUMNS, Row
from mingdan.ledger.keeping.schema import entries
from mingdan.ledger.keeping.store import Store, converted


def row_at(store: Store, index: int) -> Row | None:
    """The entry at an index, from 0; None where the log does not reach."""
    query = select(*COLUMNS).where(entries.c.position == index + 1)
    with converted("the ledger cannot be read"), store.reader.begin() as db:
        found = db.execute(query).one_or_none()
    return None if found is None else Row(*found)


def row_of_leaf(store: Store, leaf: bytes) -> Row | None:
    """The entry with this leaf hash. The log is searched whole: this is asked rarely."""
    query = select(*COLUMNS).where(entries.c.leaf == leaf)
    with converted("the ledger cannot be read"), store.reader.begin() as db:
        found = db.execute(query).first()
    return None if found is None else Row(*found)

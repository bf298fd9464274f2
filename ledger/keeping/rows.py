"""A stored entry as a row, and every statement that reads or writes such rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from sqlalchemy import bindparam, func, insert, select

from mingdan.ledger.keeping.schema import checkpoints, entries

_Name = TypeVar("_Name", str, bytes)
_CHUNK = 1000


class Row(NamedTuple):
    """One stored entry: `position` counts from 1, `entry` is the canonical bytes, `leaf` their hash."""

    position: int
    stream: str
    seq: int
    kind: str
    entry: bytes
    leaf: bytes
    key: bytes | None = None


def chunks(names: Iterable[_Name]) -> Iterator[list[_Name]]:
    """Distinct names, sorted, as many at a time as one statement takes as parameters."""
    unique = sorted(set(names))
    return (unique[start : start + _CHUNK] for start in range(0, len(unique), _CHUNK))


COLUMNS = tuple(entries.c[name] for name in Row._fields)
HEAD = select(func.max(entries.c.position))
_NEWEST = entries.c.position == select(func.max(entries.c.position)).scalar_subquery()
TIP = select(entries.c.position, entries.c.leaf).where(_NEWEST)
LEAF = select(entries.c.leaf).where(entries.c.position == bindparam("position"))
LAST = select(*COLUMNS).where(_NEWEST)
NEWEST_OF = select(*COLUMNS).where(
    entries.c.stream == bindparam("stream"),
    entries.c.seq
    == select(func.max(entries.c.seq)).where(entries.c.stream == bindparam("again")).scalar_subquery(),
)
GREW = select(entries.c.stream).distinct().where(entries.c.position > bindparam("after"))
RANGE = (
    select(*COLUMNS)
    .where(entries.c.position > bindparam("after"), entries.c.position <= bindparam("upto"))
    .order_by(entries.c.position)
)
_BETWEEN = entries.c.position.between(bindparam("after") + 1, bindparam("upto"))
_LAST_OF_EACH = select(func.max(entries.c.position)).where(_BETWEEN).group_by(entries.c.stream)
HEADS = select(entries.c.stream, entries.c.seq, entries.c.position, entries.c.leaf).where(
    entries.c.position.in_(_LAST_OF_EACH.scalar_subquery())
)
OPENED = select(func.count()).select_from(entries).where(_BETWEEN, entries.c.seq == 1)
SWAP = (
    insert(checkpoints)
    .from_select(
        ["size", "previous", "note"],
        select(bindparam("size"), bindparam("previous"), bindparam("note")).where(
            select(func.coalesce(func.max(checkpoints.c.size), 0)).scalar_subquery() == bindparam("previous")
        ),
    )
    .execution_options(preserve_rowcount=True)  # whether it was swapped; else it is only kept for updates
)
INSERT = insert(entries)
COPY = "COPY entries (position, stream, seq, kind, entry, leaf, key) FROM STDIN"

# What every PostgreSQL appender takes first, in a statement of its own: what it reads next is the newest.
TAKE_LOCK = f"SELECT pg_advisory_xact_lock({0x6D_69_6E_67})"

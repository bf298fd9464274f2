"""A stored entry as a row, and every statement that reads or writes such rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, func, insert, select, text

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


def rows_of(db: Connection, streams: Iterable[str]) -> list[Row]:
    """All rows of these streams, each stream's in order."""
    return [Row(*row) for chunk in chunks(streams) for row in db.execute(STREAMS, {"streams": chunk})]


def rows_with(db: Connection, keys: Iterable[bytes]) -> dict[bytes, Row]:
    """The rows that stand for these idempotency keys."""
    return {row.key: Row(*row) for chunk in chunks(keys) for row in db.execute(KEYS, {"keys": chunk})}


def last_seqs(db: Connection, streams: Iterable[str]) -> dict[str, int]:
    """The last seq of each of these streams that has entries."""
    return {stream: seq for chunk in chunks(streams) for stream, seq in db.execute(SEQS, {"streams": chunk})}


COLUMNS = tuple(entries.c[name] for name in Row._fields)
HEAD = select(func.max(entries.c.position))
TIP = select(entries.c.position, entries.c.leaf).order_by(entries.c.position.desc()).limit(1)
LEAF = select(entries.c.leaf).where(entries.c.position == bindparam("position"))
LAST = select(*COLUMNS).order_by(entries.c.position.desc()).limit(1)
GREW = select(entries.c.stream).distinct().where(entries.c.position > bindparam("after"))
RANGE = (
    select(*COLUMNS)
    .where(entries.c.position > bindparam("after"), entries.c.position <= bindparam("upto"))
    .order_by(entries.c.position)
)
STREAMS = (
    select(*COLUMNS)
    .where(entries.c.stream.in_(bindparam("streams", expanding=True)))
    .order_by(entries.c.stream, entries.c.seq)
)
SEQS = (
    select(entries.c.stream, func.max(entries.c.seq))
    .where(entries.c.stream.in_(bindparam("streams", expanding=True)))
    .group_by(entries.c.stream)
)
KEYS = select(*COLUMNS).where(entries.c.key.in_(bindparam("keys", expanding=True)))
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
COPY = "COPY entries (position, stream, seq, kind, entry, leaf, key) FROM STDIN"

_LOCK = 0x6D_69_6E_67  # the advisory lock every PostgreSQL appender takes first
TAKE_LOCK = text(f"SELECT pg_advisory_xact_lock({_LOCK})")

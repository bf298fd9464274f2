"""A stored entry as a row, and every statement that reads or writes such rows."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, func, insert, select, text

from mingdan.ledger.keeping.schema import checkpoints, entries


class Row(NamedTuple):
    """One stored entry: `position` counts from 1, `entry` is the canonical bytes, `leaf` their hash."""

    position: int
    stream: str
    seq: int
    kind: str
    entry: bytes
    leaf: bytes
    key: bytes | None = None


COLUMNS = tuple(entries.c[name] for name in Row._fields)
HEAD = select(func.max(entries.c.position))
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
SWAP = insert(checkpoints).from_select(
    ["size", "previous", "note"],
    select(bindparam("size"), bindparam("previous"), bindparam("note")).where(
        select(func.coalesce(func.max(checkpoints.c.size), 0)).scalar_subquery() == bindparam("previous")
    ),
)
COPY = "COPY entries (position, stream, seq, kind, entry, leaf, key) FROM STDIN"

_LOCK = 0x6D_69_6E_67  # the advisory lock every PostgreSQL appender takes first
TAKE_LOCK = text(f"SELECT pg_advisory_xact_lock({_LOCK})")

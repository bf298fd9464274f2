"""The checkpoints this ledger has signed, each the successor of exactly one other."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mingdan.ledger.errors import StoreConflict
from mingdan.ledger.keeping import rows as sql
from mingdan.ledger.keeping.database import DatabaseError, unavailable
from mingdan.ledger.keeping.schema import checkpoints
from mingdan.ledger.keeping.store import Store, converted


def newest_checkpoint(store: Store) -> tuple[int, bytes]:
    """Size and signed note of the newest checkpoint; size 0 and no note before the first."""
    newest = select(checkpoints.c.size, checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1)
    with converted("the ledger cannot be read"), store.reader.begin() as db:
        found = db.execute(newest).first()
    return (0, b"") if found is None else (found.size, found.note)


def checkpoint_at(store: Store, size: int) -> bytes | None:
    """The signed note of the checkpoint of this size; None where none was signed."""
    of_size = select(checkpoints.c.note).where(checkpoints.c.size == size)
    with converted("the ledger cannot be read"), store.reader.begin() as db:
        return db.scalar(of_size)


def published_sizes(store: Store, most: int) -> list[int]:
    """The sizes of the newest checkpoints, the newest first, so many at most."""
    newest = select(checkpoints.c.size).order_by(checkpoints.c.size.desc()).limit(most)
    with converted("the ledger cannot be read"), store.reader.begin() as db:
        return list(db.scalars(newest))


def swap_checkpoint(store: Store, previous: int, size: int, note: bytes) -> None:
    """Makes `note` the newest checkpoint if the newest is still of size `previous`: one statement.

    Raises StoreConflict if another publisher was first.
    """
    swapped = 0
    try:
        with store.engine.begin() as db:
            swapped = db.execute(sql.SWAP, {"size": size, "previous": previous, "note": note}).rowcount
    except IntegrityError as error:
        raise _lost(previous, size) from error
    except DatabaseError as error:
        raise unavailable(error, "the checkpoint was not stored") from error
    if swapped != 1:
        raise _lost(previous, size)


def _lost(previous: int, size: int) -> StoreConflict:
    return StoreConflict(
        "another publisher was first",
        next_step="run `mingdan publish` again",
        expected=previous,
        size=size,
    )

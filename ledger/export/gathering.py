"""What can only be written once everything has passed, kept on disk meanwhile: traces, and objects of OCEL.

A nameless SQLite file that is gone with its connection, so that memory does not follow the log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from mingdan.ledger.errors import Unavailable


@contextmanager
def gathering(schema: str) -> Iterator[sqlite3.Connection]:
    """An empty database with these tables. Raises Unavailable where the disk of temporary files refuses."""
    try:
        with closing(sqlite3.connect("")) as db:
            db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {schema}")
            db.execute("BEGIN")
            yield db
    except sqlite3.Error as error:
        raise Unavailable(
            "what is gathered for the export cannot be kept",
            next_step="make room where temporary files lie (TMPDIR), then run the command again",
            reason=str(error),
        ) from error

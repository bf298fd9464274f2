"""Bringing views of an earlier version to the tables of this one: what a step emptied is told from the log.

Crash order: the steps in one transaction, then the log; whatever catches up next goes on where a run was
killed.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from mingdan.ledger.keeping.database import create, open_engine
from mingdan.ledger.keeping.migration import take_steps
from mingdan.ledger.keeping.store import Store, converted
from mingdan.projections.catch_up import Progress, catch_up, position
from mingdan.projections.views import SCHEMA, STEP, metadata, opening, standing

STEPS = Path(__file__).parent / "migrations"


class Migrated(Struct, frozen=True):
    """The step that views stood at, the one they are at, and how many entries they were told for it."""

    before: str | None
    after: str | None
    told: int


def migrate(store: Store, url: str, *, progress: Progress = lambda _done, _all: None) -> Migrated:
    """Brings views to this version and makes what tables they lack.

    Raises Unavailable, the old views left as they are, where the database does not take a step.
    """
    engine = open_engine(url, SCHEMA, durable=False)
    try:
        with opening():
            if standing(engine) == STEP:
                create(engine, metadata, SCHEMA)
                return Migrated(STEP, STEP, 0)
        with converted("the views cannot be migrated"), engine.begin() as db:
            before, after = take_steps(db, STEPS)
        kept = position(engine)
        return Migrated(before, after, catch_up(store, engine, progress=progress) - kept)
    finally:
        engine.dispose()

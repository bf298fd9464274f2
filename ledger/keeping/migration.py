"""Bringing a vault that an earlier version made to the tables of this one, step by step, nothing lost.

The ledger's tables are only ever added to, and views are made anew: the vault alone is migrated.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect

from mingdan.ledger.keeping.schema import orders
from mingdan.ledger.keeping.store import converted

STEPS = Path(__file__).parent / "migrations"
_UNNUMBERED = "0001"  # what a vault is that was made before steps were counted


def migrate(engine: Engine) -> tuple[str | None, str | None]:
    """Brings a vault to this version in one transaction; the step it stood at, and where it stands.

    Raises Unavailable, nothing changed, where the database does not take a step.
    """
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    with converted("the vault cannot be migrated"), engine.begin() as db:
        config.attributes["connection"] = db
        before = MigrationContext.configure(db).get_current_revision()
        if before is None and _is_there(db):
            command.stamp(config, before := _UNNUMBERED)
        command.upgrade(config, "head")
        return before, MigrationContext.configure(db).get_current_revision()


def _is_there(db: Connection) -> bool:
    return inspect(db).has_table(orders.name)

"""Bringing a store that an earlier version made to the tables of this one, step by step, in one transaction.

The vault loses nothing by it; of the views the projections say what is told again. The ledger's tables are
only ever added to.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from mingdan.ledger.errors import WrongWorkspace
from mingdan.ledger.keeping.schema import orders
from mingdan.ledger.keeping.store import converted

STEPS = Path(__file__).parent / "migrations"
_UNNUMBERED = "0001"  # what a vault is that was made before steps were counted


def migrate(engine: Engine) -> tuple[str | None, str | None]:
    """Brings a vault to this version in one transaction; the step it stood at, and where it stands.

    Raises Unavailable, nothing changed, where the database does not take a step.
    """
    with converted("the vault cannot be migrated"), engine.begin() as db:
        made = inspect(db).has_table(orders.name)
        return take_steps(db, STEPS / "versions", unnumbered=_UNNUMBERED if made else None)


def take_steps(
    db: Connection, folder: Path, *, unnumbered: str | None = None
) -> tuple[str | None, str | None]:
    """Takes the steps of a folder that a store lacks, in the caller's transaction; where it stood and stands.

    `unnumbered` is where it stands if it does not say so. Raises WrongWorkspace over a step that is not here.
    """
    config = config_of(folder)
    config.attributes["connection"] = db
    before = MigrationContext.configure(db).get_current_revision()
    if before is None and unnumbered is not None:
        command.stamp(config, before := unnumbered)
    known = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    if before is not None and before not in known:
        raise WrongWorkspace(
            "a store of this workspace was made by a newer version of mingdan",
            next_step="install that version, or restore a backup",
            expected=known[0],
            got=before,
        )
    command.upgrade(config, "head")
    return before, MigrationContext.configure(db).get_current_revision()


def config_of(folder: Path) -> Config:
    """What Alembic is told of the steps in a folder; `env.py` is the same for all."""
    config = Config()
    told = {"script_location": STEPS, "version_locations": folder, "path_separator": "newline"}
    for name, value in told.items():
        config.set_main_option(name, str(value).replace("%", "%%"))
    return config

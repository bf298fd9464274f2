"""Bringing a store that an earlier version made to the tables of this one, step by step, in one transaction.

The vault loses nothing by it; of the views the projections say what is told again. The ledger's tables are
only ever added to; of `shelves`, which is arithmetic, the names follow.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, bindparam, inspect, select, update

from mingdan.ledger.entry import read
from mingdan.ledger.errors import WrongWorkspace
from mingdan.ledger.keeping.schema import orders, shelves
from mingdan.ledger.keeping.store import Store, converted
from mingdan.ledger.market.guard import shelf_name
from mingdan.ledger.market.sku import Listed

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


def carry_shelves(store: Store) -> int:
    """Gives each shelf that an earlier version kept for a SKU, wherever sold, to the platform that lists it.

    How many were given; those of SKUs that nobody lists, and no guard looks at, stay as they are.
    """
    with converted("the shelves cannot be read"), store.engine.connect() as db:
        names = [name for name in db.scalars(select(shelves.c.sku)) if "/" not in name]
    listed = [
        {"old": name, "new": shelf_name(entry.event.platform, name)}
        for name in names
        for row in store.rows_of([f"sku/{name}"])
        if isinstance((entry := read(row.entry, row.kind, row.leaf)).event, Listed)
    ]
    renamed = update(shelves).where(shelves.c.sku == bindparam("old")).values(sku=bindparam("new"))
    with converted("the shelves cannot be migrated"), store.engine.begin() as db:
        if listed:
            db.execute(renamed, listed)
    return len(listed)


def config_of(folder: Path) -> Config:
    """What Alembic is told of the steps in a folder; `env.py` is the same for all."""
    config = Config()
    told = {"script_location": STEPS, "version_locations": folder, "path_separator": "newline"}
    for name, value in told.items():
        config.set_main_option(name, str(value).replace("%", "%%"))
    return config

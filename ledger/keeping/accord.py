"""Whether a ledger holds what its site published: entry by entry, while the site's log is read.

A ledger that was put back from a backup may lack entries that somebody holds receipts for, or hold others.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from msgspec import Struct

from mingdan.ledger.errors import Broken, MalformedProof, StoreConflict
from mingdan.ledger.keeping import rows as sql
from mingdan.ledger.keeping.checkpoints import newest_checkpoint
from mingdan.ledger.keeping.log import published_size
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.store import Store, converted
from mingdan.ledger.keeping.workspace import Workspace
from mingdan.ledger.replay import Told

NAMED = 20  # positions of altered entries that are named; all are counted


class Accord(Struct, frozen=True):
    """Of a ledger with so many entries, the published ones are those of the site; the others wait."""

    stored: int
    published: int

    @property
    def waiting(self) -> int:
        return self.stored - self.published


class Comparison:
    """Takes in what a site published, in order, and looks each entry up at its position (from 1)."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lost = 0
        self.first: int | None = None  # position of what is lost
        self.altered = 0
        self.named: list[int] = []

    def take(self, told: Sequence[Told]) -> None:
        """Compares consecutive published entries with the stored ones."""
        stored = self._rows(told[0].place, told[-1].place + 1)
        for each in told:
            position = each.place + 1
            row = stored.get(position)
            if row is None:
                self.lost += 1
                self.first = self.first or position
            elif row[1:6] != (each.stream, each.seq, each.kind, each.raw, each.leaf):
                self.altered += 1
                self.named += [position] if len(self.named) < NAMED else []

    def accord(self, published: int) -> Accord:
        """What it came to, once all that was published is taken in. Raises Broken, naming what differs."""
        stored = self.store.max_notification_id() or 0
        if self.lost or self.altered:
            message, step = _SAID[bool(self.lost), bool(self.altered)]
            raise Broken(message, next_step=step, ledger=stored, published=published, **self._found())
        return Accord(stored, published)

    def _found(self) -> dict[str, object]:
        found: dict[str, object] = {}
        if self.lost:
            found |= {"lost": self.lost, "from_position": self.first}
        if self.altered:
            more = ", …" if self.altered > len(self.named) else ""
            found |= {"altered": self.altered, "at_position": ", ".join(map(str, self.named)) + more}
        return found

    def _rows(self, after: int, upto: int) -> dict[int, Row]:
        driver = self.store.driver
        with converted("the ledger cannot be read"), driver.reading() as cursor:
            found = cursor.execute(driver.text(sql.RANGE), (after, upto))
            return {row.position: row for row in map(Row._make, found)}


def unread(workspace: Workspace) -> str | None:
    """Why a workspace's ledger is not to be read beside its site; None where it is."""
    path = workspace.folder / "ledger.db"
    if workspace.settings.database:
        return None
    if not path.exists() or not path.stat().st_size:
        return "there is none here"
    if not all(os.access(each, os.W_OK) for each in (workspace.folder, path)):
        return "it is read-only here"  # SQLite writes to read
    return None


def check_not_behind(workspace: Workspace) -> None:
    """Raises StoreConflict where the ledger lacks what was published of it: to record would fork the log.

    Asked are the ledger's last checkpoint and the site here, if there is one. Only `verify` reads all of it.
    """
    check_reaches(workspace.store, max(_shown(workspace), newest_checkpoint(workspace.store)[0]))


def check_reaches(store: Store, published: int) -> None:
    """Raises StoreConflict where the ledger ends before so many entries, which it signed."""
    stored = store.max_notification_id() or 0
    if stored < published:
        raise StoreConflict(
            "entries were lost: the ledger ends before what was published of it; nothing was done",
            next_step=LOST,
            ledger=stored,
            published=published,
            lost=published - stored,
            from_position=stored + 1,
        )


def _shown(workspace: Workspace) -> int:
    """How many entries the site here has; none where it cannot be read, and so says nothing of the ledger."""
    if not workspace.is_published:
        return 0
    try:
        return published_size(workspace.staging(), workspace.vkey())
    except (Broken, MalformedProof):
        return 0


LOST = (
    "record nothing; restore a younger backup, or take what was lost from the site's own files: "
    "docs/running.md, Backup"
)
_ALTERED = "record nothing; find out who wrote to the ledger, and restore it from a backup that agrees"
_SAID = {
    (True, False): ("entries were lost: the ledger lacks what its site published", LOST),
    (False, True): ("entries were altered: the ledger holds others than its site published", _ALTERED),
    (True, True): ("entries were lost, and others altered: the ledger is not what its site published", LOST),
}

"""Publishing the log: from the store to bundles, tiles and a signed checkpoint, all of it synced once.

The limit does no reading, no second look and no moving in: it hashes the leaves and the tree, writes the very
same files and syncs them. Not measured here, for want of its registry: Tessera, appended until published.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from shutil import copytree

from ground.disk import Turn, folder
from ground.goal import Goal, floor, report
from ground.ledger import closed, fill, record, workspace_in
from ground.orders import ABREAST, FACTS, commands
from table import Lane, asked, race
from tree import bare

from mingdan.ledger.keeping.checkpoints import swap_checkpoint
from mingdan.ledger.keeping.log import offer_checkpoint, stage_log
from mingdan.ledger.keeping.workspace import Workspace, open_workspace

NEW = 1_000  # entries of an epoch


def publish(workspace: Workspace) -> None:
    """The log's part of `mingdan publish`: no pages."""
    staging = workspace.staging()
    size = workspace.store.max_notification_id() or 0
    staging.begin()
    note = stage_log(workspace.store, staging, workspace.signer(), size)
    manifest = offer_checkpoint(workspace.store, staging, workspace.signer(), note)
    staging.complete(manifest)
    swap_checkpoint(workspace.store, manifest.previous, manifest.size, manifest.note)
    staging.apply(manifest)


class Ours(Turn):
    """The log of a ledger that was filled before, published for the first time."""

    def __init__(self, filled: Path) -> None:
        self.filled = filled

    def open(self) -> None:
        copytree(self.filled, self.folder / "workspace")
        self.workspace = closed(open_workspace(self.folder / "workspace"), self.room)

    def work(self) -> None:
        publish(self.workspace)


class Hashed(Turn):
    """Leaves and tree through hashlib, the same files written, one sync."""

    def __init__(self, entries: Sequence[bytes], files: Iterable[tuple[str, bytes]]) -> None:
        self.entries = entries
        self.files = files

    def open(self) -> None:
        pass  # the folder is empty, as ours is

    def work(self) -> None:
        bare(self.entries)
        for path, content in self.files:
            self.write(f"{self.folder}/{path}", content)
        os.sync()

    @staticmethod
    def write(path: str, content: bytes) -> None:
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True)
            file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(file, content)
        os.close(file)


class Live(Turn):
    """Recorded a hundred at a time, then published and signed."""

    def __init__(self, orders: int) -> None:
        self.commands = commands(orders, ABREAST)

    def open(self) -> None:
        self.workspace = workspace_in(self.folder, self.room)

    def work(self) -> None:
        record(self.workspace, self.commands)
        publish(self.workspace)


class Epochs:
    """A published log that grows by the same number of entries before each epoch."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.seed = 1
        publish(workspace)

    def grow(self) -> None:
        self.seed += 1
        fill(self.workspace, NEW // len(FACTS), self.seed)
        os.sync()

    def lane(self, name: str) -> Lane:
        return Lane(name, NEW, lambda: publish(self.workspace), before=self.grow)


def whole(filled: Workspace, orders: int, repeats: int) -> None:
    n = orders * len(FACTS)
    entries = [row.entry for rows in filled.store.scan(0) for row in rows]
    rehearsal = Ours(filled.folder)
    rehearsal.begin()
    rehearsal.work()
    files = list(_files(rehearsal.workspace.site))
    rehearsal.end()
    lanes = [
        Ours(filled.folder).lane("mingdan", n),
        Hashed(entries, files).lane("hashlib and the same files", n, "limit"),
    ]
    timings = race(lanes, repeats)
    report("publish the log, synced", timings, "entries", [])
    print(floor("mingdan", 100_000, timings), end="\n\n")


def epochs(filled: Workspace, orders: int, few: int, repeats: int) -> None:
    """An epoch's cost follows its own entries: it is the same in a log sixteen times as long."""
    with ExitStack() as room:
        small = workspace_in(folder(), room)
        fill(small, few)
        long = f"in a log of {orders * len(FACTS):,}"
        short = f"in a log of {few * len(FACTS):,}"
        lanes = [Epochs(filled).lane(long), Epochs(small).lane(short)]
        title = f"an epoch of {NEW:,} new entries"
        report(title, race(lanes, repeats), "entries", [Goal(long, 0.8, short)])


def _files(site: Path) -> Iterable[tuple[str, bytes]]:
    for path in sorted(site.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(site)), path.read_bytes()


if __name__ == "__main__":
    given = asked(__doc__)
    orders = 2_000 if given.quick else 32_000
    with ExitStack() as room:
        filled = workspace_in(folder(), room)
        fill(filled, orders)
        whole(filled, orders, given.repeats)
        epochs(filled, orders, orders // 16, given.repeats)
    live = Live(400 if given.quick else 4_000)
    n = len(live.commands) * ABREAST
    timings = race([live.lane("mingdan", n)], given.repeats)
    report("recorded a hundred at a time, then published and signed", timings, "entries", [])

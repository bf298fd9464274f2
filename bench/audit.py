"""Auditing: the log read back, every rule, stream, map and figure told again; then every order page printed.

The limits do what a prototype does: read the bundles, split them, hash leaves and tree; and decode each
entry into a struct whose kind it reads first. They keep nothing, fold nothing and count nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ground.disk import Turn, folder
from ground.goal import Goal, report
from ground.ledger import fill, workspace_in
from ground.orders import FACTS
from ground.typed import KINDS, decoder
from table import Role, asked, race
from tree import bare

from mingdan.ledger.keeping.workspace import Workspace
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.source import Folder
from mingdan.ledger.tile import entries_of, new_bundles
from mingdan.site.auditing.audit import inquiring
from mingdan.site.auditing.inquiry import Inquiry
from mingdan.site.auditing.reenactment import continues, reenact
from mingdan.site.auditing.survey import survey
from mingdan.site.publish import publish

BUNDLES = 64  # that the loop hashes as one tree: no tree of ours is smaller
KIND = b'"kind":"'


class Log(Turn):
    """The log's half of an audit into a fresh folder, in this process alone or with others."""

    def __init__(self, site: Path, policy: TrustPolicy, executor: Executor | None = None) -> None:
        self.site = site
        self.policy = policy
        self.executor = executor

    def open(self) -> None:
        begun = inquiring(Folder(self.site), self.policy, folder=self.folder, executor=self.executor)
        self.inquiry: Inquiry = self.room.enter_context(begun)[0]

    def work(self) -> None:
        assert continues(self.inquiry, None)
        assert reenact(self.inquiry)
        assert not self.inquiry.findings


class Pages(Log):
    """The other half, once the log was read."""

    def open(self) -> None:
        super().open()
        super().work()

    def work(self) -> None:
        assert self.inquiry.imprint is not None
        survey(self.inquiry, self.inquiry.imprint, audit=1, same=False)
        assert not self.inquiry.findings


class Loop(Turn):
    """Read, split, hash; and decode, if it is told how."""

    def __init__(self, site: Path, size: int, decode: Callable[[bytes], object] | None = None) -> None:
        self.site = site
        self.size = size
        self.decode = decode

    def open(self) -> None:
        pass  # it writes nothing

    def work(self) -> None:
        for entries in self.read():
            bare(entries)
            if self.decode is not None:
                for entry in entries:
                    self.decode(entry)

    def read(self) -> Iterator[list[bytes]]:
        some: list[bytes] = []
        for number, bundle in enumerate(new_bundles(0, self.size), 1):
            some += entries_of((self.site / "log" / bundle.path).read_bytes())
            if number % BUNDLES == 0:
                yield some
                some = []
        yield some


def typed() -> Callable[[bytes], object]:
    """Decodes an entry of any kind that orders have into a struct of its own; an epoch is left as it is."""
    decoders = {kind.encode(): decoder(kind) for kind in KINDS}

    def decode(raw: bytes) -> Any:
        begin = raw.rfind(KIND) + len(KIND)
        found = decoders.get(raw[begin : raw.find(b'"', begin)])
        return None if found is None else found(raw)

    return decode


def published(orders: int, room: ExitStack) -> Workspace:
    workspace = workspace_in(folder(), room)
    fill(workspace, orders)
    publish(workspace)
    return workspace


def warmed(room: ExitStack, site: Path, policy: TrustPolicy) -> ProcessPoolExecutor:
    """Two processes that have loaded all they need."""
    pool = room.enter_context(ProcessPoolExecutor(2, mp_context=get_context("forkserver")))
    rehearsal = Pages(site, policy, pool)
    rehearsal.begin()
    rehearsal.work()
    rehearsal.end()
    return pool


if __name__ == "__main__":
    given = asked(__doc__)
    orders = 2_000 if given.quick else 8_000
    n = orders * len(FACTS)
    with ExitStack() as room:
        workspace = published(orders, room)
        site, policy = workspace.site, workspace.trust()
        pool = warmed(room, site, policy)
        limit: Role = "limit"
        lanes = [
            Log(site, policy).lane("mingdan", n),
            Log(site, policy, pool).lane("mingdan, two processes", n),
            Loop(site, n + 1).lane("read, split, hash", n, limit),
            Loop(site, n + 1, typed()).lane("read, split, hash, decode", n, limit),
        ]
        goals = [
            Goal("mingdan", 0.5, "read, split, hash, decode"),
            Goal("mingdan, two processes", 1.7, "mingdan"),
        ]
        report("audit a log without its pages", race(lanes, given.repeats), "entries", goals)
        pages = [
            Pages(site, policy).lane("mingdan", 2 * orders),
            Pages(site, policy, pool).lane("mingdan, two processes", 2 * orders),
        ]
        found = race(pages, given.repeats)
        report("order pages checked", found, "pages", [Goal("mingdan, two processes", 1.7, "mingdan")])

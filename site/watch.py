"""Publishing by itself: whenever there is something new, yet not again for every entry of a burst."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.keeping.clock import Clock, now_ms
from mingdan.ledger.keeping.log import published_size
from mingdan.ledger.keeping.workspace import Workspace, using_workspace
from mingdan.projections.views import open_views
from mingdan.site.imprint import imprint_hash, imprint_of
from mingdan.site.publish import Published, turn
from mingdan.site.upcoming import upcoming

Reason = Literal["start", "settings", "entries", "time", "witnesses"]
Publish = Callable[[Workspace, Reason], Published]

PATIENCE = 60_000  # ms that entries wait for a burst to end
ASK_AGAIN = 300_000  # ms until witnesses that were missing are asked once more


class Look(Struct, frozen=True):
    """A workspace at `now` (ms UTC): how many entries are recorded and published, and its settings' hash."""

    now: int
    head: int
    published: int
    settings: str


class Awaited(Struct, frozen=True):
    """What the looks before leave: `turn` is when pages say something else though nothing was recorded."""

    settled: bool = False  # whether what was begun last was finished
    head: int = 0
    since: int | None = None  # since when entries wait to be published (ms UTC)
    settings: str = ""
    turn: int = 0
    ask: int | None = None  # when to ask missing witnesses again


def reason(look: Look, before: Awaited) -> Reason | None:
    """Why to publish, if there is a reason to."""
    if not before.settled:
        return "start"
    if look.settings != before.settings:
        return "settings"
    if look.head > look.published and (look.head == before.head or _impatient(look, before)):
        return "entries"
    if look.now > before.turn:
        return "time"
    return "witnesses" if before.ask is not None and look.now > before.ask else None


def looked(before: Awaited, look: Look) -> Awaited:
    """What a look leaves that gave no reason to publish."""
    waiting = look.head > look.published
    since = look.now if before.since is None else before.since
    return replace(before, head=look.head, since=since if waiting else None)


def next_turn(workspace: Workspace, sealed: int) -> int:
    """When pages as of `sealed` change by themselves (ms UTC), at the latest at half their freshness."""
    stale = turn(workspace, sealed)
    engine = open_views(workspace.url("views"))
    try:
        return min((at for _, at in upcoming(workspace, engine) if sealed <= at < stale), default=stale)
    finally:
        engine.dispose()


def unpublished(folder: Path) -> bool:
    """Whether a workspace has entries that its site does not show."""
    with using_workspace(folder) as workspace:
        return _head(workspace) > _published(workspace)


class Watch:
    """One workspace, opened for each look: whatever changed in it counts."""

    def __init__(self, folder: Path, publish: Publish, clock: Clock = now_ms) -> None:
        self.folder = folder
        self.publish = publish
        self.clock = clock
        self.before = Awaited()

    def look(self) -> Reason | None:
        """Looks once, and publishes where there is a reason; what fails is tried again by the next look."""
        with using_workspace(self.folder) as workspace:
            look = self._seen(workspace)
            why = reason(look, self.before)
            if why is None:
                self.before = looked(self.before, look)
            else:
                self.before = replace(self.before, settled=False)
                self.before = self._awaited(workspace, look, self.publish(workspace, why))
            return why

    def _seen(self, workspace: Workspace) -> Look:
        settings = imprint_hash(imprint_of(workspace))
        return Look(self.clock(), _head(workspace), _published(workspace), settings)

    def _awaited(self, workspace: Workspace, look: Look, done: Published) -> Awaited:
        turn = next_turn(workspace, done.sealed)
        ask = None if done.quorum else look.now + ASK_AGAIN
        return Awaited(settled=True, head=done.size, settings=look.settings, turn=turn, ask=ask)


def _impatient(look: Look, before: Awaited) -> bool:
    return before.since is not None and look.now - before.since >= PATIENCE


def _head(workspace: Workspace) -> int:
    return workspace.store.max_notification_id() or 0


def _published(workspace: Workspace) -> int:
    return published_size(workspace.staging(), workspace.signer().key)

"""Publishing: an epoch is sealed, its log and its changed pages are staged, and all of it goes live at once.

Crash order: epoch entry, staged files, manifest, checkpoint swapped into the ledger, files moved, checkpoint
moved last, outgrown files deleted. A run that died anywhere is finished by the next through these functions.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Engine

from mingdan.ledger.checkpoint import open_checkpoint
from mingdan.ledger.entry import parse
from mingdan.ledger.errors import StoreConflict
from mingdan.ledger.keeping.accord import check_reaches
from mingdan.ledger.keeping.atlas import KEPT, Atlas
from mingdan.ledger.keeping.checkpoints import newest_checkpoint, published_sizes, swap_checkpoint
from mingdan.ledger.keeping.clock import Clock, now_ms
from mingdan.ledger.keeping.log import offer_checkpoint, published_size, stage_log
from mingdan.ledger.keeping.staging import Manifest, Staging, Step
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.workspace import Workspace
from mingdan.ledger.note import parse_note
from mingdan.ledger.stream import is_order
from mingdan.projections.catch_up import catch_up
from mingdan.projections.views import open_views
from mingdan.site.edition import edition_of
from mingdan.site.imprint import imprint_of
from mingdan.site.pages import Task, look, stage_aggregates, stage_orders
from mingdan.site.prover import Seal
from mingdan.site.sealing import Sealed, Sealing
from mingdan.site.shown import Shown, note, shown
from mingdan.site.upcoming import upcoming
from mingdan.site.witnessing import witnessed

Progress = Callable[[str, int, int], None]  # what is under way, done, of how many

STEPS = (
    "epoch-sealed",
    "log-staged",
    "pages-staged",
    "staging-complete",
    "checkpoint-swapped",
    "file-moved",
    "files-moved",
    "checkpoint-moved",
    "file-deleted",
    "staging-removed",
    "edition-noted",
)


class Published(Struct, frozen=True):
    """What a run did. `size` is the tree's; `entries` are those new in it; `orders` whose pages changed."""

    origin: str
    size: int
    root: str
    sealed: int
    entries: int
    orders: int
    files: int
    witnesses: str  # "k of n" cosigned the checkpoint
    quorum: bool  # whether that is what the trust policy asks for
    absent: dict[str, str]  # witnesses asked in vain, and why
    resumed: bool = False

    @property
    def changed(self) -> bool:
        return self.files > 0


def publish(
    workspace: Workspace,
    *,
    clock: Clock = now_ms,
    refresh: bool = False,
    executor: Executor | None = None,
    progress: Progress = lambda _what, _done, _all: None,
    reached: Step = lambda _: None,
) -> Published:
    """Publishes everything recorded so far. `refresh` seals an epoch although nothing is new.

    So does an edition that has used up half its freshness: what is told again is not taken for old.

    Raises StoreConflict while another publisher is at work, Unavailable where the disk refuses, and Broken
    where the published files are not what was published; the site stays as it was.
    """
    staging = workspace.staging(reached)
    with staging.locked():
        size = newest_checkpoint(workspace.store)[0]
        check_reaches(workspace.store, size)
        resumed = finish(workspace.store, staging)
        engine = open_views(workspace.url("views"))
        try:
            size = newest_checkpoint(workspace.store)[0]
            after = size if refresh or _aged(workspace, size, clock()) else 0
            done = _Publication(workspace, staging, engine, progress).run(clock, after, executor)
            return replace(done, resumed=resumed)
        finally:
            engine.dispose()


def finish(store: Store, staging: Staging) -> bool:
    """Finishes a publication whose staging is complete; whether there was one."""
    manifest = staging.pending()
    if manifest is None:
        return False
    check_reaches(store, manifest.size)
    if newest_checkpoint(store)[0] > manifest.size:
        staging.discard()  # another site's publisher went on; moving this in would take the log back
        return False
    swap(store, manifest, staging.reached)
    staging.apply(manifest)
    return True


def swap(store: Store, manifest: Manifest, reached: Step) -> None:
    """Makes the manifest's checkpoint the ledger's newest, unless a run before did so already."""
    size, note = newest_checkpoint(store)
    if size != manifest.size:
        swap_checkpoint(store, manifest.previous, manifest.size, manifest.note)
    elif parse_note(note)[0] != parse_note(manifest.note)[0]:
        raise StoreConflict(
            "another checkpoint of this size was signed",
            next_step="keep both: one log must never sign two",
            size=size,
        )
    reached("checkpoint-swapped")


def turn(workspace: Workspace, sealed: int) -> int:
    """When an edition as of `sealed` has used up half its freshness (both ms UTC)."""
    return sealed + workspace.settings.fresh_within * 500


def _aged(workspace: Workspace, size: int, now: int) -> bool:
    return size > 0 and now > turn(workspace, parse(workspace.store.entry_at(size - 1)).recorded)


class _Publication:
    """One epoch on its way to the site: sealed, staged whole, then swapped in."""

    def __init__(self, workspace: Workspace, staging: Staging, engine: Engine, progress: Progress) -> None:
        self.workspace = workspace
        self.store = workspace.store
        self.staging = staging
        self.engine = engine
        self.progress = progress
        self.signer = workspace.signer()
        self.trust = workspace.trust()
        self.imprint = imprint_of(workspace)
        published = self.store.epoch_at(published_size(staging, self.signer.key))
        self.atlas = Atlas(self.store, staging, published)

    def run(self, clock: Clock, after: int, executor: Executor | None) -> Published:
        caught_up = self._of("catching up")
        sealed = Sealing(self.store, self.engine, self.atlas, self.imprint, caught_up).seal(clock, after)
        self.staging.reached("epoch-sealed")
        catch_up(self.store, self.engine, upto=sealed.size)
        self.staging.begin()
        manifest = self._stage_log(sealed)
        self.staging.reached("log-staged")
        return self._stage_pages(sealed, manifest, executor)

    def _stage_log(self, sealed: Sealed) -> Manifest:
        self.atlas.stage()
        note = stage_log(self.store, self.staging, self.signer, sealed.size, progress=self._of("log"))
        self.witnessed = witnessed(note, self.trust, self.staging)
        manifest = offer_checkpoint(self.store, self.staging, self.signer, self.witnessed.note)
        return replace(manifest, deletes=[*manifest.deletes, *self._outgrown(sealed)])

    def _stage_pages(self, sealed: Sealed, manifest: Manifest, executor: Executor | None) -> Published:
        before = shown(self.engine, self.staging)
        imprint = self.imprint
        now = Shown(sealed.size, sealed.entry.recorded, look(imprint))
        checkpoint, _ = open_checkpoint(manifest.note, self.signer.key)
        edition = edition_of(imprint, checkpoint, sealed.entry, witnessed=self.witnessed.standing.met)
        seal = Seal(manifest.note, self.store.entry_at(sealed.epoch.covers))
        streams = self._changed(before, now)
        task = Task(self.workspace.folder, edition, imprint, seal, streams, drawn=before.look == now.look)
        outgrown = stage_orders(self.workspace, self.staging, task, executor, self.progress)
        outgrown += stage_aggregates(self.staging, edition, imprint, sealed.census, sealed.register)
        manifest = replace(manifest, deletes=[*manifest.deletes, *outgrown])
        self.staging.reached("pages-staged")
        files = self.staging.count
        self._release(manifest)
        if self.witnessed.standing.met:  # else what was rendered now is rendered again, once it is
            note(self.engine, now)
        self.staging.reached("edition-noted")
        return Published(
            origin=edition.origin,
            size=sealed.size,
            root=edition.root,
            sealed=edition.sealed,
            entries=sealed.size - before.size,
            orders=len(streams),
            files=files,
            witnesses=str(self.witnessed.standing),
            quorum=self.witnessed.standing.met,
            absent={each.name: each.reason for each in self.witnessed.outcomes if each.reason},
        )

    def _outgrown(self, sealed: Sealed) -> list[str]:
        """The files of map tiles that only epochs before the last `KEPT` need."""
        sizes = published_sizes(self.store, KEPT)
        if len(sizes) < KEPT or sizes[0] == sealed.size:
            return []
        epochs = [epoch for size in reversed(sizes) if (epoch := self.store.epoch_at(size))]
        return list(self.atlas.outgrown([bytes.fromhex(epoch.map) for epoch in epochs]))

    def _changed(self, before: Shown, now: Shown) -> list[str]:
        """The orders whose pages differ from those shown: after a change of look, every one."""
        if before.look != now.look:
            return self.store.streams(now.size)
        scanned = self.store.scan(before.size, now.size)
        grown = {row.stream for rows in scanned for row in rows if is_order(row.stream)}
        return sorted(grown | self._fallen_due(before.as_of, now.as_of))

    def _fallen_due(self, since: int, until: int) -> set[str]:
        """The waiting orders for which an instant has passed that changes what their page says."""
        return {stream for stream, at in upcoming(self.workspace, self.engine) if since <= at < until}

    def _release(self, manifest: Manifest) -> None:
        if self.staging.count == 0:
            self.staging.discard()
            return
        self.staging.complete(manifest)
        self.staging.reached("staging-complete")
        swap(self.store, manifest, self.staging.reached)
        self.staging.apply(manifest)

    def _of(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(what, done, total)

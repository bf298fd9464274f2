"""Publishing: an epoch is sealed, its log and its changed pages are staged, and all of it goes live at once.

Crash order: epoch entry, staged files, manifest, checkpoint swapped into the ledger, files moved, checkpoint
moved last, outgrown files deleted. A run that died anywhere is finished by the next through these functions.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Engine, Integer, MetaData, String, Table, delete, insert, select

from mingdan.ledger.checkpoint import open_checkpoint
from mingdan.ledger.entry import LOG
from mingdan.ledger.keeping.book import Clock, now_ms
from mingdan.ledger.keeping.checkpoints import newest_checkpoint, swap_checkpoint
from mingdan.ledger.keeping.database import create, reading
from mingdan.ledger.keeping.log import stage_log
from mingdan.ledger.keeping.staging import Manifest, Staging, Step
from mingdan.ledger.keeping.store import Store, converted
from mingdan.ledger.keeping.workspace import Workspace
from mingdan.ledger.policy import policy_of
from mingdan.ledger.status import instants
from mingdan.projections import views
from mingdan.projections.catch_up import catch_up, states
from mingdan.projections.views import SCHEMA, open_views
from mingdan.site.edition import Edition
from mingdan.site.pages import look, stage_aggregates, stage_orders

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

_metadata = MetaData()

# What the site shows, so that the next run renders only what differs from it.
_editions = Table(
    "editions",
    _metadata,
    Column("one", Integer, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("look", String, nullable=False),
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
    resumed: bool = False

    @property
    def changed(self) -> bool:
        return self.files > 0


class _Shown(Struct, frozen=True):
    size: int = 0
    as_of: int = 0
    look: str = ""


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

    Raises StoreConflict while another publisher is at work, Unavailable where the disk refuses, and Broken
    where the published files are not what was published; the site stays as it was.
    """
    staging = workspace.staging(reached)
    with staging.locked():
        resumed = finish(workspace.store, staging)
        engine = open_views(workspace.url("views"))
        try:
            create(engine, _metadata, SCHEMA)
            after = newest_checkpoint(workspace.store)[0] if refresh else 0
            size, sealed = workspace.book(clock).seal_epoch(after=after)
            reached("epoch-sealed")
            done = _Publication(workspace, staging, engine, size, sealed, progress).run(executor)
            return replace(done, resumed=resumed)
        finally:
            engine.dispose()


def finish(store: Store, staging: Staging) -> bool:
    """Finishes a publication whose staging is complete; whether there was one."""
    manifest = staging.pending()
    if manifest is None:
        return False
    if newest_checkpoint(store)[0] > manifest.size:
        staging.discard()  # another site's publisher went on; moving this in would take the log back
        return False
    swap(store, manifest, staging.reached)
    staging.apply(manifest)
    return True


def swap(store: Store, manifest: Manifest, reached: Step) -> None:
    """Makes the manifest's checkpoint the ledger's newest, unless a run before did so already."""
    size, note = newest_checkpoint(store)
    if (size, note) != (manifest.size, manifest.note):
        swap_checkpoint(store, manifest.previous, manifest.size, manifest.note)
    reached("checkpoint-swapped")


class _Publication:
    """One epoch on its way to the site: staged whole, then swapped in."""

    def __init__(
        self,
        workspace: Workspace,
        staging: Staging,
        engine: Engine,
        size: int,
        sealed: int,
        progress: Progress,
    ) -> None:
        self.workspace = workspace
        self.store = workspace.store
        self.staging = staging
        self.engine = engine
        self.size = size
        self.sealed = sealed
        self.progress = progress

    def run(self, executor: Executor | None) -> Published:
        catch_up(self.store, self.engine, upto=self.size, progress=self._of("catching up"))
        shown = _shown(self.engine, self.staging)
        now = _Shown(self.size, self.sealed, look(self.workspace.settings))
        self.staging.begin()
        manifest, root = self._stage_log()
        self.staging.reached("log-staged")
        edition = self._edition(root)
        streams = self._changed(shown, now)
        orders = stage_orders(self.workspace, self.staging, edition, streams, executor, self.progress)
        stage_aggregates(self.staging, edition, self.engine)
        self.staging.reached("pages-staged")
        files = self.staging.count
        self._release(manifest)
        _note(self.engine, now)
        self.staging.reached("edition-noted")
        return Published(edition.origin, self.size, root, self.sealed, self.size - shown.size, orders, files)

    def _stage_log(self) -> tuple[Manifest, str]:
        signer = self.workspace.signer()
        manifest = stage_log(self.store, self.staging, signer, self.size, progress=self._of("log"))
        return manifest, open_checkpoint(manifest.note, signer.key)[0].root.hex()

    def _edition(self, root: str) -> Edition:
        settings = self.workspace.settings
        return Edition(
            title=settings.title,
            origin=settings.origin,
            size=self.size,
            root=root,
            sealed=self.sealed,
            languages=settings.languages,
            zone=settings.zone,
        )

    def _changed(self, shown: _Shown, now: _Shown) -> list[str]:
        """The orders whose pages differ from those shown: after a change of look, every one."""
        if shown.look != now.look:
            return self.store.streams(now.size)
        scanned = self.store.scan(shown.size, now.size)
        grown = {row.stream for rows in scanned for row in rows if row.stream != LOG}
        return sorted(grown | self._fallen_due(shown.as_of, now.as_of))

    def _fallen_due(self, since: int, until: int) -> set[str]:
        """The waiting orders for which an instant has passed that changes what their page says."""
        with converted("the views cannot be read"), reading(self.engine).begin() as db:
            waiting = list(db.scalars(select(views.backlog.c.stream)))
        policies = self.workspace.policies
        return {
            stream
            for stream, order in states(self.engine, waiting).items()
            if any(since <= at < until for at in instants(order, policy_of(order, policies)))
        }

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


def _shown(engine: Engine, staging: Staging) -> _Shown:
    """What the site shows; nothing where its folder was emptied or the views were made anew."""
    if not (staging.site / "index.html").exists():
        return _Shown()
    with converted("the views cannot be read"), reading(engine).begin() as db:
        row = db.execute(select(_editions)).first()
    return _Shown() if row is None else _Shown(row.size, row.as_of, row.look)


def _note(engine: Engine, shown: _Shown) -> None:
    with converted("the views cannot be written"), engine.begin() as db:
        db.execute(delete(_editions))
        db.execute(insert(_editions).values(one=1, size=shown.size, as_of=shown.as_of, look=shown.look))

"""Publishing: an epoch is sealed, its log and its changed pages are staged, and all of it goes live at once.

Crash order: epoch entry, staged files, manifest, checkpoint swapped into the ledger, files moved, checkpoint
moved last, outgrown files deleted. A run that died anywhere is finished by the next through these functions.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from msgspec import Struct
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
from mingdan.projections import views
from mingdan.projections.catch_up import catch_up
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
    resumed: bool
    changed: bool


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
            return _publish(workspace, staging, engine, clock, refresh, executor, progress, reached, resumed)
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


def _publish(
    workspace: Workspace,
    staging: Staging,
    engine: Engine,
    clock: Clock,
    refresh: bool,
    executor: Executor | None,
    progress: Progress,
    reached: Step,
    resumed: bool,
) -> Published:
    store = workspace.store
    size, sealed = workspace.book(clock).seal_epoch(after=newest_checkpoint(store)[0] if refresh else 0)
    reached("epoch-sealed")
    catch_up(store, engine, upto=size, progress=lambda done, total: progress("catching up", done, total))
    staging.begin()
    manifest = stage_log(
        store, staging, workspace.signer(), size, progress=lambda done, total: progress("log", done, total)
    )
    reached("log-staged")
    settings = workspace.settings
    root = open_checkpoint(manifest.note, workspace.signer().key)[0].root.hex()
    edition = Edition(
        title=settings.title,
        origin=settings.origin,
        size=size,
        root=root,
        sealed=sealed,
        languages=settings.languages,
        zone=settings.zone,
    )
    shown = _shown(engine, staging)
    now = _Shown(size, sealed, look(settings))
    streams = store.streams(size) if shown.look != now.look else _changed(store, engine, shown, now)
    orders = stage_orders(workspace, staging, edition, streams, executor, progress)
    stage_aggregates(staging, edition, engine)
    reached("pages-staged")
    files = staging.count
    if files:
        staging.complete(manifest)
        reached("staging-complete")
        swap(store, manifest, reached)
        staging.apply(manifest)
    else:
        staging.discard()
    _note(engine, now)
    reached("edition-noted")
    return Published(
        settings.origin, size, root, sealed, size - shown.size, orders, files, resumed, bool(files)
    )


def _changed(store: Store, engine: Engine, shown: _Shown, now: _Shown) -> list[str]:
    """The orders that grew since the last edition, and those whose due time has passed since."""
    grown = {row.stream for rows in store.scan(shown.size, now.size) for row in rows if row.stream != LOG}
    with converted("the views cannot be read"), reading(engine).begin() as db:
        promised = views.backlog.c.promised
        due = select(views.backlog.c.stream).where(promised >= shown.as_of, promised < now.as_of)
        return sorted(grown | set(db.scalars(due)))


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

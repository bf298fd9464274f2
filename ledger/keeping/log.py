"""From the store to the published log: bundles, tiles, and a checkpoint signed only after a second look.

Work is proportional to the entries since the last checkpoint; nothing already published is rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from mingdan.ledger.checkpoint import Checkpoint, open_checkpoint
from mingdan.ledger.errors import Broken, MingdanError
from mingdan.ledger.keeping.checkpoints import newest_checkpoint
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.staging import Manifest, Staging, environment
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.note import Signer, VerifierKey, sign
from mingdan.ledger.tile import (
    ENTRIES,
    WIDTH,
    Edge,
    Tile,
    bundle_of,
    entries_of,
    grow,
    hashes_of,
    new_bundles,
    new_tiles,
    superseded,
)
from mingdan.ledger.tree import HASH_SIZE, leaf_hash, root_of

LOG = "log/"  # where the log lies under the site
CHECKPOINT = LOG + "checkpoint"
VKEY = LOG + "vkey"
Progress = Callable[[int, int], None]


def stage_log(
    store: Store,
    staging: Staging,
    signer: Signer,
    size: int,
    *,
    progress: Progress = lambda _done, _all: None,
) -> bytes:
    """Stages the log grown to `size` and verifies it; the checkpoint, signed."""
    old = published_size(staging, signer.key)
    edge = Edge.read(old, lambda tile: staging.read(LOG + tile.path))
    _check_published(staging, signer, old, edge)
    grown = grow(
        edge,
        _leaves(store, staging, old, size, progress),
        lambda tile, content: staging.write(LOG + tile.path, content),
    )
    verify_staged(staging, old, grown)
    return sign(Checkpoint(signer.name, size, grown.root).text, [signer])


def offer_checkpoint(store: Store, staging: Staging, signer: Signer, note: bytes) -> Manifest:
    """Stages the checkpoint, cosigned or not, and the key it is checked with; the manifest it completes."""
    size = open_checkpoint(note, signer.key)[0].size
    deletes = [LOG + tile.path for tile in superseded(published_size(staging, signer.key), size)]
    staging.offer(CHECKPOINT, note)
    staging.offer(VKEY, f"{signer.key}\n".encode())
    previous, _ = newest_checkpoint(store)
    return Manifest(previous=previous, size=size, last=CHECKPOINT, note=note, deletes=deletes)


def published_size(staging: Staging, key: VerifierKey) -> int:
    """The size of the checkpoint in the site; 0 where there is no site yet."""
    published = _published(staging, key)
    return 0 if published is None else published.size


def _published(staging: Staging, key: VerifierKey) -> Checkpoint | None:
    """The checkpoint in the site; None where there is no site yet."""
    path = staging.site / CHECKPOINT
    with environment("the published checkpoint cannot be read"):
        if not path.exists():
            return None
        note = path.read_bytes()
    try:
        return open_checkpoint(note, key)[0]
    except MingdanError as error:
        raise Broken(
            "the published checkpoint is not one that this log signed",
            next_step="delete the site folder and publish again: every file is made anew from the ledger",
            file=path,
            reason=error.message,
        ) from error


def verify_staged(staging: Staging, old: int, grown: Edge) -> None:
    """Reads what was staged back from disk and re-hashes it by another path than the one that wrote it.

    Raises Broken: nothing is signed then.
    """
    size = grown.size
    for bundle in new_bundles(old, size):
        content = staging.read(LOG + bundle.path)
        leaves = [leaf_hash(entry) for entry in entries_of(content)]
        tile = Tile(0, bundle.index, bundle.width)
        if leaves != hashes_of(tile, staging.read(LOG + tile.path)):
            raise Broken("a staged bundle does not hash to its tile", path=bundle.path, tile=tile.path)
    for tile in new_tiles(old, size):
        if tile.level:
            _verify_over(staging, old, tile)
    if Edge.read(size, lambda tile: staging.read(LOG + tile.path)).root != grown.root:
        raise Broken("the staged tiles lead to another root", size=size)


def _verify_over(staging: Staging, old: int, tile: Tile) -> None:
    """That a tile goes on from the published one, and is over those tiles below it that are new."""
    content = staging.read(LOG + tile.path)
    known = tile.width_in(old)
    if known and staging.read(LOG + Tile(tile.level, tile.index, known).path) != content[: known * HASH_SIZE]:
        raise Broken("a staged tile does not go on from the published one", path=tile.path)
    for offset, expected in enumerate(hashes_of(tile, content)[known:], known):
        below = Tile(tile.level - 1, tile.index * WIDTH + offset)
        if root_of(hashes_of(below, staging.read(LOG + below.path))) != expected:
            raise Broken("a staged tile is not over the tile below it", path=tile.path, below=below.path)


def _leaves(store: Store, staging: Staging, old: int, size: int, progress: Progress) -> Iterator[bytes]:
    """The leaf hashes after `old`; on the way, the bundles they lie in are staged."""
    if old == size:
        return
    start = old - old % WIDTH
    waiting: list[Row] = []
    for row in chain.from_iterable(store.scan(start, size)):
        waiting.append(row)
        if len(waiting) == WIDTH:
            _stage_bundle(staging, waiting)
            progress(row.position - old, size - old)
            waiting = []
        if row.position > old:
            yield row.leaf
    if waiting:
        _stage_bundle(staging, waiting)


def _stage_bundle(staging: Staging, rows: list[Row]) -> None:
    tile = Tile(ENTRIES, (rows[0].position - 1) // WIDTH, len(rows))
    staging.write(LOG + tile.path, bundle_of([row.entry for row in rows]))


def _check_published(staging: Staging, signer: Signer, old: int, edge: Edge) -> None:
    checkpoint = _published(staging, signer.key)
    if checkpoint is not None and edge.root != checkpoint.root:
        raise Broken(
            "the published tiles do not lead to the published checkpoint: the site's files were altered",
            next_step="delete the site folder and publish again: every file is made anew from the ledger",
            size=old,
            expected=checkpoint.root.hex(),
            actual=edge.root.hex(),
        )

"""A published log verified from its static files alone: every byte that follows from it, and no file beside.

Nothing here asks the store; whoever has the files and the verifier key can run it. What its pages say, and
whether its figures follow from it, is the auditor's question (`site/audit.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from mingdan.ledger import map_tile
from mingdan.ledger.checkpoint import open_checkpoint
from mingdan.ledger.errors import Broken, MalformedProof, MingdanError
from mingdan.ledger.event import Epoch
from mingdan.ledger.map import key_of
from mingdan.ledger.note import VerifierKey
from mingdan.ledger.proven import NEXT, PublishedLog
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.replay import Chain, Told, found_in, read_log
from mingdan.ledger.source import Folder
from mingdan.ledger.stream import LOG
from mingdan.ledger.tile import ENTRIES, WIDTH, Tile, new_bundles, new_tiles

Progress = Callable[[int, int], None]

CHECKPOINT = "checkpoint"


class Verified(Struct, frozen=True):
    """What was verified: the checkpoint, how many entries and streams, and every file that was read."""

    origin: str
    size: int
    root: str
    streams: int
    epochs: int
    files: int


def verify_log(
    folder: Path,
    key: VerifierKey,
    *,
    progress: Progress = lambda _done, _all: None,
    read: Callable[[Sequence[Told]], object] = lambda _told: None,
) -> Verified:
    """Verifies the log in `folder` against the key its reader trusts.

    `read` is given all entries in order, some at a time, once they are known to be of the log. Raises Broken,
    naming the file and the rule.
    """
    source = Folder(folder)
    log = _open(source, key)
    size = log.checkpoint.size
    names = {CHECKPOINT, "vkey", *(tile.path for tile in new_tiles(0, size))}
    names |= {bundle.path for bundle in new_bundles(0, size)}
    chain, epoch = Chain(), None
    for part in read_log(log):
        for fault in part.faults:
            raise fault
        for told in part.told:
            try:
                chain.add(told)
                epoch = told.epoch or epoch
            except MingdanError as error:
                raise found_in(error, bundle_of(told.place, size)) from error
        read(part.told)
        progress(part.told[-1].place + 1, size)
    chain.finish(size)
    assert epoch is not None
    names |= {"policy", *_check_figures(log, epoch), *_check_map(log, epoch, chain)}
    _check_policy(log, key)
    _check_files(log, source, names)
    return Verified(
        log.checkpoint.origin, size, log.checkpoint.root.hex(), len(chain.heads), chain.epochs, len(names)
    )


def bundle_of(index: int, size: int) -> str:
    """The file in which a log of this size has the entry at an index."""
    return Tile.within(size, ENTRIES, index // WIDTH).path


def _open(source: Folder, key: VerifierKey) -> PublishedLog:
    note = source.read(CHECKPOINT)
    if note is None:
        raise Broken("there is no checkpoint here, so no log", next_step=NEXT, file=CHECKPOINT)
    try:
        checkpoint, _ = open_checkpoint(note, key)
    except MingdanError as error:
        raise found_in(error, CHECKPOINT) from error
    if checkpoint.size == 0:
        raise Broken("a published tree ends in an epoch entry", file=CHECKPOINT, size=0)
    log = PublishedLog(source, checkpoint)
    if log.read("vkey") != f"{key}\n".encode():
        raise Broken("the published verifier key is another one than yours", file="vkey", expected=str(key))
    return log


def _check_figures(log: PublishedLog, epoch: Epoch) -> Iterator[str]:
    """The figures and the rules are those that the last epoch commits to."""
    for name, expected in (("statistics.json", epoch.statistics.sha256), ("reducer.txt", epoch.rules)):
        actual = sha256(log.read(name)).hexdigest()
        if actual != expected:
            raise Broken("not what the last epoch commits to", file=name, expected=expected, actual=actual)
        yield name


def _check_map(log: PublishedLog, epoch: Epoch, chain: Chain) -> Iterator[str]:
    """The map of the last epoch holds where every stream ended before it, and nothing else."""
    root = bytes.fromhex(epoch.map)
    ends = {key_of(stream): head.value for stream, head in chain.heads.items() if stream != LOG}
    if chain.before is not None:
        ends[key_of(LOG)] = chain.before.value

    def tile_of(node: bytes) -> bytes:
        return log.read(map_tile.path_of(node))

    try:
        held = dict(map_tile.pairs(root, tile_of))
        names = [map_tile.path_of(node) for node in map_tile.reachable(root, tile_of)]
    except MingdanError as error:
        raise found_in(error, str(error.evidence.get("file") or error.evidence.get("path"))) from error
    if (held, len(held)) != (ends, epoch.streams):
        place = bundle_of(epoch.covers, log.checkpoint.size)
        raise Broken("the map of this epoch is not that of its entries", file=place, index=epoch.covers)
    return iter(names)


def _check_policy(log: PublishedLog, key: VerifierKey) -> None:
    """The keys that the site goes by are its own word; but its own key is among them."""
    try:
        policy = TrustPolicy.parse(log.read("policy"))
    except MingdanError as error:
        raise found_in(error, "policy") from error
    if key not in (each.key for each in policy.logs):
        raise Broken("the published policy is another log's", next_step=NEXT, file="policy")


def _check_files(log: PublishedLog, source: Folder, expected: set[str]) -> None:
    """No file too many; what only an earlier map needed may stay for a while."""
    for found in source.files():
        if not found.plain:
            raise Broken("no plain file, or an empty folder", next_step=NEXT, file=found.path)
        if found.path not in expected and not _is_map_tile(log, found.path):
            raise Broken("a file that is no part of this log", next_step=NEXT, file=found.path)


def _is_map_tile(log: PublishedLog, path: str) -> bool:
    if not path.startswith("map/"):
        return False
    try:
        return map_tile.path_of(map_tile.parse_tile(log.read(path)).node) == path
    except MalformedProof:
        return False

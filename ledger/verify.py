"""A published log verified from its static files alone: every byte of it, and no file beside it.

Nothing here asks the store; whoever has the files and the verifier key can run it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from mingdan.ledger.checkpoint import Checkpoint, open_checkpoint
from mingdan.ledger.entry import LOG, Entry, parse
from mingdan.ledger.errors import Broken, MingdanError
from mingdan.ledger.event import Epoch
from mingdan.ledger.note import VerifierKey
from mingdan.ledger.tile import Edge, Tile, entries_of, grow, new_bundles, new_tiles

Progress = Callable[[int, int], None]


class Verified(Struct, frozen=True):
    """What was verified: the checkpoint, how many entries and streams, and every file that was read."""

    origin: str
    size: int
    root: str
    streams: int
    epochs: int
    files: int


def verify_log(folder: Path, key: VerifierKey, *, progress: Progress = lambda _done, _all: None) -> Verified:
    """Verifies the log in `folder` against the key its reader trusts.

    Raises Broken, naming the file and the rule.
    """
    try:
        checkpoint, _ = open_checkpoint(_read(folder, "checkpoint"), key)
    except MingdanError as error:
        raise _broken(error, "checkpoint") from error
    tiles = {tile.path: tile for tile in new_tiles(0, checkpoint.size)}
    bundles = list(new_bundles(0, checkpoint.size))
    expected = {"checkpoint", "vkey", *tiles, *(bundle.path for bundle in bundles)}
    _check_files(folder, expected)
    if _read(folder, "vkey") != f"{key}\n".encode():
        raise Broken("the published verifier key is another one than yours", file="vkey", expected=str(key))
    chain = _Chain()
    made = grow(Edge(), _leaves(folder, bundles, chain, checkpoint, progress), _comparing(folder))
    if made.root != checkpoint.root or made.size != checkpoint.size:
        raise Broken(
            "the entries do not hash to the checkpoint's root",
            file="checkpoint",
            expected=checkpoint.root.hex(),
            actual=made.root.hex(),
        )
    chain.finish(checkpoint.size)
    return Verified(
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root.hex(),
        len(chain.heads),
        chain.epochs,
        len(expected),
    )


class _Chain:
    """The rules that hold from entry to entry: streams without gaps, time that never goes back, epochs."""

    def __init__(self) -> None:
        self.heads: dict[str, tuple[int, bytes]] = {}
        self.recorded = 0
        self.epochs = 0
        self.last_epoch: int | None = None

    def add(self, entry: Entry, index: int) -> None:
        seq, leaf = self.heads.get(entry.stream, (0, b""))
        if entry.seq != seq + 1 or entry.prev != (leaf.hex() or None):
            raise Broken(
                "an entry does not continue its stream", index=index, stream=entry.stream, seq=entry.seq
            )
        if entry.recorded < self.recorded:
            raise Broken("recorded time goes back", index=index, recorded=entry.recorded)
        if (entry.stream == LOG) != isinstance(entry.event, Epoch):
            raise Broken("epochs, and nothing else, stand in the stream log", index=index, kind=entry.kind)
        if isinstance(entry.event, Epoch):
            if entry.event.covers != index or entry.event.previous != self.last_epoch:
                raise Broken("an epoch that covers something else", index=index, covers=entry.event.covers)
            self.epochs, self.last_epoch = self.epochs + 1, index
        self.heads[entry.stream] = (entry.seq, entry.leaf)
        self.recorded = entry.recorded

    def finish(self, size: int) -> None:
        if size and self.last_epoch != size - 1:
            raise Broken("a published tree ends in an epoch entry", size=size, last_epoch=self.last_epoch)


def _leaves(
    folder: Path, bundles: list[Tile], chain: _Chain, checkpoint: Checkpoint, progress: Progress
) -> Iterable[bytes]:
    index = 0
    for bundle in bundles:
        try:
            entries = [parse(raw) for raw in entries_of(_read(folder, bundle.path))]
            if len(entries) != bundle.width:
                raise Broken("a bundle of another width", expected=bundle.width, actual=len(entries))
            for entry in entries:
                chain.add(entry, index)
                index += 1
        except MingdanError as error:
            raise _broken(error, bundle.path) from error
        yield from (entry.leaf for entry in entries)
        progress(index, checkpoint.size)


def _broken(error: MingdanError, file: str) -> Broken:
    """What is wrong in a published file is an answer, not the reader's misuse."""
    evidence = {"file": file} | error.evidence
    return Broken(error.message, next_step=_NEXT, **evidence)


def _comparing(folder: Path) -> Callable[[Tile, bytes], None]:
    def compare(tile: Tile, made: bytes) -> None:
        if _read(folder, tile.path) != made:
            raise Broken("a tile does not hold the hashes of its entries", file=tile.path)

    return compare


def _check_files(folder: Path, expected: set[str]) -> None:
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    if missing := sorted(expected - found):
        raise Broken("files of the log are missing", file=missing[0], missing=len(missing))
    if strays := sorted(found - expected):
        raise Broken("files that are no part of this log", file=strays[0], strays=len(strays))


def _read(folder: Path, path: str) -> bytes:
    try:
        return (folder / path).read_bytes()
    except OSError as error:
        raise Broken(f"a file of the log cannot be read: {error.strerror}", file=path) from error


_NEXT = "do not trust this copy; keep it, and compare with another from elsewhere"

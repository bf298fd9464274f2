"""The tree hashed and its tiles written, inclusion proofs made and checked, beside pymerkle and hashlib.

All of it is one thread that waits for nobody, so the clock is the processor's.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from time import process_time

import pymerkle
from table import Asked, Lane, asked, race, show

from mingdan.ledger.tile import Edge, Put, Tile, grow
from mingdan.ledger.tree import Levels, inclusion_proof, leaf_hash, root_of, verify_inclusion

ENTRY_BYTES = 350


def entries(count: int) -> list[bytes]:
    random.seed(count)
    return [random.randbytes(ENTRY_BYTES) for _ in range(count)]


def root_and_tiles(some: Iterable[bytes], put: Put) -> bytes:
    return grow(Edge(), map(leaf_hash, some), put).root


class Files:
    """Tiles as files in TMPDIR; making them durable is measured with publishing.

    Every repeat has a folder of its own and all go at the end: ext4 without a journal searches up to a
    millisecond for an inode where many were freed a moment ago, and that would be measured instead.
    """

    def __init__(self, parent: str) -> None:
        self.parent = parent

    def begin(self) -> None:
        self.folder = mkdtemp(dir=self.parent)

    def put(self, tile: Tile, content: bytes) -> None:
        path = f"{self.folder}/{tile.path}"
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True)
            file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(file, content)
        os.close(file)


def bare(some: Iterable[bytes]) -> bytes:
    """The least work there is for a root: each entry and each pair through hashlib, nothing kept."""
    leaf, node = sha256(b"\x00").copy, sha256(b"\x01").copy
    level = []
    for entry in some:
        state = leaf()
        state.update(entry)
        level.append(state.digest())
    while len(level) > 1:
        above = []
        for left, right in zip(level[::2], level[1::2], strict=False):
            state = node()
            state.update(left + right)
            above.append(state.digest())
        level = above + level[len(level) & ~1 :]
    return level[0]


def build(given: Asked, folder: str) -> None:
    ours = entries(50_000 if given.quick else 1_000_000)
    few = ours[: 5_000 if given.quick else 300_000]
    in_memory, files = dict[Tile, bytes](), Files(folder)
    assert root_and_tiles(few, in_memory.__setitem__) == bare(few)
    assert bare(few) == pymerkle.InmemoryTree.init_from_entries(few).get_root()
    lanes = [
        Lane(
            "tiles written to files",
            len(ours),
            lambda: root_and_tiles(ours, files.put),
            before=files.begin,
        ),
        Lane(
            "tiles kept in memory",
            len(ours),
            lambda: root_and_tiles(ours, in_memory.__setitem__),
            before=in_memory.clear,
        ),
        Lane("pymerkle InmemoryTree", len(few), lambda: pymerkle.InmemoryTree.init_from_entries(few), "peer"),
        Lane("hashlib, root alone", len(ours), lambda: bare(ours), "limit"),
    ]
    goal = ">= 10 x pymerkle, >= 0.8 x hashlib"
    show("hash and build the tree", race(lanes, given.repeats, process_time), "leaves", goal)


def prove(given: Asked) -> None:
    size = 5_000 if given.quick else 100_000
    some = entries(size)
    leaves = [leaf_hash(entry) for entry in some]
    hashes, root = Levels(leaves), root_of(leaves)
    peer = pymerkle.InmemoryTree.init_from_entries(some)
    places = random.sample(range(size), 1_000 if given.quick else 5_000)
    ours = [(place, inclusion_proof(place, size, hashes)) for place in places]
    theirs = [(place, peer.prove_inclusion(place + 1)) for place in places]
    assert all(mine == other.path[1:] for (_, mine), (_, other) in zip(ours, theirs, strict=True))
    making = [
        Lane("inclusion_proof", len(places), lambda: [inclusion_proof(p, size, hashes) for p in places]),
        Lane("pymerkle", len(places), lambda: [peer.prove_inclusion(p + 1) for p in places], "peer"),
    ]
    checking = [
        Lane(
            "verify_inclusion",
            len(places),
            lambda: [verify_inclusion(p, size, leaves[p], proof, root) for p, proof in ours],
        ),
        Lane(
            "pymerkle",
            len(places),
            lambda: [pymerkle.verify_inclusion(leaves[p], root, proof) for p, proof in theirs],
            "peer",
        ),
    ]
    show("inclusion proofs made", race(making, given.repeats, process_time), "proofs", ">= 10 x pymerkle")
    show(
        "inclusion proofs checked", race(checking, given.repeats, process_time), "proofs", ">= 1.5 x pymerkle"
    )


if __name__ == "__main__":
    options = asked(__doc__)
    with TemporaryDirectory() as scratch:
        build(options, scratch)
    prove(options)

"""The map over all streams: its root, an epoch's growth, proofs made and checked, beside hashlib alone.

All of it is one thread that waits for nobody, so the clock is the processor's. The limit copies a state that
has eaten its prefix, hashes as many leaves and nodes as we must, and keeps nothing.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from hashlib import sha256
from math import log2
from pathlib import Path
from statistics import mean
from time import process_time

from ground.disk import folder
from table import Asked, Lane, asked, race, show

from mingdan.ledger.map import Head, prove, root_of, verify_presence
from mingdan.ledger.map_tile import Bucket, Interior, TiledMap, dropped, grow, look_up, parse_tile, path_of
from mingdan.ledger.tree import EMPTY_ROOT

Pairs = dict[bytes, bytes]
Tiles = dict[bytes, bytes]

LEAF, NODE = b"\0" * 82, b"\0" * 65  # what a leaf and an inner node hash behind their first byte


def heads(count: int) -> Pairs:
    random.seed(count)
    return {random.randbytes(32): head(3 * number) for number in range(count)}


def head(index: int) -> bytes:
    return Head(1 + index % 7, index, random.randbytes(32)).value


def bare(leaves: int, inner: int) -> None:
    """The least work there is: so many leaves and inner nodes through hashlib."""
    for content, count in ((LEAF, leaves), (NODE, inner)):
        start, left, right = sha256(b"\x00").copy, content[:32], content[32:]
        for _ in range(count):
            state = start()
            state.update(left + right)
            state.digest()


class Files:
    """Tiles as files: a map that was published once, and for every repeat a folder for what is new."""

    def __init__(self, tiles: Tiles) -> None:
        self.published = self.fresh()
        for node, content in tiles.items():
            self.write(self.published, node, content)

    def begin(self) -> None:
        self.grown = self.fresh()

    def read(self, node: bytes) -> bytes:
        return (self.published / path_of(node)).read_bytes()

    def put(self, node: bytes, content: bytes) -> None:
        self.write(self.grown, node, content)

    @staticmethod
    def fresh() -> Path:
        place = folder()
        for first in range(256):
            (place / "map" / f"{first:02x}").mkdir(parents=True)
        return place

    @staticmethod
    def write(place: Path, node: bytes, content: bytes) -> None:
        file = os.open(place / path_of(node), os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(file, content)
        os.close(file)


def hashes(read: Tiles, written: Tiles) -> tuple[int, int]:
    """How many leaves and inner nodes a growth hashes: all it reads, and what is new in what it writes."""
    was, new = ([parse_tile(content) for content in some.values()] for some in (read, written))
    buckets = [tile for tile in was + new if isinstance(tile, Bucket)]
    leaves = sum(len(bucket.records) for bucket in buckets)
    forks = inner_nodes(was)
    return leaves, leaves - len(buckets) + len(forks) + len(inner_nodes(new) - forks)


def inner_nodes(tiles: Sequence[Bucket | Interior]) -> set[bytes]:
    """Those that interior tiles tell."""
    forks = [tile for tile in tiles if isinstance(tile, Interior)]
    return {node for fork in forks for node in {*fork.nodes[:256]} - {*fork.nodes[256:]} if node}


def build(given: Asked, streams: Pairs, tiles: Tiles) -> None:
    """A root from nothing, and all tiles."""
    ordered, site = sorted(streams.items()), Tiles()
    count = len(streams)
    lanes = [
        Lane("root_of", count, lambda: root_of(ordered)),
        Lane(
            "grow from nothing, in memory",
            count,
            lambda: grow(EMPTY_ROOT, streams, site.__getitem__, site.__setitem__),
            before=site.clear,
        ),
        Lane("hashlib, as many hashes", count, lambda: bare(count, count - 1), "limit"),
    ]
    show("root over all streams", race(lanes, given.repeats, process_time), "streams")
    assert site == tiles


def epoch(given: Asked, root: bytes, streams: Pairs, tiles: Tiles) -> None:
    """Some streams changed: what their tiles cost, and what they weigh."""
    changed = {
        key: head(index) for index, key in enumerate(random.sample(list(streams), len(streams) // 200))
    }
    read, written = Tiles(), Tiles()
    new = grow(root, changed, lambda node: read.setdefault(node, tiles[node]), written.__setitem__)
    assert new == root_of(sorted((streams | changed).items()))
    both = tiles | written
    leaves, inner = hashes(read, written)
    files, site = Files(tiles), Tiles()
    lanes = [
        Lane(
            "grow, tiles as files",
            len(changed),
            lambda: grow(root, changed, files.read, files.put),
            before=files.begin,
        ),
        Lane(
            "grow, tiles in memory",
            len(changed),
            lambda: grow(root, changed, tiles.__getitem__, site.__setitem__),
            before=site.clear,
        ),
        Lane("dropped, in memory", len(changed), lambda: list(dropped(root, new, both.__getitem__))),
        Lane("hashlib, as many hashes", len(changed), lambda: bare(leaves, inner), "limit"),
    ]
    title = f"{len(changed):,} of {len(streams):,} streams changed"
    show(title, race(lanes, given.repeats, process_time), "streams")
    print(f"hashed: {leaves:,} leaves, {inner:,} inner nodes, what was read included")
    print(f"read: {len(read):,} tiles, {sum(map(len, read.values())):,} bytes")
    print(f"written: {len(written):,} tiles, {sum(map(len, written.values())):,} bytes", end="\n\n")


def prove_and_verify(given: Asked, root: bytes, streams: Pairs, tiles: Tiles) -> None:
    some = sorted(random.sample(list(streams), 200 if given.quick else 1_000))
    proofs = [(key, *look_up(root, key, tiles.__getitem__)) for key in some]
    ordered = sorted(streams.items())
    assert proofs[0][1:] == (streams[some[0]], prove(ordered, some[0]))
    steps = sum(len(proof) // 33 for _, _, proof in proofs)
    making = [
        Lane("look_up", len(some), lambda: [look_up(root, key, tiles.__getitem__) for key in some]),
        Lane("TiledMap.look_up, in order", len(some), lambda: in_order(root, some, tiles)),
        Lane("prove, in memory", 3, lambda: [prove(ordered, key) for key in some[:3]]),
    ]
    checking = [
        Lane(
            "verify_presence",
            len(some),
            lambda: [verify_presence(root, key, value or b"", proof) for key, value, proof in proofs],
        ),
        Lane("hashlib, as many hashes", len(some), lambda: bare(len(some), steps), "limit"),
    ]
    show("presence proofs made", race(making, given.repeats, process_time), "proofs")
    show("presence proofs checked", race(checking, given.repeats, process_time), "proofs")


def in_order(root: bytes, keys: Sequence[bytes], tiles: Tiles) -> None:
    opened = TiledMap(root, tiles.__getitem__)
    for key in keys:
        opened.look_up(key)


def law(counts: Sequence[int]) -> None:
    """How long proofs are, beside 33 bytes x (log2 n + 0.33)."""
    for count in counts:
        streams, tiles = heads(count), Tiles()
        opened = TiledMap(grow(EMPTY_ROOT, streams, {}.__getitem__, tiles.__setitem__), tiles.__getitem__)
        found = mean(len(opened.look_up(key)[1]) for key in sorted(streams)[:: count // 2_000])
        expected = 33 * (log2(count) + 0.33)
        interior = sum(isinstance(parse_tile(content), Interior) for content in tiles.values())
        print(
            f"{count:,} streams: a proof has {found:.0f} bytes, by the law {expected:.0f};"
            f" {len(tiles):,} tiles ({interior} interior), {sum(map(len, tiles.values())):,} bytes",
            flush=True,
        )


if __name__ == "__main__":
    options = asked(__doc__)
    all_streams, all_tiles = heads(20_000 if options.quick else 200_000), Tiles()
    first_root = grow(EMPTY_ROOT, all_streams, {}.__getitem__, all_tiles.__setitem__)
    build(options, all_streams, all_tiles)
    epoch(options, first_root, all_streams, all_tiles)
    prove_and_verify(options, first_root, all_streams, all_tiles)
    law([10_000, 200_000] if options.quick else [10_000, 200_000, 300_000])

"""A published log's tiles, each believed because it leads to the root that the log signed.

From the checkpoint downwards, so that what is wrong is known by its own name and not by a neighbour's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.source import Source
from mingdan.ledger.tile import ENTRIES, WIDTH, Edge, Tile, TiledHashes, entries_of, hashes_of
from mingdan.ledger.tree import leaf_hash, root_of

NEXT = "do not trust this copy; keep it, and compare with another from elsewhere"


@dataclass(frozen=True)
class PublishedLog:
    """The files of a log below the path `under` of a source, as far as the checkpoint reaches."""

    source: Source
    checkpoint: Checkpoint
    under: str = ""

    def read(self, path: str) -> bytes:
        """Raises Broken where the file is missing."""
        content = self.source.read(self.under + path)
        if content is None:
            raise Broken("a file of the log is missing", next_step=NEXT, file=self.under + path)
        return content


class ProvenTiles:
    """The hash tiles; read on demand, the last ones kept. Raises Broken with the tile that was altered."""

    def __init__(self, log: PublishedLog, keep: int = 64) -> None:
        self.log = log
        self.size = log.checkpoint.size
        self._edge = _edge(log)
        self.hashes = lru_cache(maxsize=keep)(self._opened)
        self.nodes = TiledHashes(self.size, lambda tile: b"".join(self.hashes(tile)))

    def _opened(self, tile: Tile) -> list[bytes]:
        if tile in self._edge:
            return self._edge[tile]
        hashes = _hashes(self.log, tile)
        above = Tile.within(self.size, tile.level + 1, tile.index // WIDTH)
        expected, actual = self.hashes(above)[tile.index % WIDTH], root_of(hashes)
        if actual != expected:
            raise Broken(
                "a tile of the log was altered: it does not lead to the checkpoint",
                next_step=NEXT,
                file=self.log.under + tile.path,
                expected=expected.hex(),
                actual=actual.hex(),
            )
        return hashes


def _edge(log: PublishedLog) -> dict[Tile, list[bytes]]:
    """The partial tiles, which lead to the root all together. Raises Broken with the one that does not."""
    size, root = log.checkpoint.size, log.checkpoint.root
    tiles: dict[Tile, list[bytes]] = {}

    def read(tile: Tile) -> bytes:
        tiles[tile] = _hashes(log, tile)
        return b"".join(tiles[tile])

    edge = Edge.read(size, read)
    if edge.root == root:
        return tiles
    for tile in tiles:
        mended = [*edge.partials]
        mended[tile.level] = b"".join(_below(log, tile))
        if len(mended[tile.level]) == len(edge.partials[tile.level]) and Edge(size, (*mended,)).root == root:
            raise Broken(
                "a tile of the log was altered: it does not hold the hashes of what is below it",
                next_step=NEXT,
                file=log.under + tile.path,
            )
    raise Broken(
        "the tiles do not lead to the checkpoint's root",
        next_step=NEXT,
        file=f"{log.under}checkpoint",
        expected=root.hex(),
        actual=edge.root.hex(),
    )


def _below(log: PublishedLog, tile: Tile) -> Sequence[bytes]:
    """The hashes of a partial tile as what lies below it tells them."""
    if tile.level == 0:
        try:
            return [leaf_hash(entry) for entry in entries_of(log.read(replace(tile, level=ENTRIES).path))]
        except MalformedProof:
            return []  # the bundle is torn as well: it is named when it is read
    first = tile.index * WIDTH
    return [root_of(_hashes(log, Tile(tile.level - 1, first + offset))) for offset in range(tile.width)]


def _hashes(log: PublishedLog, tile: Tile) -> list[bytes]:
    try:
        return hashes_of(tile, log.read(tile.path))
    except MalformedProof as error:
        evidence = {"file": log.under + tile.path} | error.evidence
        raise Broken(error.message, next_step=NEXT, **evidence) from error

"""Where the tree lies in static files: the geometry, paths and bytes of c2sp.org/tlog-tiles@v0.1.0.

A tile's bytes never change once its path exists: growth writes new paths, and partial tiles it outgrew go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Self

from mingdan.ledger.errors import MalformedProof, NotFound
from mingdan.ledger.tree import EMPTY_ROOT, HASH_SIZE, MAX_SIZE, Levels, root_of

WIDTH = 256  # hashes of a full tile, entries of a full bundle
ENTRIES = -1  # the level of entry bundles, which have the places and widths of level 0
MAX_ENTRY = 0xFFFF

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


@dataclass(frozen=True, order=True, slots=True)
class Tile:
    """One file: hashes (or entries) [index * 256, index * 256 + width) of a level."""

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not (ENTRIES <= self.level <= 63 and 0 <= self.index <= MAX_SIZE >> 8 and 0 < self.width <= WIDTH):
            raise MalformedProof("no such tile", level=self.level, index=self.index, width=self.width)

    @classmethod
    def within(cls, size: int, level: int, index: int) -> Self:
        """The tile at this place as a tree of `size` leaves has it."""
        width = cls(level, index).width_in(size) if index >= 0 else 0
        if width < 1:
            raise NotFound("a tree of this size has no such tile", size=size, level=level, index=index)
        return cls(level, index, width)

    @classmethod
    def parse(cls, path: str) -> Self:
        parts = _PATH.fullmatch(path)
        if parts is None:
            raise MalformedProof("not a tile path", path=path[:100])
        level, index, width = parts.groups()
        tile = cls(
            ENTRIES if level == "entries" else int(level),
            int(re.sub("[x/]", "", index)),
            WIDTH if width is None else int(width),
        )
        if tile.path != path:
            raise MalformedProof("a tile path we would write otherwise", path=path, expected=tile.path)
        return tile

    def width_in(self, size: int) -> int:
        """How many of its hashes (or entries) a tree of `size` leaves has; 0 where it has none of them."""
        return max(0, min(WIDTH, _count(size, self.level) - self.index * WIDTH))

    @property
    def path(self) -> str:
        level = "entries" if self.level == ENTRIES else self.level
        groups, rest = f"{self.index % 1000:03d}", self.index // 1000
        while rest:
            groups, rest = f"x{rest % 1000:03d}/{groups}", rest // 1000
        return f"tile/{level}/{groups}" if self.width == WIDTH else f"tile/{level}/{groups}.p/{self.width}"


Read = Callable[[Tile], bytes]
Put = Callable[[Tile, bytes], object]


def new_tiles(old: int, new: int) -> Iterator[Tile]:
    """The hash tiles of a tree of size `new` that one of size `old` did not have, lower levels first."""
    for level in range(_height(new)):
        yield from _grown(level, old, new)


def new_bundles(old: int, new: int) -> Iterator[Tile]:
    """The entry bundles of a log of size `new` that one of size `old` did not have."""
    return _grown(ENTRIES, old, new)


def superseded(old: int, new: int) -> Iterator[Tile]:
    """The partial tiles and bundles of size `old` that size `new` has in a wider form."""
    for level in range(ENTRIES, _height(old)):
        had = _count(old, level)
        if had % WIDTH and had != _count(new, level):
            yield Tile(level, had // WIDTH, had % WIDTH)


@dataclass(frozen=True)
class Edge:
    """All that is needed to let a tree grow: its size and the hashes of the partial tile of each level."""

    size: int = 0
    partials: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        expected = [HASH_SIZE * (_count(self.size, level) % WIDTH) for level in range(_height(self.size))]
        actual = [len(partial) for partial in self.partials]
        if actual != expected:
            raise MalformedProof(
                "this is not the right edge of a tree of this size",
                size=self.size,
                expected=expected,
                actual=actual,
            )

    @classmethod
    def read(cls, size: int, read: Read) -> Self:
        """The edge as the published tiles of a tree of `size` leaves tell it."""
        places = [(level, _count(size, level)) for level in range(_height(size))]
        return cls(
            size,
            tuple(
                read(Tile(level, count // WIDTH, count % WIDTH)) if count % WIDTH else b""
                for level, count in places
            ),
        )

    @property
    def root(self) -> bytes:
        below: list[bytes] = []
        for partial in self.partials:
            hashes = _split(partial) + below
            below = [root_of(hashes)] if hashes else []
        return below[0] if below else EMPTY_ROOT


def grow(edge: Edge, leaves: Iterable[bytes], put: Put) -> Edge:
    """Append leaf hashes: `put` every tile of `new_tiles`, once and complete, and answer with the new edge.

    Work and memory follow the new leaves, not the tree: nothing older than `edge` is read.
    """
    partial, above = _fill(0, edge, leaves, put)
    size = (edge.size // WIDTH + len(above)) * WIDTH + len(partial) // HASH_SIZE
    partials = [partial]
    while above or len(partials) < len(edge.partials):
        partial, above = _fill(len(partials), edge, above, put)
        partials.append(partial)
    return Edge(size, tuple(partials[: _height(size)]))


def _fill(level: int, edge: Edge, arriving: Iterable[bytes], put: Put) -> tuple[bytes, list[bytes]]:
    """One level's share of `grow`: its new partial tile, and the roots of the tiles it filled."""
    had = edge.partials[level] if level < len(edge.partials) else b""
    first, above = _count(edge.size, level) // WIDTH, list[bytes]()
    hashes = chain(_split(had), arriving)
    while len(tile := list(islice(hashes, WIDTH))) == WIDTH:
        put(Tile(level, first + len(above)), b"".join(tile))
        above.append(root_of(tile))
    partial = b"".join(tile)
    if tile and (above or len(partial) > len(had)):
        put(Tile(level, first + len(above), len(tile)), partial)
    return partial, above


class TiledHashes:
    """The complete subtrees of a published tree, told from its tiles; read on demand, the last ones kept.

    The bytes are taken as they come: what vouches for a proof is the root it is checked against.
    """

    def __init__(self, size: int, read: Read, keep: int = 64) -> None:
        self._size = size
        self._read = read
        self._levels = lru_cache(maxsize=keep)(self._load)

    def node(self, level: int, index: int) -> bytes:
        height = level & 7
        tile = index << height >> 8
        return self._levels(level >> 3, tile).node(height, index - (tile << 8 >> height))

    def _load(self, level: int, index: int) -> Levels:
        tile = Tile.within(self._size, level, index)
        return Levels(hashes_of(tile, self._read(tile)))


def hashes_of(tile: Tile, content: bytes) -> list[bytes]:
    """The hashes in a tile's bytes."""
    if len(content) != tile.width * HASH_SIZE:
        raise MalformedProof(
            "a tile of the wrong size", path=tile.path, expected=tile.width * HASH_SIZE, actual=len(content)
        )
    return _split(content)


def bundle_of(entries: Sequence[bytes]) -> bytes:
    """1 to 256 entries of 1 to 65,535 bytes, each behind its length as two big-endian bytes."""
    if not 0 < len(entries) <= WIDTH or not all(0 < len(entry) <= MAX_ENTRY for entry in entries):
        raise MalformedProof("these entries do not fit a bundle", entries=len(entries))
    return b"".join(chain.from_iterable((len(entry).to_bytes(2, "big"), entry) for entry in entries))


def entries_of(bundle: bytes) -> list[bytes]:
    """The entries of a bundle; exactly those bytes that `bundle_of` would make of them."""
    entries, at = [], 0
    while at < len(bundle):
        begin = at + 2
        at = begin + int.from_bytes(bundle[at:begin], "big")
        entries.append(bundle[begin:at])
    if at != len(bundle) or not 0 < len(entries) <= WIDTH or not all(entries):
        raise MalformedProof("not an entry bundle", bytes=len(bundle), entries=len(entries), end=at)
    return entries


def _count(size: int, level: int) -> int:
    return size >> 8 * max(level, 0)


def _height(size: int) -> int:
    return (size.bit_length() + 7) // 8


def _grown(level: int, old: int, new: int) -> Iterator[Tile]:
    had, has = _count(old, level), _count(new, level)
    if has > had:
        for index in range(had // WIDTH, has // WIDTH):
            yield Tile(level, index)
        if has % WIDTH:
            yield Tile(level, has // WIDTH, has % WIDTH)


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]

"""Every file of a site by its path: what it must hold, and that no other file is there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice, pairwise

from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.map_tile import dropped, path_of, reachable
from mingdan.ledger.tile import Tile, new_bundles, new_tiles
from mingdan.ledger.tree import EMPTY_ROOT
from mingdan.projections.census import Census
from mingdan.projections.register import Register
from mingdan.site.auditing.finding import parting
from mingdan.site.auditing.inquiry import LOG
from mingdan.site.auditing.replica import Replica
from mingdan.site.edition import Edition
from mingdan.site.imprint import Imprint
from mingdan.site.pages import aggregates

PAGES = "o/"
TILES = f"{LOG}tile/"
MAP = f"{LOG}map/"


class Inspection:
    """The files of an edition beside its order pages: `fixed` are those whose bytes are known."""

    def __init__(self, replica: Replica, edition: Edition, fixed: dict[str, bytes]) -> None:
        self.replica = replica
        self.size = edition.size
        self.fixed = fixed

    def check(self, path: str, content: bytes) -> None:
        """Raises Broken unless this is what the path must hold. Tiles of the log were read with it."""
        if path in self.fixed:
            _compare(path, self.fixed[path], content)
        elif path.startswith(MAP):
            self._check_map_tile(path, content)
        elif not self.holds(path):
            raise Broken("a file that is no part of this site", file=path)

    def holds(self, path: str) -> bool:
        """Whether a path is that of a tile or bundle of the log at this size."""
        try:
            tile = Tile.parse(path.removeprefix(LOG)) if path.startswith(TILES) else None
        except MalformedProof:
            return False
        return tile is not None and tile.width == tile.width_in(self.size)

    def missing(self, seen: set[str]) -> Iterator[str]:
        """The files that must be there, and were not seen."""
        for expected in (self.fixed, self.tiles(), self.map_tiles):
            yield from (path for path in expected if path not in seen)

    def torn(self, seen: set[str]) -> set[str]:
        """What is missing of the map before this epoch's, kept for readers who come while this is published.

        It is there whole or not at all: a site laid anew never had it, nor an epoch that was sealed and not
        published. That it was there is told by a tile that no map but its own has, or by a page of its epoch.
        """
        others = {path for path in seen if path.startswith(MAP)}.difference(self.map_tiles)
        trees = [*self.replica.sizes(self.size), 0]
        for size, before in pairwise(trees[1:]):
            if others & self._only(size, before) or (size == trees[1] and self.replica.shows(size)):
                return self._only(size, self.size) - seen
            if not others:
                break
        return set()

    def outgrown(self) -> set[str]:
        """The tiles of the map before this epoch's that this one's has not."""
        before = [*islice(self.replica.sizes(self.size), 1, 2)]
        return {path for size in before for path in self._only(size, self.size)}

    @cached_property
    def map_tiles(self) -> tuple[str, ...]:
        """Those of this epoch."""
        return tuple(LOG + path_of(node) for node in reachable(self._root(self.size), self.replica.tile))

    def _only(self, size: int, other: int) -> set[str]:
        """The tiles of the map in one tree that the map in another has not."""
        nodes = dropped(self._root(size), self._root(other), self.replica.tile)
        return {LOG + path_of(node) for node in nodes}

    def _root(self, size: int) -> bytes:
        return bytes.fromhex(self.replica.epoch(size).map) if size else EMPTY_ROOT

    def tiles(self) -> Iterator[str]:
        yield from (LOG + tile.path for tile in new_tiles(0, self.size))
        yield from (LOG + bundle.path for bundle in new_bundles(0, self.size))

    def _check_map_tile(self, path: str, content: bytes) -> None:
        """A tile of this epoch's map or of an earlier one's, which is kept for readers in between."""
        name = path.rpartition("/")[2]
        node = bytes.fromhex(name) if len(name) == 64 and set(name) <= set("0123456789abcdef") else b""
        if not node or LOG + path_of(node) != path:
            raise Broken("a file that is no part of this site", file=path)
        _compare(path, self.replica.tile(node), content)


def printed(
    edition: Edition, imprint: Imprint, census: Census, register: Register, note: bytes, vkey: str
) -> dict[str, bytes]:
    """The files of an edition whose bytes follow from the log and the imprint."""
    fixed = {f"{LOG}checkpoint": note, f"{LOG}vkey": f"{vkey}\n".encode()}
    return fixed | dict(aggregates(edition, imprint, census, register))


def _compare(path: str, expected: bytes, content: bytes) -> None:
    if content != expected:
        raise Broken("the file is not what the log prints", file=path, at=parting(expected, content))

"""Every file of a site by its path: what it must hold, and that no other file is there."""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.map_tile import path_of, reachable
from mingdan.ledger.tile import Tile, new_bundles, new_tiles
from mingdan.projections.census import Census
from mingdan.site.auditing.finding import parting
from mingdan.site.auditing.inquiry import LOG
from mingdan.site.auditing.replica import Replica
from mingdan.site.edition import Edition
from mingdan.site.imprint import Imprint
from mingdan.site.pages import aggregates

PAGES = "o/"
TILES = f"{LOG}tile/"
MAP = f"{LOG}map/"
DIFFERS = "the file is not what the log prints"


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
        epoch = self.replica.epoch(self.size)
        yield from (path for path in self.fixed if path not in seen)
        yield from (path for path in self.tiles() if path not in seen)
        nodes = reachable(bytes.fromhex(epoch.map), self.replica.tile)
        yield from (path for node in nodes if (path := LOG + path_of(node)) not in seen)

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


def printed(edition: Edition, imprint: Imprint, census: Census, note: bytes, vkey: str) -> dict[str, bytes]:
    """The files of an edition whose bytes follow from the log and the imprint."""
    fixed = {f"{LOG}checkpoint": note, f"{LOG}vkey": f"{vkey}\n".encode()}
    return fixed | dict(aggregates(edition, imprint, census))


def _compare(path: str, expected: bytes, content: bytes) -> None:
    if content != expected:
        raise Broken(DIFFERS, file=path, at=parting(expected, content))

"""The map over all streams, grown from what is published to what an epoch covers; staged when that is sealed.

Its tiles are kept in memory until then: under the append lock nothing is written, and a tile that the growth
itself outgrew is never written at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.ledger import map_tile
from mingdan.ledger.errors import Broken
from mingdan.ledger.event import Epoch
from mingdan.ledger.keeping.log import LOG
from mingdan.ledger.keeping.staging import Staging
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.map import key_of
from mingdan.ledger.tree import EMPTY_ROOT

KEPT = 2  # epochs whose tiles are all there: a reader who comes while one is published still finds the other


class Atlas:
    """The map as of `covers` entries: its `root`, over `streams` streams."""

    def __init__(self, store: Store, staging: Staging, published: Epoch | None) -> None:
        self.store = store
        self.staging = staging
        self.root = EMPTY_ROOT if published is None else bytes.fromhex(published.map)
        self.streams = 0 if published is None else published.streams
        self.covers = 0 if published is None else published.covers
        self._fresh: dict[bytes, bytes] = {}

    def grow(self, covers: int) -> None:
        """Takes in what was recorded since, up to so many entries."""
        heads = self.store.heads(self.covers, covers)
        changes = {key_of(stream): head.value for stream, head in heads.items()}
        self.root = map_tile.grow(self.root, changes, self._read, self._fresh.__setitem__)
        self.streams += self.store.opened(self.covers, covers)
        self.covers = covers

    def stage(self) -> None:
        """Stages the new tiles, then reads them back: each must lead to its name, none may be missing.

        Raises Broken: nothing is signed then.
        """
        fresh = self._reachable()
        for node in fresh:
            self.staging.write(LOG + map_tile.path_of(node), self._fresh[node])
        for node in fresh:
            tile = map_tile.parse_tile(self.staging.read(LOG + map_tile.path_of(node)))
            if tile.node != node:
                raise Broken("a staged tile of the map leads to another name", path=map_tile.path_of(node))
            for child in tile.children.values():
                if not self.staging.holds(LOG + map_tile.path_of(child)):
                    raise Broken("a tile of the map is missing", path=map_tile.path_of(child))

    def outgrown(self, roots: list[bytes]) -> Iterator[str]:
        """The files of tiles that the first of these roots needs and the second does not, where they are."""
        old, new = roots
        if self.staging.holds(LOG + map_tile.path_of(old)):
            yield from (LOG + map_tile.path_of(node) for node in map_tile.dropped(old, new, self._read))

    def _reachable(self) -> list[bytes]:
        """The fresh tiles that the root leads to; below a tile that is not fresh none is."""
        found, waiting = [], [self.root]
        while waiting:
            node = waiting.pop()
            if node in self._fresh:
                found.append(node)
                waiting += map_tile.parse_tile(self._fresh[node]).children.values()
        return found

    def _read(self, node: bytes) -> bytes:
        return self._fresh.get(node) or self.staging.read(LOG + map_tile.path_of(node))

"""Where the map lies in static files: tiles named by the hash of the node whose keys they tell.

A tile is believed only if its bytes lead to its name. Which tiles there are follows from the keys and values
alone, not from the order in which they came; so growth writes the ways to what changed and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType

from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.map import (
    EMPTY_FORK,
    KEY_SIZE,
    RECORD_SIZE,
    VALUE_SIZE,
    Fork,
    Step,
    Subtree,
    pair_of,
    print_proof,
    record_of,
)
from mingdan.ledger.tree import EMPTY_ROOT, HASH_SIZE

FULL = 512  # keys of the largest bucket
DEEPEST = KEY_SIZE - 2  # of interior tiles: keys that share more than 30 bytes fit a bucket
CHILD_SIZE = 1 + HASH_SIZE
_BYTES = [bytes([byte]) for byte in range(256)]

Read = Callable[[bytes], bytes]
Put = Callable[[bytes, bytes], object]
Way = tuple[tuple[int, int, bytes], ...]  # from the root: places in the key, bytes there, tiles that say so


def path_of(node: bytes) -> str:
    return f"map/{node[:1].hex()}/{node.hex()}"


class Bucket(Subtree):
    """All keys below a prefix where they are at most 512, each in its record."""

    depth = KEY_SIZE  # it tells its keys to the last byte
    children: Mapping[int, bytes] = MappingProxyType({})

    @property
    def content(self) -> bytes:
        return b"\x00" + b"".join(self.records)


class Interior(Fork):
    """Where a prefix has more keys: the tiles below it, each behind the byte that leads to it."""

    @property
    def content(self) -> bytes:
        children = [byte + child for byte, child in zip(_BYTES, self.nodes[256:], strict=True) if child]
        return bytes([1, self.depth]) + b"".join(children)


Tile = Bucket | Interior


def parse_tile(content: bytes) -> Tile:
    """The tile of which these bytes, and no others, are the content."""
    kind, size = content[:1], len(content)
    if kind == b"\x00" and size % RECORD_SIZE == 1 and size <= 1 + FULL * RECORD_SIZE:
        if set(content[1 + KEY_SIZE :: RECORD_SIZE]) == {VALUE_SIZE}:
            return Bucket([content[at : at + RECORD_SIZE] for at in range(1, size, RECORD_SIZE)])
    elif kind == b"\x01" and size % CHILD_SIZE == 2 and content[1] <= DEEPEST:
        forks = content[2::CHILD_SIZE]
        if len(forks) >= 2 and forks == bytes(sorted(set(forks))):
            hashes = [content[at : at + HASH_SIZE] for at in range(3, size, CHILD_SIZE)]
            return Interior(content[1], dict(zip(forks, hashes, strict=True)))
    raise MalformedProof("not a tile of the map", bytes=size, begin=content[:2].hex())


class TiledMap:
    """A map told from its tiles; read on demand, the last ones kept."""

    def __init__(self, root: bytes, read: Read, keep: int = 64) -> None:
        self._root = root
        self._open = lru_cache(maxsize=keep)(lambda name, way: _opened(name, read, way))

    def look_up(self, key: bytes) -> tuple[bytes | None, bytes]:
        """The value of a key and the proof of its presence, or None and the proof of its absence."""
        if self._root == EMPTY_ROOT:
            return None, b""
        tile, way, steps = self._open(self._root, ()), Way(), list[Step]()
        while isinstance(tile, Interior):
            byte, path = tile.search(key)
            steps = path + steps
            way = (*way, (tile.depth, byte, tile.node))
            tile = self._open(tile.nodes[256 + byte], way)
        record, path = tile.search(key)
        found, value = pair_of(record)
        return value if found == key else None, print_proof(key, record, path + steps)


def look_up(root: bytes, key: bytes, read: Read) -> tuple[bytes | None, bytes]:
    """What `TiledMap.look_up` answers, for who asks but once."""
    return TiledMap(root, read).look_up(key)


def grow(root: bytes, changes: Mapping[bytes, bytes], read: Read, put: Put) -> bytes:
    """Set keys to values and answer with the new root; `put` every tile that the old root did not have, once.

    What is read are the tiles on the ways that searches for the changed keys take; where such a key is the
    first behind its byte, or a tile skips bytes that its keys share, down to one key that is there already.
    """
    if not changes:
        return root
    changed = sorted(record_of(key, value) for key, value in changes.items())
    return _Growth(read, put).below(b"" if root == EMPTY_ROOT else root, changed, ())


class _Growth:
    """One growth of the map: what it reads is already there, what it makes besides is put."""

    def __init__(self, read: Read, put: Put) -> None:
        self._read = read
        self._put = put
        self._there = set[bytes]()

    def below(self, node: bytes, changed: Sequence[bytes], way: Way) -> bytes:
        """The node in the place of this one, or of none, once these records below it are set."""
        tile = self._open(node, way) if node else None
        if isinstance(tile, Interior):
            depth, before = self._parting(tile, changed, way)
        else:
            changed = _merged(tile.records, changed) if tile else changed
            if len(changed) <= FULL:
                return self._keep(Bucket(changed))
            depth, before = _shared(changed[0], changed[-1]), EMPTY_FORK
        children = {
            byte: self.below(before[256 + byte], list(group), (*way, (depth, byte, node)))
            for byte, group in groupby(changed, itemgetter(depth))
        }
        return self._keep(Interior(depth, children, before))

    def _parting(self, tile: Interior, changed: Sequence[bytes], way: Way) -> tuple[int, Sequence[bytes]]:
        """Where the keys below an interior tile and the changed ones part, and the nodes already there."""
        if tile.depth > (way[-1][0] + 1 if way else 0):
            record = next(_records(_walk(tile.node, self._read, way)))
            depth = _shared(record, changed[0], changed[-1])
            if depth < tile.depth:
                return depth, Interior(depth, {record[depth]: tile.node}).nodes
        for byte, record in {record[tile.depth]: record for record in changed}.items():
            if not tile.nodes[256 + byte]:  # or the child that would be there is told behind another byte
                other, _ = tile.search(record)
                met = (*way, (tile.depth, other, tile.node))
                next(_records(_walk(tile.nodes[256 + other], self._read, met)))
        return tile.depth, tile.nodes

    def _open(self, node: bytes, way: Way) -> Tile:
        self._there.add(node)
        return _opened(node, self._read, way)

    def _keep(self, tile: Tile) -> bytes:
        if tile.node not in self._there:
            self._put(tile.node, tile.content)
        return tile.node


def pairs(root: bytes, read: Read) -> Iterator[tuple[bytes, bytes]]:
    """All keys in ascending order, and their values."""
    return map(pair_of, _records(_walk(root, read)))


def reachable(root: bytes, read: Read) -> Iterator[bytes]:
    """The nodes that have a tile in a map."""
    return (tile.node for tile in _walk(root, read))


def dropped(old_root: bytes, new_root: bytes, read: Read) -> Iterator[bytes]:
    """The nodes that have a tile in the old map and none in the new; nothing is read below what both have.

    Both maps are walked down together, the tiles that fork at the earliest byte first: so a tile that both
    have is met on both sides before it is looked into, even where one side has it deeper than the other.
    """
    old, new = {old_root} - {EMPTY_ROOT}, {new_root} - {EMPTY_ROOT}
    tiles = dict[bytes, Tile]()
    while old - new:
        old, new = old - new, new - old
        tiles = {node: tiles.get(node) or _opened(node, read) for node in old | new}
        depth = min(tile.depth for tile in tiles.values())
        front = {node for node, tile in tiles.items() if tile.depth == depth}
        yield from old & front
        old, new = (
            nodes - front | {child for node in nodes & front for child in tiles[node].children.values()}
            for nodes in (old, new)
        )


def _walk(node: bytes, read: Read, way: Way = ()) -> Iterator[Tile]:
    if node == EMPTY_ROOT and not way:
        return
    tile = _opened(node, read, way)
    yield tile
    for byte, child in tile.children.items():
        yield from _walk(child, read, (*way, (tile.depth, byte, node)))


def _records(tiles: Iterable[Tile]) -> Iterator[bytes]:
    return (record for tile in tiles if isinstance(tile, Bucket) for record in tile.records)


def _opened(node: bytes, read: Read, way: Way = ()) -> Tile:
    """The tile of this node, believed because its bytes lead to the node and it fits where it was met."""
    try:
        tile = parse_tile(read(node))
    except MalformedProof as error:
        raise Broken("a tile of the map was altered", path=path_of(node), reason=str(error)) from error
    if tile.node != node:
        raise Broken(
            "a tile of the map was altered", path=path_of(node), expected=node.hex(), actual=tile.node.hex()
        )
    _settle(tile, way)
    return tile


def _settle(tile: Tile, way: Way) -> None:
    """What leads here must say so. Hashes bind only the bits that decide: of a child that is alone on one
    side of a tile, the byte could be altered unnoticed if nobody compared it with the keys.
    """
    ends = (tile.records[0], tile.records[-1]) if isinstance(tile, Bucket) else ()
    shared = _shared(*ends) if ends else tile.depth
    for place, byte, above in way:
        if shared <= place or any(key[place] != byte for key in ends):
            raise Broken(
                "a tile of the map says other keys than it leads to",
                path=path_of(above),
                leads_to=path_of(tile.node),
            )


def _merged(records: Iterable[bytes], changed: Iterable[bytes]) -> list[bytes]:
    return sorted({record[:KEY_SIZE]: record for some in (records, changed) for record in some}.values())


def _shared(*records: bytes) -> int:
    """How many leading bytes these keys have in common."""
    low, high = min(records), max(records)
    return next((place for place in range(KEY_SIZE) if low[place] != high[place]), KEY_SIZE)

"""Where every stream ends, as a Merkle Patricia Tree: what shows that a timeline is complete and latest.

Its root says of each key what it stands for, or that it is not there. A check that fails raises
`Broken`, bytes that are no proof raise `MalformedProof`; there is no answer that a caller could overlook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from operator import gt, lt, xor
from struct import Struct as Layout
from typing import Self

from msgspec import Struct

from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.tree import EMPTY_ROOT, HASH_SIZE, MAX_SIZE

KEY_SIZE = HASH_SIZE
KEY_BITS = 8 * KEY_SIZE
VALUE_SIZE = 48
RECORD_SIZE = KEY_SIZE + 1 + VALUE_SIZE

Step = tuple[int, bytes]  # the bit that decides at a node, and the hash on its other side
EMPTY_FORK = (b"",) * 512

_VALUE = Layout(f">QQ{HASH_SIZE}s")
# LEB128 of all there is to number: a key has 256 bits, its length is 32 bytes, that of a value 48.
_UV = [bytes([n]) if n < 0x80 else bytes([n, 1]) for n in range(KEY_BITS)]
_leaf_state = sha256(b"\x00" + _UV[KEY_SIZE]).copy
_inner_states = [sha256(b"\x01" + _UV[bit]).copy for bit in range(KEY_BITS)]


class Head(Struct, frozen=True):
    """What the map holds of a stream: how many entries, where in the log the last one is, its leaf hash."""

    seq: int
    index: int
    leaf: bytes

    def __post_init__(self) -> None:
        if not (1 <= self.seq <= MAX_SIZE and 0 <= self.index <= MAX_SIZE and len(self.leaf) == HASH_SIZE):
            raise MalformedProof("no stream ends there", seq=self.seq, index=self.index, leaf=self.leaf.hex())

    @property
    def value(self) -> bytes:
        return _VALUE.pack(self.seq, self.index, self.leaf)

    @classmethod
    def parse(cls, value: bytes) -> Self:
        if len(value) != VALUE_SIZE:
            raise MalformedProof("a value of the wrong size", expected=VALUE_SIZE, actual=len(value))
        return cls(*_VALUE.unpack(value))


def key_of(stream: str) -> bytes:
    return sha256(b"mingdan/stream/v1\n" + stream.encode()).digest()


def record_of(key: bytes, value: bytes) -> bytes:
    """Key, length of the value, value: so they lie in leaves, bucket tiles and absence proofs."""
    if len(key) != KEY_SIZE or len(value) != VALUE_SIZE:
        raise MalformedProof("the map has no such key and value", key=key.hex(), value=value.hex())
    return key + _UV[VALUE_SIZE] + value


def pair_of(record: bytes) -> tuple[bytes, bytes]:
    """The key and the value in a record."""
    key, value = record[:KEY_SIZE], record[KEY_SIZE + 1 :]
    if record != record_of(key, value):
        raise MalformedProof("a record we would write otherwise", record=record.hex())
    return key, value


def leaf_hash(record: bytes) -> bytes:
    state = _leaf_state()
    state.update(record)
    return state.digest()


def inner_hash(bit: int, left: bytes, right: bytes) -> bytes:
    state = _inner_states[bit]()
    state.update(left + right)
    return state.digest()


def join(nodes: Sequence[bytes], shared: Sequence[int]) -> bytes:
    """The node over neighbouring nodes, of which each shares so many leading bits with the next.

    A node first takes in those on its left that share more with it than it does with the one on its right.
    """
    if not nodes:
        return EMPTY_ROOT
    left, bits = list[bytes](), [-1]
    for node, bit in zip(nodes, (*shared, -1), strict=True):
        joined = node
        while bits[-1] > bit:
            state = _inner_states[bits.pop()]()  # inner_hash written out: most of a root's time goes by here
            state.update(left.pop() + joined)
            joined = state.digest()
        left.append(joined)
        bits.append(bit)
    return left[0]


class Subtree:
    """The tree over some records: `node` is its root, whatever else the map holds."""

    def __init__(self, records: Sequence[bytes]) -> None:
        numbers = [int.from_bytes(record[:KEY_SIZE]) for record in records]
        if not all(map(lt, numbers, numbers[1:])):
            raise MalformedProof("the keys of a map are not in ascending order", keys=len(records))
        self.records = records
        self._leaves = [leaf_hash(record) for record in records]
        self._shared = [KEY_BITS - number.bit_length() for number in map(xor, numbers, numbers[1:])]
        self.node = join(self._leaves, self._shared)

    def search(self, key: bytes) -> tuple[bytes, list[Step]]:
        """The record that a search for the key ends at, and the steps from there up to `node`."""
        begin, end, steps = 0, len(self.records), list[Step]()
        while end - begin > 1:
            bit = min(self._shared[begin : end - 1])
            middle = self._shared.index(bit, begin) + 1
            if _bit(key, bit):
                sibling, begin = self._over(begin, middle), middle
            else:
                sibling, end = self._over(middle, end), middle
            steps.append((bit, sibling))
        return self.records[begin], steps[::-1]

    def _over(self, begin: int, end: int) -> bytes:
        return join(self._leaves[begin:end], self._shared[begin : end - 1])


class Fork:
    """The tree over what lies below a prefix of `depth` bytes, by the next byte: up to eight levels of nodes.

    Node 1 is over all, below node n lie 2n and 2n + 1, and 256 + byte is what lies behind that byte. Where
    one side is empty there is no node of its own: the other side's stands in its place.
    """

    def __init__(
        self, depth: int, children: Mapping[int, bytes], before: Sequence[bytes] = EMPTY_FORK
    ) -> None:
        """These children, and beside them what was there before: only the ways up from them are hashed."""
        nodes, places = list(before), {256 + byte for byte in children}
        for byte, child in children.items():
            nodes[256 + byte] = child
        for bit in range(8 * depth + 7, 8 * depth - 1, -1):
            start, places = _inner_states[bit], {place >> 1 for place in places}
            for place in places:
                left, right = nodes[2 * place], nodes[2 * place + 1]
                if left and right:  # inner_hash written out: most of an epoch's time goes by here
                    state = start()
                    state.update(left + right)
                    nodes[place] = state.digest()
                else:
                    nodes[place] = left or right
        self.depth, self.nodes, self.node = depth, nodes, nodes[1]

    @property
    def children(self) -> Mapping[int, bytes]:
        return {byte: child for byte, child in enumerate(self.nodes[256:]) if child}

    def search(self, key: bytes) -> tuple[int, list[Step]]:
        """The byte behind which a search for the key goes on, and the steps from there up to `node`."""
        place, steps = 1, list[Step]()
        for bit in range(8 * self.depth, 8 * self.depth + 8):
            place = 2 * place + _bit(key, bit)
            if not self.nodes[place]:
                place ^= 1
            elif self.nodes[place ^ 1]:
                steps.append((bit, self.nodes[place ^ 1]))
        return place - 256, steps[::-1]


def root_of(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The root over keys in ascending order and their values."""
    return Subtree([record_of(key, value) for key, value in pairs]).node


def prove(pairs: Sequence[tuple[bytes, bytes]], key: bytes) -> bytes:
    """The presence proof of a key among `pairs`, or its absence proof."""
    if not pairs:
        return b""
    return print_proof(key, *Subtree([record_of(*pair) for pair in pairs]).search(key))


def print_proof(key: bytes, record: bytes, steps: Sequence[Step]) -> bytes:
    """The proof from where the search for `key` ended: of presence if it ended at the key itself."""
    other = b"" if record[:KEY_SIZE] == key else _UV[KEY_SIZE] + record
    return other + _print_steps(steps)


def verify_presence(root: bytes, key: bytes, value: bytes, proof: bytes) -> None:
    """Raise `Broken` unless the map of this root holds this value for the key."""
    _lead_to(root, key, record_of(key, value), _steps_of(proof))


def verify_absence(root: bytes, key: bytes, proof: bytes) -> None:
    """Raise `Broken` unless the map of this root does not hold the key.

    The proof is of another key: the one that a search for this key ends at. The empty map needs none.
    """
    if not proof:
        if root != EMPTY_ROOT:
            raise Broken("only the empty map lacks a key without proof", key=key.hex(), root=root.hex())
        return
    if proof[:1] != _UV[KEY_SIZE] or len(key) != KEY_SIZE:
        raise MalformedProof(
            "an absence proof starts with another key", key=key.hex(), begin=proof[:33].hex()
        )
    record, steps = proof[1 : 1 + RECORD_SIZE], _steps_of(proof[1 + RECORD_SIZE :])
    other, _ = pair_of(record)
    if other == key:
        raise Broken("the key is there: this proof is one of presence", key=key.hex())
    if any(_bit(key, bit) != _bit(other, bit) for bit, _ in steps):
        raise Broken("the search for this key ends elsewhere", key=key.hex(), other=other.hex())
    _lead_to(root, key, record, steps)


def _lead_to(root: bytes, key: bytes, record: bytes, steps: Sequence[Step]) -> None:
    found = leaf_hash(record)
    for bit, sibling in steps:
        found = inner_hash(bit, sibling, found) if _bit(key, bit) else inner_hash(bit, found, sibling)
    if found != root:
        raise Broken("the map proof leads to another root", expected=root.hex(), actual=found.hex())


def _steps_of(path: bytes) -> list[Step]:
    """The steps of a proof, leaf side first; exactly those bytes that `print_proof` would make of them."""
    steps, at = list[Step](), 0
    while at < len(path):
        bit = path[at]
        begin = at + len(_UV[bit])
        at = begin + HASH_SIZE
        steps.append((bit, path[begin:at]))
    bits = [bit for bit, _ in steps]
    if at != len(path) or _print_steps(steps) != path or not all(map(gt, bits, bits[1:])):
        raise MalformedProof("a map proof is bits and hashes from the leaf up", bytes=len(path), bits=bits)
    return steps


def _print_steps(steps: Sequence[Step]) -> bytes:
    return b"".join(_UV[bit] + sibling for bit, sibling in steps)


def _bit(key: bytes, bit: int) -> int:
    return key[bit >> 3] >> (7 - (bit & 7)) & 1

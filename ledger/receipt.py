"""A receipt: the log's signed promise, made as it appends, that an entry will be published by a certain time.

Whoever holds one can show that the promise was kept, or that it was not: the operator who drops an entry
before publishing it has signed the evidence against itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from msgspec import Struct

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.entry import LOG, parse
from mingdan.ledger.errors import Broken, MalformedProof, Unavailable
from mingdan.ledger.note import Signer, VerifierKey, of_base64, open_note, sign, to_base64
from mingdan.ledger.tile import WIDTH, Tile, TiledHashes, entries_of
from mingdan.ledger.tree import HASH_SIZE, inclusion_proof, verify_inclusion

HEADER = "mingdan/receipt/v1"
ROLE = "/receipts"  # a key of its own, named after the log: a receipt signs no checkpoint

_LINE = re.compile(r"(0|[1-9][0-9]{0,15}) (0|[1-9][0-9]{0,15}) ([A-Za-z0-9+/]{43}=)")

Verdict = Literal["in time", "late", "not yet due", "overdue", "broken"]


class Promise(Struct, frozen=True):
    """The entry with this leaf hash, at this index of the log, is published by an instant (ms UTC)."""

    index: int
    publish_by: int
    leaf: bytes


class Outcome(Struct, frozen=True):
    """What became of a promise; `published` is when the first epoch that covers the entry was sealed (ms)."""

    index: int
    leaf: str
    publish_by: int
    verdict: Verdict
    published: int | None = None


def print_receipt(origin: str, promises: Sequence[Promise], signer: Signer) -> bytes:
    """The signed note of these promises."""
    lines = [f"{each.index} {each.publish_by} {to_base64(each.leaf)}\n" for each in promises]
    return sign("".join([f"{HEADER}\n{origin}\n", *lines]), [signer])


def open_receipt(note: bytes, key: VerifierKey) -> tuple[str, list[Promise]]:
    """The origin and the promises that this key signed. Raises Broken, MalformedProof."""
    header, origin, *lines = open_note(note, [key]).text.split("\n")[:-1]
    if header != HEADER or not lines:
        raise MalformedProof("not a receipt of a log", header=header[:80])
    if key.name != origin + ROLE:
        raise Broken("a receipt by another log's key", origin=origin, key=key.name)
    return origin, [_promise(line) for line in lines]


def follow_up(
    promises: Iterable[Promise],
    checkpoint: Checkpoint,
    read: Callable[[Tile], bytes],
    *,
    now: int,
) -> list[Outcome]:
    """What became of promises by `now` (ms UTC), by the files of the log that this checkpoint signs.

    Late, overdue and broken ones are evidence together with the checkpoint. Raises Broken where the files
    do not lead to it.
    """
    hashes = TiledHashes(checkpoint.size, read)
    as_of = _sealed_after(checkpoint.size - 1, checkpoint, read)
    return [_outcome(each, checkpoint, hashes, read, now, as_of) for each in promises]


def _outcome(
    promise: Promise,
    checkpoint: Checkpoint,
    hashes: TiledHashes,
    read: Callable[[Tile], bytes],
    now: int,
    as_of: int,
) -> Outcome:
    def so(verdict: Verdict, published: int | None = None) -> Outcome:
        return Outcome(promise.index, promise.leaf.hex(), promise.publish_by, verdict, published)

    if promise.index >= checkpoint.size:
        if as_of > promise.publish_by:
            return so("broken")  # the log went on without it
        return so("overdue" if now > promise.publish_by else "not yet due")
    path = inclusion_proof(promise.index, checkpoint.size, hashes)
    held = hashes.node(0, promise.index)
    verify_inclusion(promise.index, checkpoint.size, held, path, checkpoint.root)
    if held != promise.leaf:
        return so("broken")  # another entry stands in its place
    published = _sealed_after(promise.index, checkpoint, read)
    return so("in time" if published <= promise.publish_by else "late", published)


def _sealed_after(index: int, checkpoint: Checkpoint, read: Callable[[Tile], bytes]) -> int:
    """When the first epoch at or after an index was sealed (ms UTC)."""
    for bundle in range(index // WIDTH, (checkpoint.size - 1) // WIDTH + 1):
        entries = entries_of(read(Tile.within(checkpoint.size, -1, bundle)))
        for raw in entries[max(0, index - bundle * WIDTH) :]:
            entry = parse(raw)
            if entry.stream == LOG:
                return entry.recorded
    raise Unavailable("the log does not end in an epoch", size=checkpoint.size)


def _promise(line: str) -> Promise:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise MalformedProof("a promise is index, time and leaf hash", line=line[:120])
    index, publish_by, leaf = parts.groups()
    assert len(of_base64(leaf)) == HASH_SIZE
    return Promise(int(index), int(publish_by), of_base64(leaf))

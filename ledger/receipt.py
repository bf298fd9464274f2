"""A receipt: the log's signed promise, made as it appends, that an entry will be published by a certain time.

Whoever holds one can show that the promise was kept, or that it was not: the operator who drops an entry
before publishing it has signed the evidence against itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Literal

from msgspec import Struct

from mingdan.ledger.entry import parse
from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.note import Signer, VerifierKey, of_base64, open_note, sign, to_base64
from mingdan.ledger.proven import ProvenTiles, PublishedLog
from mingdan.ledger.stream import LOG
from mingdan.ledger.tile import ENTRIES, WIDTH, Tile, entries_of
from mingdan.ledger.tree import HASH_SIZE, leaf_hash

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

    @property
    def kept(self) -> bool:
        """Whether nothing speaks against the log yet."""
        return self.verdict in ("in time", "not yet due")


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


def follow_up(promises: Iterable[Promise], log: PublishedLog, *, now: int) -> list[Outcome]:
    """What became of promises by `now` (ms UTC), by the files of a log whose checkpoint is believed.

    Late, overdue and broken ones are evidence together with the checkpoint. Raises Broken where the files
    do not lead to it.
    """
    published = _Published(log)
    as_of = published.sealed_after(published.size - 1)
    return [_outcome(each, published, now, as_of) for each in promises]


class _Published:
    """The log's leaves and epochs, each believed because it leads to the checkpoint."""

    def __init__(self, log: PublishedLog) -> None:
        self.log = log
        self.size = log.checkpoint.size
        self.leaf_at = partial(ProvenTiles(log).nodes.node, 0)

    def sealed_after(self, index: int) -> int:
        """When the first epoch at or after an index was sealed (ms UTC)."""
        for number in range(index // WIDTH, (self.size - 1) // WIDTH + 1):
            bundle = Tile.within(self.size, ENTRIES, number)
            entries = entries_of(self.log.read(bundle.path))
            for place, raw in enumerate(entries, number * WIDTH):
                if leaf_hash(raw) != self.leaf_at(place):
                    raise Broken("a bundle does not hash to its tile", file=bundle.path, index=place)
                if place >= index and (entry := parse(raw)).stream == LOG:
                    return entry.recorded
        raise Broken("the log does not end in an epoch", size=self.size)


def _outcome(promise: Promise, log: _Published, now: int, as_of: int) -> Outcome:
    verdict, published = _verdict(promise, log, now, as_of)
    return Outcome(promise.index, promise.leaf.hex(), promise.publish_by, verdict, published)


def _verdict(promise: Promise, log: _Published, now: int, as_of: int) -> tuple[Verdict, int | None]:
    if promise.index >= log.size:
        if as_of > promise.publish_by:
            return "broken", None  # the log went on without it
        return "overdue" if now > promise.publish_by else "not yet due", None
    if log.leaf_at(promise.index) != promise.leaf:
        return "broken", None  # another entry stands in its place
    published = log.sealed_after(promise.index)
    return "in time" if published <= promise.publish_by else "late", published


def _promise(line: str) -> Promise:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise MalformedProof("a promise is index, time and leaf hash", line=line[:120])
    index, publish_by, leaf = parts.groups()
    assert len(of_base64(leaf)) == HASH_SIZE
    return Promise(int(index), int(publish_by), of_base64(leaf))

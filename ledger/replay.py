"""A published log read back entry by entry: what each bundle says, and the rules from entry to entry.

Bundles are read, hashed and parsed apart from each other, in as many processes as there are; what follows
from what is told from their results in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import NamedTuple

from mingdan.ledger.entry import Entry, parse, read
from mingdan.ledger.errors import Broken, MingdanError
from mingdan.ledger.event import KIND_OF, Epoch
from mingdan.ledger.map import Head
from mingdan.ledger.market.party import Keyed
from mingdan.ledger.market.signing import check_signature, signed_text
from mingdan.ledger.proven import NEXT, ProvenTiles, PublishedLog
from mingdan.ledger.stream import LOG
from mingdan.ledger.tile import ENTRIES, WIDTH, Tile, entries_of

_SIGNED = b'"sig":{"ed25519":"'  # no quoted text can look like this: its quotes are escaped
SHARE = 8  # bundles a worker reads at a time
AHEAD = 6  # shares read before they are needed


class Told(NamedTuple):
    """An entry as a bundle has it: parsed, printed the same again, under the root at its place, from 0."""

    place: int
    stream: str
    seq: int
    prev: str | None
    recorded: int
    kind: str
    raw: bytes
    leaf: bytes

    @property
    def epoch(self) -> Epoch | None:
        event = read(self.raw, self.kind, self.leaf).event if self.kind == KIND_OF[Epoch] else None
        return event if isinstance(event, Epoch) else None


class Share(NamedTuple):
    """Some bundles for one reader: those from index `first` to before `last`."""

    log: PublishedLog
    first: int
    last: int


class Part(NamedTuple):
    """What was read of a share: its files, the entries, and what is wrong with bundles."""

    files: list[str]
    told: list[Told]
    faults: list[Broken]


class Chain:
    """The rules from entry to entry: streams without gaps, time that never goes back, epochs, signatures.

    `known` tells where a stream ended before, `key_of` with which key a party spoke before; `heads` where
    those end that grew since; `before` where the stream of epochs ended before the last of them.
    """

    def __init__(
        self,
        known: Callable[[str], Head | None] = lambda _stream: None,
        recorded: int = 0,
        last_epoch: int | None = None,
        key_of: Callable[[str], str | None] = lambda _stream: None,
    ) -> None:
        self.known = known
        self.key_of = key_of
        self.keys: dict[str, str] = {}
        self.heads: dict[str, Head] = {}
        self.before: Head | None = None
        self.recorded = recorded
        self.last_epoch = last_epoch
        self.epochs = 0

    def add(self, told: Told) -> None:
        """Raises Broken with the entry that does not follow."""
        index, stream = told.place, told.stream
        head = self.heads.get(stream) or self.known(stream)
        seq, prev = (0, None) if head is None else (head.seq, head.leaf.hex())
        if (told.seq, told.prev) != (seq + 1, prev):
            raise Broken("an entry does not continue its stream", index=index, stream=stream, seq=told.seq)
        if told.recorded < self.recorded:
            raise Broken("recorded time goes back", index=index, recorded=told.recorded)
        epoch = told.epoch
        if (stream == LOG) != (epoch is not None):
            raise Broken("epochs, and nothing else, stand in the stream log", index=index, kind=told.kind)
        if epoch is not None:
            if (epoch.covers, epoch.previous) != (index, self.last_epoch):
                raise Broken("an epoch that covers something else", index=index, covers=epoch.covers)
            self.epochs, self.last_epoch, self.before = self.epochs + 1, index, head
        if _SIGNED in told.raw or told.kind == KIND_OF[Keyed]:
            self._follow_hand(index, read(told.raw, told.kind, told.leaf))
        self.heads[stream] = Head(told.seq, index, told.leaf)
        self.recorded = told.recorded

    def _follow_hand(self, index: int, entry: Entry) -> None:
        """Raises Broken where a signature is not by the key its party had given by then, or is missing."""
        party = f"party/{entry.by}"
        key = self.keys.get(party) or self.key_of(party)
        if entry.sig is not None:
            text = signed_text(entry.stream, entry.by, entry.event, entry.at, entry.basis)
            try:
                check_signature(text, entry.sig, key, entry.by)
            except Broken as error:
                error.evidence = {"index": index} | error.evidence
                raise
        if isinstance(entry.event, Keyed):
            if entry.sig is None and key is not None and entry.stream == party:
                raise Broken("a key was replaced without its own signature", index=index, party=entry.by)
            self.keys[entry.stream] = entry.event.key

    def finish(self, size: int) -> None:
        if self.last_epoch != size - 1:
            raise Broken("a published tree ends in an epoch entry", size=size, last_epoch=self.last_epoch)


def read_log(log: PublishedLog, start: int = 0, executor: Executor | None = None) -> Iterator[Part]:
    """The entries from index `start` to the checkpoint's size, a share at a time, in order."""
    first, last = start // WIDTH, -(-log.checkpoint.size // WIDTH)
    shares = (Share(log, at, min(at + SHARE, last)) for at in range(first, last, SHARE))
    for part in map(read_share, shares) if executor is None else _ahead(executor, shares):
        yield part._replace(told=[told for told in part.told if told.place >= start])


def read_share(share: Share) -> Part:
    """Reads the bundles of a share and all tiles that lead from them to the root."""
    tiles = ProvenTiles(share.log)
    part = Part([], [], [])
    for index in range(share.first, share.last):
        bundle = Tile.within(share.log.checkpoint.size, ENTRIES, index)
        part.files.append(share.log.under + bundle.path)
        try:
            part.told.extend(_bundle(share.log, tiles, bundle))
        except MingdanError as error:
            part.faults.append(found_in(error, share.log.under + bundle.path))
    return part


def found_in(error: MingdanError, file: str) -> Broken:
    """What is wrong in a published file is an answer, not the reader's misuse."""
    evidence = {"file": file} | error.evidence
    return Broken(error.message, next_step=error.next_step or NEXT, **evidence)


def _bundle(log: PublishedLog, tiles: ProvenTiles, bundle: Tile) -> Iterator[Told]:
    entries = entries_of(log.read(bundle.path))
    start = bundle.index * WIDTH
    told = [_told(start + offset, raw, parse(raw)) for offset, raw in enumerate(entries)]
    hashes = tiles.hashes(Tile(0, bundle.index, bundle.width))
    for offset, expected in enumerate(hashes):
        if offset >= len(told) or told[offset].leaf != expected:
            raise Broken("an entry was altered or lost", index=start + offset, expected=expected.hex())
    if len(told) > len(hashes):
        raise Broken("a bundle of another width", expected=len(hashes), actual=len(told))
    return iter(told)


def _told(index: int, raw: bytes, entry: Entry) -> Told:
    return Told(index, entry.stream, entry.seq, entry.prev, entry.recorded, entry.kind, raw, entry.leaf)


def _ahead(executor: Executor, shares: Iterator[Share]) -> Iterator[Part]:
    """The parts in order, a few of them under way: no more are in memory than that."""
    waiting: deque[Future[Part]] = deque()
    for share in shares:
        waiting.append(executor.submit(read_share, share))
        if len(waiting) > AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()

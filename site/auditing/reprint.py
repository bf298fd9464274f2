"""Order pages printed again: from the auditor's copy of the log, as of the epoch that each page proves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.entry import Entry, read
from mingdan.ledger.errors import (
    Broken,
    MalformedProof,
    MingdanError,
    Unavailable,
    Unwitnessed,
)
from mingdan.ledger.evolve import fold
from mingdan.ledger.handle import stream_of
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.terms import Terms
from mingdan.ledger.note import parse_note
from mingdan.ledger.passing import instants
from mingdan.ledger.proven import ProvenTiles, PublishedLog
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.replay import found_in
from mingdan.ledger.timeline import Timeline, check
from mingdan.ledger.tree import root_at
from mingdan.projections import backlog
from mingdan.site.auditing.finding import parting
from mingdan.site.auditing.order_file import handle_of, is_code, is_feed, is_twin, kind_of
from mingdan.site.auditing.replica import Replica
from mingdan.site.edition import Edition, edition_of
from mingdan.site.imprint import Imprint
from mingdan.site.number import count
from mingdan.site.order_feed import order_feeds
from mingdan.site.order_twin import order_twin, parse_order_twin
from mingdan.site.pages import naming, pages_of
from mingdan.site.qr_code import qr_code
from mingdan.site.saved_page import parse_saved_page

Told = tuple[tuple[Row, Entry], ...]
Printed = dict[str, bytes]  # by path


class Page(NamedTuple):
    """A page to be checked; `sha256` and `size` are of its bytes and tree as found right before, if so."""

    path: str
    sha256: bytes = b""
    size: int = 0


class Checked(NamedTuple):
    """A page that was found right, now or before, or what is wrong with it."""

    path: str
    stream: str = ""
    sha256: bytes = b""
    size: int = 0
    before: bool = False
    fault: Broken | None = None


class Task(NamedTuple):
    """Some pages for one worker: everything it needs to check them by itself."""

    folder: Path
    log: PublishedLog
    imprint: Imprint
    policy: TrustPolicy
    pages: Sequence[Page]


class Reprint:
    """Checks pages against the log up to its checkpoint; the last order's entries and print are kept."""

    def __init__(self, replica: Replica, log: PublishedLog, imprint: Imprint, policy: TrustPolicy) -> None:
        self.replica = replica
        self.log = log
        self.imprint = imprint
        self.policy = policy
        self.tiles = ProvenTiles(log)
        self.terms = Terms(replica.store, imprint.policies)
        self.edition = lru_cache(maxsize=64)(self._edition)
        self.feeds = lru_cache(maxsize=2)(self._feeds)
        self._told = lru_cache(maxsize=2)(self._read)
        self._proven = lru_cache(maxsize=2)(self._prove)
        self._printed = lru_cache(maxsize=4)(self._print)

    def check(self, path: str, content: bytes) -> Checked:
        """Raises Broken unless these are the very bytes that the log prints for this path."""
        handle = self.handle(path)
        stream = stream_of(handle)
        told = self._told(stream)
        if not told:
            raise Broken("a page of an order that the log does not have", file=path, stream=stream)
        if is_feed(path) or is_code(path):
            lasting = self._lasting(path, handle)
            if lasting is None:
                raise Broken("a feed of an order of which no more is to come", file=path, stream=stream)
            return _same(path, told, lasting, content, told[-1][0].position)
        few, what = None, kind_of(path)
        if is_twin(path):
            size, expected = self._twin(path, told, content)
        elif fold(entry for _, entry in told).erased is not None:
            size, expected = self._erased(handle, told, content)
        else:
            size, few, expected = self._alive(path, handle, content)
        if told[-1][0].position > size:
            raise Broken(f"the {what} lacks its order's newest entries", file=path, stream=stream, size=size)
        if self._fell_due(told, size):
            raise Broken(f"the {what} is from before a time that changed it", file=path, stream=stream)
        found = _same(path, told, expected[path], content, size)
        if few is not None:
            raise found_in(few, path)
        return found

    def _feeds(self, handle: str) -> Printed:
        """An order's feeds as of the newest tree: they say its entries, whenever they were printed."""
        entries = [entry for _, entry in self._told(stream_of(handle))]
        edition = naming(self.edition(self.log.checkpoint.size), self.terms, entries)
        return dict(order_feeds(edition, handle, fold(entries), entries))

    def _lasting(self, path: str, handle: str) -> bytes | None:
        """What says an order's entries (a feed) or its link (a code) whenever printed; None where it goes."""
        if is_code(path):
            return qr_code(self.edition(self.log.checkpoint.size), handle)[1]
        return self.feeds(handle).get(path)

    def _fell_due(self, told: Told, size: int) -> bool:
        """Whether an instant has passed between this tree and the newest that changes what the page says."""
        since, until = self.edition(size).sealed, self.edition(self.log.checkpoint.size).sealed
        order = fold(entry for _, entry in told)
        changing = instants(order, self.terms.of(order), self.terms.pace(order))
        return backlog.row(order) is not None and any(since <= at < until for at in changing)

    def handle(self, path: str) -> str:
        """The handle in a file's path, which must be one that we would write."""
        return handle_of(path, self.imprint.languages)

    def _alive(self, path: str, handle: str, content: bytes) -> tuple[int, Unwitnessed | None, Printed]:
        try:
            timeline = parse_saved_page(content).timeline
            size, few = self._proven(timeline)
            return size, few, self._printed(handle, size, timeline)
        except MalformedProof as error:
            raise found_in(error, path) from error

    def _twin(self, path: str, told: Told, content: bytes) -> tuple[int, Printed]:
        """A twin names its edition: all that it says of the order follows from that and the log."""
        try:
            size = parse_order_twin(content).checkpoint.size
        except MalformedProof as error:
            raise found_in(error, path) from error
        shown = [each for each in told if each[0].position <= size]
        order = fold(entry for _, entry in shown)
        policy, pace = self.terms.of(order), self.terms.pace(order)
        return size, {path: order_twin(self.edition(size), order, shown, policy, pace)}

    def _erased(self, handle: str, told: Told, content: bytes) -> tuple[int, Printed]:
        """A tombstone carries no proof; which epoch it is of is told by the size it names."""
        empty = Timeline(stream=told[0][0].stream, checkpoint=b"", epoch=b"", path=(), head=None, map=b"")
        since = told[-1][0].position
        for size in takewhile(lambda size: size > since, self.replica.sizes(self.log.checkpoint.size)):
            if count(size).encode() in content:
                printed = self._printed(handle, size, empty)
                if content in printed.values():
                    return size, printed
        return self.log.checkpoint.size, self._printed(handle, self.log.checkpoint.size, empty)

    def _read(self, stream: str) -> Told:
        rows = self.replica.store.rows_of([stream])
        return tuple((row, read(row.entry, row.kind, row.leaf)) for row in rows)

    def _edition(self, size: int) -> Edition:
        """The edition of an epoch of this log. Raises Broken where none ends there."""
        entry = self.replica.epoch_entry(size)
        head = Checkpoint(self.log.checkpoint.origin, size, root_at(size, self.tiles.nodes))
        return edition_of(self.imprint, head, entry)

    def _prove(self, timeline: Timeline) -> tuple[int, Unwitnessed | None]:
        """The size of the tree that the timeline is of, once it is checked. Being old is no fault of it.

        Where too few witnesses cosigned, that is said when all else holds: what is false is worse.
        """
        few = None
        try:
            self._check(timeline, self.policy)
        except Unwitnessed as error:
            few = error
            self._check(timeline, self.policy.asking_nobody())
        head = Checkpoint.parse(parse_note(timeline.checkpoint)[0])
        if head.root.hex() != self.edition(head.size).root:
            raise Broken(
                "the page is of another log: its checkpoint is not in this one's past", size=head.size
            )
        return head.size, few

    def _check(self, timeline: Timeline, policy: TrustPolicy) -> None:
        for _step in check(timeline, policy, now=0, fresh_within=0):
            pass  # one that does not hold raises

    def _print(self, handle: str, size: int, timeline: Timeline) -> Printed:
        told = [each for each in self._told(timeline.stream) if each[0].position <= size]
        if timeline.head is not None and timeline.entries != tuple(row.entry for row, _ in told):
            raise Broken("the page shows other entries than the log has", stream=timeline.stream)
        return dict(pages_of(self.edition(size), self.imprint, handle, told, self.terms, timeline))


def _same(path: str, told: Told, expected: bytes, content: bytes, size: int) -> Checked:
    stream = told[0][0].stream
    if expected != content:
        at = parting(expected, content)
        raise Broken(f"the {kind_of(path)} is not what the log prints", file=path, stream=stream, at=at)
    return Checked(path, stream, sha256(content).digest(), size)


def check_pages(task: Task) -> list[Checked]:
    """A worker's share, in a process of its own."""
    return checked(_reprint(task._replace(pages=())), task.pages)


def checked(reprint: Reprint, pages: Sequence[Page]) -> list[Checked]:
    """Reads these pages and checks each: what is wrong with one says nothing of the next."""
    return [_checked(reprint, page) for page in pages]


def _checked(reprint: Reprint, page: Page) -> Checked:
    path, stream = page.path, ""
    try:
        stream = stream_of(reprint.handle(path))
        content = reprint.log.source.read(path)
        if content is None:
            raise Broken("a page went away while it was audited", file=path)
        if page.sha256 and sha256(content).digest() == page.sha256:
            return Checked(path, stream, page.sha256, page.size, before=True)
        return reprint.check(path, content)
    except MingdanError as error:
        if isinstance(error, Unavailable):
            raise
        return Checked(path, stream, fault=found_in(error, path))


@lru_cache(maxsize=1)
def _reprint(task: Task) -> Reprint:
    return Reprint(Replica(task.folder), task.log, task.imprint, task.policy)

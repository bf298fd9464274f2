"""Who records what link holders say: one thread that owns a workspace, since a book is one thread's own.

What is asked waits its turn there, and nobody else for a lock; where too much waits, no more is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore
from types import TracebackType
from typing import Self, TypeVar

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.errors import Malformed, Unavailable
from mingdan.ledger.handle import stream_of
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.clock import Clock, now_ms
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.vault import NewOrder
from mingdan.ledger.keeping.workspace import open_workspace

WAITING = 32  # questions that wait or are being answered

_Answer = TypeVar("_Answer")


class Clerk:
    """Opens the workspace of a folder when first asked; a workspace that cannot be opened is tried again."""

    def __init__(self, folder: Path, clock: Clock = now_ms) -> None:
        self.folder = folder
        self.clock = clock
        self._thread = ThreadPoolExecutor(1, "clerk")
        self._room = BoundedSemaphore(WAITING)
        self._book: Book | None = None  # the thread's own

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """What waits is still done: somebody may have been told that it would be."""
        self._thread.submit(self._close)
        self._thread.shutdown()

    def find(self, handle: str) -> Future[NewOrder | None]:
        """The order of a tracking link, by its hash: how long that takes tells nothing of a handle."""
        return self._in_turn(lambda book: _order(book, handle))

    def record(self, claim: Claim) -> Future[Receipt]:
        """Raises what `Book.record` raises."""
        return self._in_turn(lambda book: book.record([claim])[0])

    def entry(self, stream: str, leaf: str) -> Future[Entry | None]:
        """The entry of a stream with this leaf hash (hex)."""
        return self._in_turn(lambda book: _entry(book, stream, leaf))

    def _in_turn(self, ask: Callable[[Book], _Answer]) -> Future[_Answer]:
        if not self._room.acquire(blocking=False):
            raise Unavailable("the ledger is busy; nothing was recorded", next_step="try again in a minute")
        answer = self._thread.submit(lambda: ask(self._opened()))
        answer.add_done_callback(lambda _: self._room.release())
        return answer

    def _opened(self) -> Book:
        if self._book is None:
            self._book = open_workspace(self.folder).book(clock=self.clock)
        return self._book

    def _close(self) -> None:
        if self._book is not None:
            self._book.store.close()
            self._book.vault.close()


def _order(book: Book, handle: str) -> NewOrder | None:
    try:
        stream = stream_of(handle)
    except Malformed:
        return None
    return book.vault.orders_of([stream]).get(stream)


def _entry(book: Book, stream: str, leaf: str) -> Entry | None:
    rows = book.store.rows_of([stream])
    return next((parse(row.entry) for row in rows if row.leaf.hex() == leaf), None)

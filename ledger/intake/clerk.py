"""Who records what is told: one thread that owns a workspace, since a book is one thread's own.

What waits is recorded together, first come first served, and synced once for all of it; a submission that is
refused is refused alone. Where too much waits, no more is taken; what was taken is never dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.errors import Malformed, MingdanError, Unavailable
from mingdan.ledger.handle import stream_of
from mingdan.ledger.intake.bell import heard
from mingdan.ledger.intake.together import together
from mingdan.ledger.keeping.book import Book, Step
from mingdan.ledger.keeping.clock import Clock, now_ms
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.group import Outcome, Submission
from mingdan.ledger.keeping.vault import NewOrder
from mingdan.ledger.keeping.workspace import open_workspace

PATIENCE = 15.0  # seconds that somebody waits for an answer
WAITING = 10_000  # claims and questions that may wait: a second's work
TOGETHER = 1_000  # of them that are taken at once

_Answer = TypeVar("_Answer")
_Words = TypeVar("_Words")
Making: TypeAlias = Callable[[Sequence[_Words]], Sequence[Submission | MingdanError]]


class _Told(NamedTuple):
    """A submission that waits; `answer` is what its receipts are answered with."""

    what: Submission
    answer: Callable[[list[Receipt]], object]
    future: Future[Any]

    @property
    def size(self) -> int:
        return max(1, len(self.what.claims))


class _Unmade(NamedTuple):
    """Words that wait; `make` makes submissions of all that wait for the same."""

    words: Any
    make: Making[Any]
    future: Future[Any]
    size: int


class _Question(NamedTuple):
    ask: Callable[[Book], object]
    future: Future[Any]
    size: int = 1


_Waiting: TypeAlias = _Told | _Unmade | _Question


class Clerk:
    """Opens the workspace of a folder when first asked; a workspace that cannot be opened is tried again.

    One in a process; those of several processes take turns at the database.
    """

    def __init__(
        self, folder: Path, clock: Clock = now_ms, *, most: int = WAITING, reached: Step = lambda _: None
    ) -> None:
        self.folder = folder
        self.clock = clock
        self.most = most
        self.reached = reached
        self._thread = ThreadPoolExecutor(1, "clerk")
        self._lock = Lock()  # over the three that follow
        self._waiting: deque[_Waiting] = deque()
        self._size = 0  # of what waits
        self._at_work = False
        self._book: Book | None = None  # the thread's own

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """What waits is still done: somebody may have been told that it would be."""
        self._thread.submit(self._close)
        self._thread.shutdown()

    def submit(self, claims: Sequence[Claim], new: Sequence[NewOrder] = ()) -> Future[list[Receipt]]:
        """One receipt a claim, once all of them are committed; else what `Book.record` raises, and none is.

        Raises Unavailable at once where too much waits.
        """
        return self._in_turn(_Told(Submission(claims, new), _every, Future()))

    def tell(self, words: _Words, make: Making[_Words], size: int) -> Future[list[Receipt]]:
        """The same with words, so many claims, of which `make` makes submissions in the clerk's thread.

        It is given all that waits for it at once, so that what they need is read together.
        """
        return self._in_turn(_Unmade(words, make, Future(), max(1, size)))

    def record(self, claim: Claim) -> Future[Receipt]:
        """The same with one claim."""
        return self._in_turn(_Told(Submission([claim]), lambda receipts: receipts[0], Future()))

    def ask(self, question: Callable[[Book], _Answer]) -> Future[_Answer]:
        """What the book answers in the clerk's thread, once what was submitted before is recorded.

        Raises Unavailable at once where too much waits.
        """
        return self._in_turn(_Question(question, Future()))

    def find(self, handle: str) -> Future[NewOrder | None]:
        """The order of a tracking link, by its hash: how long that takes tells nothing of a handle."""
        return self.ask(lambda book: _order(book, handle))

    def entry(self, stream: str, leaf: str) -> Future[Entry | None]:
        """The entry of a stream with this leaf hash (hex)."""
        return self.ask(lambda book: _entry(book, stream, leaf))

    def _in_turn(self, asked: _Waiting) -> Future[Any]:
        with self._lock:
            if self._size and self._size + asked.size > self.most:
                raise Unavailable(_BUSY, next_step="try again in a minute")
            if not self._at_work:
                self._thread.submit(self._work)
            self._at_work = True
            self._waiting.append(asked)
            self._size += asked.size
        return asked.future

    # what the thread does --------------------------------------------------------------------------------
    def _work(self) -> None:
        """Questions come after what is recorded together: they are to see what was submitted before them."""
        while taken := self._taken():
            group = [each for each in taken if each.future.set_running_or_notify_cancel()]
            self._record(_made(group))
            for each in group:
                if isinstance(each, _Question):
                    self._reply(each)

    def _taken(self) -> list[_Waiting]:
        """What is taken at once, in its order; where nothing waits, the work is over."""
        taken: list[_Waiting] = []
        size = 0
        with self._lock:
            while self._waiting and (not taken or size + self._waiting[0].size <= TOGETHER):
                taken.append(self._waiting.popleft())
                size += taken[-1].size
            self._size -= size
            self._at_work = bool(taken)
        return taken

    def _record(self, group: Sequence[_Told]) -> None:
        """Records submissions in one transaction; each in its own where one may be what that fails at."""
        outcomes = together(self._recorded, group) if group else []
        for each, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                each.future.set_exception(outcome)
            else:
                each.future.set_result(each.answer(outcome))

    def _recorded(self, group: Sequence[_Told]) -> Sequence[Outcome]:
        return self._opened().record_each([each.what for each in group])

    def _reply(self, question: _Question) -> None:
        try:
            question.future.set_result(question.ask(self._opened()))
        except BaseException as error:  # noqa: BLE001  # likewise
            question.future.set_exception(error)

    def _opened(self) -> Book:
        if self._book is None:
            self._book = open_workspace(self.folder).book(self.clock, self.reached)
        return self._book

    def _close(self) -> None:
        if self._book is not None:
            self._book.store.close()
            self._book.vault.close()


async def in_time(answer: Future[_Answer]) -> _Answer:
    """What a clerk answers. Raises Unavailable once nobody would wait any longer; it may still be done."""
    return await _patiently(heard(answer))


async def read_in_time(read: Callable[..., _Answer], *given: object) -> _Answer:
    """What is read beside the loop, likewise; a thread that a silent database holds is left to it."""
    return await _patiently(asyncio.to_thread(read, *given))


async def _patiently(answer: Awaitable[_Answer]) -> _Answer:
    try:
        return await asyncio.wait_for(answer, PATIENCE)
    except TimeoutError as error:
        raise Unavailable("the ledger did not answer in time", next_step="send the same again") from error


def _made(group: Sequence[_Waiting]) -> list[_Told]:
    """The submissions of a group, in its order; those of words are made first, and who cannot be is told."""
    makers = dict.fromkeys(each.make for each in group if isinstance(each, _Unmade))
    made: dict[int, _Told] = {}
    for make in makers:
        some = [each for each in group if isinstance(each, _Unmade) and each.make == make]
        outcomes = together(partial(_made_by, make), some)
        for each, outcome in zip(some, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                each.future.set_exception(outcome)
            else:
                made[id(each)] = _Told(outcome, _every, each.future)
    told = (each if isinstance(each, _Told) else made.get(id(each)) for each in group)
    return [each for each in told if each is not None]


def _made_by(make: Making[Any], some: Sequence[_Unmade]) -> Sequence[Submission | MingdanError]:
    return make([each.words for each in some])


def _every(receipts: list[Receipt]) -> object:
    return receipts


def _order(book: Book, handle: str) -> NewOrder | None:
    try:
        stream = stream_of(handle)
    except Malformed:
        return None
    return book.vault.orders_of([stream]).get(stream)


def _entry(book: Book, stream: str, leaf: str) -> Entry | None:
    rows = book.store.rows_of([stream])
    return next((parse(row.entry) for row in rows if row.leaf.hex() == leaf), None)


_BUSY = "the ledger is busy; nothing was recorded"

"""A piece of work done again and again until it is ended: beside a server, or as all that a command does.

What is under way is always finished. A round that fails is said, and the next ones come ever later until one
succeeds.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import TracebackType
from typing import Self

from mingdan.ledger.errors import MingdanError
from mingdan.site.plain import line

LONGEST = 300.0  # seconds between rounds, however often they fail
Work = Callable[[], object]
Say = Callable[[str], object]
Over = Callable[[float], bool]  # waits so many seconds; whether it is over


def repeat(
    work: Work, seconds: float, say: Say, over: Over, fatal: tuple[type[MingdanError], ...] = ()
) -> None:
    """Works every so many `seconds` until it is over. What is `fatal` is raised and ends it."""
    failed = 0
    while True:
        failed = 0 if _succeeds(work, say, fatal) else failed + 1
        if over(pause(seconds, failed)):
            return


def pause(seconds: float, failed: int) -> float:
    """Seconds until the next round, after so many failures in a row: twice as many with each."""
    return max(seconds, min(seconds * 2.0 ** min(failed, 32), LONGEST))


@contextmanager
def until_told() -> Iterator[Over]:
    """Keeps SIGINT and SIGTERM waiting while the block works; what it is given waits for one of them.

    Threads and processes that the block starts inherit this, so that no signal interrupts them either.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    try:
        yield lambda seconds: signal.sigtimedwait(_ENDINGS, seconds) is not None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Rounds:
    """Works every so many `seconds` in a thread of its own, for the length of a block."""

    def __init__(self, work: Work, seconds: float, say: Say) -> None:
        self._over = Event()
        self._thread = Thread(target=repeat, args=(work, seconds, say, self._over.wait), name="rounds")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()


def _succeeds(work: Work, say: Say, fatal: tuple[type[MingdanError], ...]) -> bool:
    try:
        work()
    except fatal:
        raise
    except MingdanError as error:
        say(line(f"{error}; next: {error.next_step}" if error.next_step else str(error)))
    except OSError as error:
        say(line(f"{error.strerror} ({error.filename})"))
    else:
        return True
    return False


_ENDINGS = {signal.SIGINT, signal.SIGTERM}

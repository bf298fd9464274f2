"""Answers of another thread to those who wait in a loop, which is woken once for all that have come since.

Each waking is a system call, at which threads change places: a group's answers would cost one each.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

_Answer = TypeVar("_Answer")


def heard(answer: Future[_Answer]) -> asyncio.Future[_Answer]:
    """The same answer in the running loop; who gives up waiting takes back the question."""
    loop = asyncio.get_running_loop()
    bell = _BELLS.setdefault(loop, _Bell())
    waiting: asyncio.Future[_Answer] = loop.create_future()
    waiting.add_done_callback(lambda _: answer.cancel() if waiting.cancelled() else None)
    answer.add_done_callback(lambda _: bell.ring(loop, waiting, answer))
    return waiting


class _Bell:
    """One for each loop; rung in any thread, listened to in the loop."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._come: list[tuple[asyncio.Future[Any], Future[Any]]] = []

    def ring(
        self, loop: asyncio.AbstractEventLoop, waiting: asyncio.Future[Any], answer: Future[Any]
    ) -> None:
        with self._lock:
            self._come.append((waiting, answer))
            first = len(self._come) == 1
        if first and not loop.is_closed():
            loop.call_soon_threadsafe(self._listen)

    def _listen(self) -> None:
        with self._lock:
            come, self._come = self._come, []
        for waiting, answer in come:
            _tell(waiting, answer)


def _tell(waiting: asyncio.Future[Any], answer: Future[Any]) -> None:
    if waiting.done():
        return
    if answer.cancelled():
        waiting.cancel()
    elif (error := answer.exception()) is not None:
        waiting.set_exception(error)
    else:
        waiting.set_result(answer.result())


_BELLS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Bell] = WeakKeyDictionary()

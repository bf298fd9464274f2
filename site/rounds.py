"""A piece of work done again and again beside a server, in one thread, until the server ends."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Self

from mingdan.ledger.errors import MingdanError


class Rounds:
    """Works every so many `seconds`. A round that fails is said, and the next one is tried all the same."""

    def __init__(self, work: Callable[[], object], seconds: float, say: Callable[[str], object]) -> None:
        self.work = work
        self.seconds = seconds
        self.say = say
        self._over = Event()
        self._thread = Thread(target=self._go, name="rounds")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()  # what is under way is finished: a round is one transaction after another

    def _go(self) -> None:
        while not self._over.is_set():
            try:
                self.work()
            except MingdanError as error:
                self.say(str(error))
            self._over.wait(self.seconds)

"""Where contestants write: fresh folders on the disk of this repository, removed when the turn is over."""

from __future__ import annotations

import gc
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from table import Lane, Role

BENCH = Path(__file__).parents[2] / "build" / "bench"


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder, gone at the end of the block."""
    BENCH.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=BENCH) as name:
        path = Path(name)
        path.chmod(0o755)  # a server that does not run as root must find its own folder below
        yield path


class Turn(ABC):
    """A contestant that works in a fresh folder each time; only `work` is timed."""

    folder: Path
    room: ExitStack

    @abstractmethod
    def open(self) -> None:
        """Makes ready in `folder`; what is to be closed goes into `room`."""

    @abstractmethod
    def work(self) -> None: ...

    def begin(self) -> None:
        self.room = ExitStack()
        self.folder = self.room.enter_context(folder())
        self.open()
        os.sync()  # nobody pays for what the last turn left to be written,
        gc.collect()
        gc.freeze()  # nor for walking over what the bench itself holds

    def end(self) -> None:
        gc.unfreeze()
        self.room.close()

    def lane(self, name: str, n: int, role: Role = "ours") -> Lane:
        return Lane(name, n, self.work, role, self.begin, self.end)

"""Where contestants write: fresh folders on the disk of this repository, all removed when the run is over.

Not a turn earlier: for minutes after a file is deleted ext4 walks past its inode, again for each new file, so
that who writes many files would mostly pay for what the turn before had removed.
"""

from __future__ import annotations

import atexit
import gc
import os
from abc import ABC, abstractmethod
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from table import Lane, Role

BENCH = Path(__file__).parents[2] / "build" / "bench"


def folder() -> Path:
    """A fresh folder."""
    return Path(mkdtemp(dir=_run()))


@cache
def _run() -> Path:
    BENCH.mkdir(parents=True, exist_ok=True)
    kept = TemporaryDirectory(dir=BENCH)
    atexit.register(kept.cleanup)
    Path(kept.name).chmod(0o755)  # a server that does not run as root must find its own folder below
    return Path(kept.name)


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
        self.folder = folder()
        self.open()
        os.sync()  # nobody pays for what the last turn left to be written,
        gc.collect()
        gc.freeze()  # nor for walking over what the bench itself holds

    def end(self) -> None:
        gc.unfreeze()
        self.room.close()

    def lane(self, name: str, n: int, role: Role = "ours") -> Lane:
        return Lane(name, n, self.work, role, self.begin, self.end)

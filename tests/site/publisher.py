"""A publisher that dies: run as a process with a workspace, a clock, a step and its how-manieth time."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from mingdan.ledger.keeping.workspace import open_workspace
from mingdan.site.publish import publish


def main(folder: str, clock: str, step: str = "", nth: str = "1") -> None:
    left = int(nth)

    def reached(name: str) -> None:
        nonlocal left
        left -= name == step
        if name == step and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    publish(open_workspace(Path(folder)), clock=lambda: int(clock), reached=reached)


if __name__ == "__main__":
    main(*sys.argv[1:])

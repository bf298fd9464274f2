"""A witness that serves in its own process, until it is killed; the tests start any number on one folder.

`python attending.py FOLDER [STEP]` prints the port it listens on; at STEP of its first answer it
dies by SIGKILL.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import uvicorn

from mingdan.ledger.witness.memory import open_witness
from mingdan.ledger.witness.serving import application


@contextmanager
def attending(folder: Path, step: str = "") -> Iterator[str]:
    """The address of a witness process, which is killed in the end if it has not died by then."""
    command = [sys.executable, str(Path(__file__)), str(folder), step]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def main(folder: str, step: str) -> None:
    def reached(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        with closing(open_witness(Path(folder), reached=reached)) as witness:
            config = uvicorn.Config(application(witness), log_level="warning")
            uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The command in a tenth of its time: each run is forked from a process that has loaded the program.

Run with an address, this is that process. It serves `tests/mingdan`, which stands in for the installed
command, and `tests/python`, which runs a script: they hand over their arguments, environment, folder and open
files, pass signals on, and end as the run ends.
"""

import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from json import loads
from pathlib import Path
from runpy import run_path
from typing import NamedTuple

LARGEST = 1 << 20  # bytes of arguments and environment


class Run(NamedTuple):
    """A run of the command that is asked for, and where its end is told."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    mask: int
    files: list[int]
    told: socket.socket


def serve(address: str) -> Run:
    """Waits for runs; comes back in a child of its own for each of them, to become it."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for who waits for a run
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(address)
        listener.listen(64)
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                return _begun(_asked(connection))
            connection.close()


def _asked(connection: socket.socket) -> Run:
    told, files, _, _ = socket.recv_fds(connection, LARGEST, 3)
    while not told.endswith(b"\n"):
        told += connection.recv(LARGEST)
    return Run(**loads(told), files=files, told=connection)


def _begun(run: Run) -> Run:
    """Comes back in the child that becomes the run; its parent tells its pid and, later, its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        return run
    for file in run.files:
        os.close(file)
    with suppress(OSError):  # who asked may be gone
        run.told.sendall(b"%d\n" % pid)
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):
        run.told.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def become(run: Run) -> None:
    run.told.close()
    for place, file in enumerate(run.files):
        os.dup2(file, place)
        os.close(file)
    os.environ.clear()
    os.environ.update(run.environment)
    os.chdir(run.folder)
    os.umask(run.mask)
    sys.argv = run.arguments


if __name__ == "__main__":
    import uvicorn  # noqa: F401  # what a server needs is loaded as well

    from mingdan.cli import main

    gc.freeze()  # nothing of what is loaded is looked at again in a child, and so none of it is copied
    become(serve(sys.argv[1]))
    if Path(sys.argv[0]).name == "python":
        del sys.argv[0]
        run_path(sys.argv[0], run_name="__main__")
    else:
        main()

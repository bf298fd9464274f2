"""Where the command lies for tests: as it is installed, and as a stand-in that needs no second to load.

INSTALLED is what is killed, stripped of rights or looked at as a file; MINGDAN does the same in all else.
"""

import atexit
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep

HERE = Path(__file__).parent
INSTALLED = Path(sys.executable).with_name("mingdan")
MINGDAN = HERE / "mingdan"
PYTHON = HERE / "python"  # runs a script that needs what the command needs
PATIENCE = 60  # seconds for the program to load


def _start() -> None:
    """One zygote for each process of tests, told to the stand-in by the environment, gone when it ends."""
    address = Path(mkdtemp(prefix="mingdan-")) / "zygote"
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    zygote = subprocess.Popen([sys.executable, HERE / "zygote.py", address], start_new_session=True, **quiet)
    atexit.register(_end, zygote, address)
    until = monotonic() + PATIENCE
    while not address.exists():
        assert zygote.poll() is None, "the program cannot be loaded"
        assert monotonic() < until, "the program is not loaded in time"
        sleep(0.02)
    os.environ["MINGDAN_ZYGOTE"] = str(address)


def _end(zygote: subprocess.Popen, address: Path) -> None:
    os.killpg(zygote.pid, signal.SIGKILL)
    zygote.wait()
    address.unlink()
    address.parent.rmdir()


_start()

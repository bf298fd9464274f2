"""An auditor that dies: run as a process with a site, a key, its folder and the step to die at."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from mingdan.ledger.note import VerifierKey
from mingdan.ledger.quorum import Log, TrustPolicy
from mingdan.ledger.source import Folder
from mingdan.site.auditing.audit import audit


def main(site: str, key: str, folder: str, step: str) -> None:
    def progress(name: str, _done: int, _all: int) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    policy = TrustPolicy((Log(VerifierKey.parse(key)),))
    audit(Folder(Path(site)), policy, folder=Path(folder), progress=progress)


if __name__ == "__main__":
    main(*sys.argv[1:])

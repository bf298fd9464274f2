"""A workspace that `mingdan serve` stands over: begun, killed, begun again on the same port."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

from mingdan.ledger.claim import Claim
from mingdan.ledger.gate.api_key import draw_key
from mingdan.ledger.keeping.clock import now_ms
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.workspace import create_workspace, using_workspace
from mingdan.ledger.market.party import Registered
from mingdan.site.publish import publish

MINGDAN = Path(sys.executable).with_name("mingdan")
ROLES = {"shop": "platform", "store": "merchant", "east": "agent"}
ALONE = ("--sweep", "0", "--webhooks", "0", "--rate", "1000")
TERMS = {
    "merchant": "store", "sku": "game-100", "qty": 1, "amount": 4980, "currency": "CNY", "form": "direct",
    "recipient": "player-0000",
}  # fmt: skip
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def found(folder: Path, database: str | None = None) -> str:
    """A workspace with its parties, published once, and the text of the shop's key."""
    create_workspace(folder, origin="shop.example/log", database=database, intake="/").close()
    told = [
        Claim(stream=f"party/{name}", by="shop", event=Registered(name=name, role=role))
        for name, role in ROLES.items()
    ]
    with using_workspace(folder) as workspace:
        workspace.book().record(told)
        key, text = draw_key("shop", (), now_ms())
        KeyRing(workspace.vault).add(key)
        publish(workspace)
    return text


class Fortress:
    """A server over a workspace, on one port through all its lives."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.headers = {"Authorization": f"Bearer {key}"}
        self.deaths = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            self.process.kill()

    def begin(self) -> None:
        """Begins a life; requests are taken once it is said where."""
        command = [MINGDAN, "-C", self.folder, "serve", "--port", str(self.port), *ALONE]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = self.process.stderr.readline()
        if self.url not in said:
            self.__exit__()
            raise AssertionError(said)

    def kill(self) -> None:
        """Ends it in the midst of whatever it does."""
        self.process.kill()
        assert self.process.communicate()[1] == ""
        assert self.process.returncode == -signal.SIGKILL
        self.deaths += 1

    def end(self) -> None:
        """Lets it come to its end; it has had nothing to complain of."""
        self.process.terminate()
        assert self.process.communicate()[1] == ""
        assert self.process.returncode == 0

    def memory(self, of: str = "VmRSS") -> int:
        """Memory that it has (VmRSS), or the most that it ever had (VmHWM), in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(re.search(rf"{of}:\s+([0-9]+) kB", status)[1])

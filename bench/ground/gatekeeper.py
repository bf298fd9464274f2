"""A server in a process of its own: `python gatekeeper.py FOLDER` opens the gate of a workspace.

Without a folder nothing is done but answering 201. It says its address, and serves until told to end.
"""

from __future__ import annotations

import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mingdan.ledger.gate.application import gate
from mingdan.ledger.gate.listening import listen
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.workspace import using_workspace

RATE = 1_000_000  # of one key: never the limit here


async def take(request: Request) -> Response:
    """Reads what is sent and says that it was taken."""
    await request.body()
    return Response(b"{}", 201, media_type="application/json")


def say(line: str) -> None:
    print(line, flush=True)


def main(folder: Path) -> None:
    with using_workspace(folder) as workspace, Clerk(folder) as clerk:
        app = gate(clerk, workspace, page_of=str, rate=RATE, write=lambda _: None)
        listen(Starlette(routes=[app]), "gate", "127.0.0.1", 0, say)


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        listen(
            Starlette(routes=[Route("/v1/events", take, methods=["POST"])]), "nothing", "127.0.0.1", 0, say
        )

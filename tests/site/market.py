"""A published site behind a real server on a free port of this machine, and the market it tells of."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import uvicorn

from mingdan.ledger.claim import Claim
from mingdan.ledger.event import OrderEvent
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.workspace import create_workspace, open_workspace
from mingdan.site.publish import publish
from mingdan.site.serve import application

END = 1_793_491_200_000
ORIGIN = "orders.example/log"


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The address of the site while it is served."""
    server = uvicorn.Server(uvicorn.Config(application(site), port=0, log_level="error", lifespan="off"))
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join()


def opened_market(folder: Path, orders: int = 12) -> None:
    """A market's first edition, sealed at `END`."""
    workspace = create_workspace(folder, origin=ORIGIN)
    simulate(workspace.book(), orders, 7, end=END)
    publish(workspace, clock=lambda: END)
    workspace.close()


def went_on(folder: Path, stream: str, event: OrderEvent, minutes: int) -> None:
    """One more fact of an order, and the edition that has it."""
    workspace, later = open_workspace(folder), END + minutes * 60_000
    workspace.book(clock=lambda: later).record([Claim(stream=stream, by="yunka", event=event)])
    publish(workspace, clock=lambda: later)
    workspace.close()

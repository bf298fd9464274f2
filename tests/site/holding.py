"""A shop whose order pages take requests, served over real HTTP, and what its link holders send."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from shutil import copytree
from threading import Thread
from typing import NamedTuple

import uvicorn

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.event import Delivered, OrderEvent, Paid, Placed
from mingdan.ledger.handle import stream_of
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.settings import read_settings
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.keeping.workspace import create_workspace, using_workspace
from mingdan.site.actions import ROOM
from mingdan.site.counter import heard
from mingdan.site.publish import publish
from mingdan.site.serve import Site, serving

ORIGIN = "shop.example/log"
NOON = 1_793_491_200_000
MINUTE = 60_000
ACCOUNT = "player-0000"
PLACED = Placed(
    amount=4980, currency="CNY", form="direct", merchant="store-7", platform="shop-a", policy="default",
    qty=1, sku="game-100",
)  # fmt: skip
PAID, DELIVERED = Paid(amount=4980), Delivered(evidence="account_credited")


class Watch:
    """A clock that is turned by hand (ms UTC)."""

    now = NOON

    def __call__(self) -> int:
        return self.now


class Shop:
    """A workspace that is opened for each thing done, as commands do; its clerk has it open all the time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.watch = Watch()
        self.handles: dict[str, str] = {}

    @classmethod
    def founded(cls, folder: Path, intake: str = "/") -> Shop:
        """With an order that is paid for and one that is delivered, both published."""
        create_workspace(folder, origin=ORIGIN, title="Shop", intake=intake).close()
        shop = cls(folder)
        shop.handles["paid"] = shop.place("paid", PAID)
        shop.handles["delivered"] = shop.place("delivered", PAID, DELIVERED)
        shop.publish()
        return shop

    def copied(self, folder: Path) -> Shop:
        shop = Shop(copytree(self.folder, folder))
        shop.watch.now, shop.handles = self.watch.now, dict(self.handles)
        return shop

    def place(self, name: str, *events: OrderEvent) -> str:
        """An order and what became of it; its handle."""
        drawn = draw_order(name, Random(name).randbytes)
        first = Claim(stream=drawn.stream, by="shop-a", event=PLACED, private={"recipient": ACCOUNT})
        with using_workspace(self.folder) as workspace:
            workspace.book(clock=self.watch).record([first], [drawn])
        self.tell(drawn.handle, "shop-a", *events)
        return drawn.handle

    def tell(self, handle: str, by: str, *events: OrderEvent) -> None:
        """What somebody else than the link's holder says of an order, a minute after another."""
        with using_workspace(self.folder) as workspace:
            book = workspace.book(clock=self.watch)
            for event in events:
                self.watch.now += MINUTE
                book.record([Claim(stream=stream_of(handle), by=by, event=event)])

    def publish(self) -> None:
        self.watch.now += MINUTE
        with using_workspace(self.folder) as workspace:
            publish(workspace, clock=self.watch)

    def entries(self, handle: str) -> list[Entry]:
        with using_workspace(self.folder) as workspace:
            return [parse(row.entry) for row in workspace.store.rows_of([stream_of(handle)])]

    def kinds(self, handle: str) -> list[str]:
        return [each.kind for each in self.entries(handle)]

    def words(self, handle: str) -> list[str]:
        with using_workspace(self.folder) as workspace:
            stream = stream_of(handle)
            return [each.words for each in workspace.vault.words_of([stream]).get(stream, ())]

    def page(self, handle: str, language: str = "") -> Path:
        return self.folder / "site" / "o" / handle[:2] / f"{handle}{language}.html"


class Served(NamedTuple):
    shop: Shop
    url: str

    def room(self, handle: str, action: str) -> str:
        return f"{self.url}/{ROOM}/{handle}/{action}"


@contextmanager
def open_for_business(shop: Shop) -> Iterator[Served]:
    settings = read_settings(shop.folder)
    with Clerk(shop.folder, shop.watch) as clerk, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        counter = heard(clerk, settings, shop.watch)
        served = serving(Site(shop.folder / "site"), counter)
        server = uvicorn.Server(uvicorn.Config(served, log_level="warning", lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield Served(shop, f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()

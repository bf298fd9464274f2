"""A receiver of notices over real HTTP on the loopback, and a shop that tells a ledger of its orders."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import msgspec

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.keeping.keys import make_key
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.keeping.workspace import Workspace, create_workspace
from mingdan.ledger.market.sku import Sku
from mingdan.ledger.notice.address_book import AddressBook
from mingdan.ledger.notice.courier import Courier
from mingdan.ledger.notice.endpoint import Endpoint, draw_endpoint
from mingdan.ledger.notice.seal import KEY

NOON = 1_793_491_200_000  # ms UTC


class Heard(NamedTuple):
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict:
        return msgspec.json.decode(self.body)

    @property
    def kind(self) -> str:
        return self.told["type"]


class Receiver:
    """Answers with what it was told to, in turn, and 204 after that: a status, headers, a body."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.url = ""

    def kinds(self) -> list[str]:
        return [each.kind for each in self.heard]

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, told, body))


@contextmanager
def listening(secure: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()

    class Taking(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.heard.append(Heard({name.lower(): each for name, each in self.headers.items()}, body))
            status, headers, answer = receiver.answers.pop(0) if receiver.answers else (204, {}, b"")
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(answer))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass  # nothing of a test's traffic is of interest

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    if secure is not None:
        server.socket = secure.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # who does not believe a certificate hangs up
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks?for=shop"
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


class Shop:
    """A workspace, its clock and its book, and who is told."""

    def __init__(self, folder: Path) -> None:
        self.workspace: Workspace = create_workspace(folder, origin="shop.example/log")
        self.now = NOON
        self.signer = make_key(folder / KEY, "shop.example/log/webhooks")
        self.book = self.workspace.book(self.clock)
        self.endpoints = AddressBook(self.workspace.vault)
        self.skus: dict[str, Sku] = {}

    def clock(self) -> int:
        return self.now

    def courier(self, **options: object) -> Courier:
        told = {"clock": self.clock, "draw": lambda _most: 0} | options
        store, vault = self.workspace.store, self.workspace.vault
        return Courier(store, vault, lambda: self.signer, lambda: self.skus, **told)

    def endpoint(self, url: str, party: str = "shop", *kinds: str, private: bool = True) -> Endpoint:
        """An endpoint that is told what is recorded from here on."""
        head = self.workspace.store.max_notification_id() or 0
        made = draw_endpoint(url, party, kinds, now=self.now, reached=head, private=private)
        self.endpoints.add(made)
        return made

    def place(self, name: str, by: str = "shop", **more: object) -> str:
        """An order of the shop's, under its own name; its stream."""
        order = draw_order(name)
        placed = e.Placed(
            amount=4980, currency="CNY", form="direct", merchant="store", platform=by, policy="default",
            qty=1, sku="game-100",
        )  # fmt: skip
        private = {"recipient": "player-0000", "order_no": "A-0007"}
        self.book.record([Claim(stream=order.stream, by=by, event=placed, private=private, **more)], [order])
        return order.stream

    def tell(self, stream: str, event: e.Event, by: str = "shop", **more: object) -> None:
        self.book.record([Claim(stream=stream, by=by, event=event, **more)])

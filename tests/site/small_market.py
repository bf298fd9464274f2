"""A market of a few orders, small enough to flip every byte that is published of it."""

from __future__ import annotations

from pathlib import Path
from random import Random

from mingdan.ledger.claim import Claim
from mingdan.ledger.event import Delivered, Erased, HopForwarded, OrderEvent, Paid, Placed
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.keeping.workspace import Workspace, create_workspace, open_workspace
from mingdan.ledger.quorum import Log, TrustPolicy
from mingdan.site.publish import publish

ORIGIN = "small.example/log"
START = 1_793_491_200_000
MINUTE = 60_000

PLACED = Placed(
    amount=4980,
    currency="CNY",
    merchant="store-7",
    platform="shop-a",
    policy="default",
    qty=1,
    sku="game-100",
)
ROAD: tuple[OrderEvent, ...] = (
    Paid(amount=4980),
    HopForwarded(attempt=1, to="agent-a"),
    Delivered(evidence="account_credited"),
)


class Market:
    """A workspace whose clock is turned by hand, and its published site."""

    def __init__(self, workspace: Workspace, now: int = START) -> None:
        self.workspace = workspace
        self.now = now
        self.book = workspace.book(clock=lambda: self.now)

    @property
    def site(self) -> Path:
        return self.workspace.site

    @property
    def policy(self) -> TrustPolicy:
        return TrustPolicy((Log(self.workspace.signer().key),))

    def place(self, name: str) -> str:
        """An order that is placed; its stream."""
        drawn = draw_order(name, Random(name).randbytes)
        claim = Claim(stream=drawn.stream, by="shop-a", event=PLACED, private={"order_no": f"<{name}> & co"})
        self.book.record([claim], [drawn])
        return drawn.stream

    def tell(self, stream: str, *events: OrderEvent) -> None:
        for event in events:
            self.now += MINUTE
            self.book.record([Claim(stream=stream, by="shop-a", event=event)])

    def erase(self, stream: str) -> None:
        self.tell(stream, Erased(reason="buyer_request"))
        self.workspace.vault.erase(stream)

    def publish(self, *, refresh: bool = False) -> None:
        self.now += MINUTE
        publish(self.workspace, clock=lambda: self.now, refresh=refresh)

    def close(self) -> None:
        self.workspace.close()


def opened(folder: Path) -> Market:
    """A fresh market without orders."""
    return Market(create_workspace(folder, origin=ORIGIN, title="Small"))


def reopened(folder: Path, now: int) -> Market:
    return Market(open_workspace(folder), now)


def grown(folder: Path) -> Market:
    """Three epochs: an order on its whole road, one that is only paid, and one that was erased."""
    market = opened(folder)
    first = market.place("first")
    market.tell(first, *ROAD[:2])
    market.publish()
    second, third = market.place("second"), market.place("third")
    market.tell(first, ROAD[2])
    market.tell(third, ROAD[0])
    market.publish()
    market.erase(second)
    market.publish()
    return market

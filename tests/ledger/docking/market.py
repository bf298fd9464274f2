"""A platform with a workspace, a clerk and a clock that is turned by hand, and orders that are paid for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from mingdan.ledger.claim import Claim
from mingdan.ledger.docking.crossing import Crossing, crossing_of
from mingdan.ledger.docking.dock import Account, Wanted
from mingdan.ledger.docking.harbour import DIALECTS, Dock
from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.event import Event, Paid, Placed
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.keeping.workspace import create_workspace

NOON = 1_793_491_200_000  # ms UTC
MINUTE = 60_000
ACCOUNT = Account("10020", "0123456789abcdef0123456789abcdef")


class Market:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOON
        self.numbers = count(1)
        self.clerk = Clerk(folder, self.clock)

    def clock(self) -> int:
        return self.now

    def order(self, form: str = "card", qty: int = 1) -> tuple[str, str]:
        """A paid order: its stream, and the platform's number of it."""
        name = f"no-{next(self.numbers)}"
        drawn = draw_order(name)
        placed = Placed(
            amount=9_900, currency="CNY", form=form, merchant="night-market", platform="shop",
            policy="default", qty=qty, sku="music-month",
        )  # fmt: skip
        facts = [Claim(stream=drawn.stream, by="shop", event=each) for each in (placed, Paid(amount=9_900))]
        self.clerk.submit(facts, [drawn]).result()
        return drawn.stream, name

    def tell(self, stream: str, by: str, event: Event, **private: str) -> None:
        self.clerk.submit([Claim(stream=stream, by=by, event=event, private=private)], []).result()

    def entries(self, stream: str) -> list[Entry]:
        rows = self.clerk.ask(lambda book: book.store.rows_of([stream])).result()
        return [parse(row.entry) for row in rows]

    def kinds(self, stream: str) -> list[str]:
        """What was told of an order since it was paid."""
        return [each.kind for each in self.entries(stream)][2:]

    def last(self, stream: str) -> Entry:
        return self.entries(stream)[-1]

    def words(self, stream: str) -> dict[str, str]:
        """The private words by their fields, the last of each."""
        told = self.clerk.ask(lambda book: book.vault.words_of([stream])).result()
        return {each.field: each.words for each in told.get(stream, ())}

    def crossing(self, dock: Dock, ref: str) -> Crossing | None:
        return self.clerk.ask(lambda book: crossing_of(book.vault.engine, dock.name, ref)).result()


@contextmanager
def open_market(folder: Path) -> Iterator[Market]:
    create_workspace(folder, origin="shop.example/log").close()
    market = Market(folder)
    with market.clerk:
        yield market


def dock_at(url: str, protocol: str, **more: object) -> Dock:
    """A connection to a shop, whose callbacks the wharf of these tests would take."""
    callback = "https://shop.example/v1/docking/east/callback" if DIALECTS[protocol].tells.callbacks else None
    terms = {
        "name": "east",
        "platform": "shop",
        "upstream": "agent-east",
        "shows": True,
        "callback": callback,
    }
    return Dock(dialect=DIALECTS[protocol], url=url, account=ACCOUNT, **(terms | more))


def wanted(ref: str, **more: object) -> Wanted:
    return Wanted(**({"ref": ref, "goods": "101", "account": "player-0000"} | more))

"""A shop whose day is told in minutes after noon: its orders and what happens to them, in own stores."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from itertools import count

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault, draw_order
from mingdan.ledger.policy import MINUTE, Policy
from mingdan.projections.catch_up import catch_up
from mingdan.projections.views import open_views

NOON = 1_780_000_000_000
POLICIES = {"default": Policy()}
TERMS = {"amount": 100, "currency": "CNY", "merchant": "m", "platform": "shop", "qty": 1, "sku": "s"}
PAID = (e.Paid(),)


def at(minute: float) -> int:
    return NOON + int(minute * MINUTE)


class Shop:
    """`url` gives the database of each store."""

    def __init__(self, url: Callable[[str], str]) -> None:
        self.store = Store(open_engine(url("ledger"), "mingdan_ledger", durable=False))
        self.vault = Vault(open_engine(url("vault"), "mingdan_vault", durable=False))
        self.views = open_views(url("views"))
        self.store.create()
        self.vault.create()
        self.numbers = count()

    def close(self) -> None:
        self.store.close()
        self.vault.close()
        self.views.dispose()

    def order(
        self, minute: float, *, facts=PAID, basis=None, bound=False, late: float = 0, **private: str
    ) -> str:
        """The stream of an order placed then and told `late` (minutes), to which more happens at once."""
        new = draw_order(None, lambda size: sha256(b"%d" % next(self.numbers)).digest()[:size])
        placed = e.Placed(policy="default", bound=bound, **TERMS)
        told = [
            Claim(stream=new.stream, by="shop", event=placed, private=private, at=at(minute), basis=basis)
        ]
        told += [
            Claim(stream=new.stream, by="shop", event=each, at=at(minute), basis=basis) for each in facts
        ]
        self._book(minute + late).record(told, [new])
        return new.stream

    def tell(self, minute: float, stream: str, event: e.Event, by: str = "shop") -> str:
        """Records one more fact and gives its leaf."""
        claim = Claim(stream=stream, by=by, event=event, at=at(minute))
        return self._book(minute).record([claim])[0].leaf

    def catch_up(self) -> None:
        catch_up(self.store, self.views)

    def _book(self, minute: float) -> Book:
        return Book(self.store, self.vault, POLICIES, clock=lambda: at(minute))

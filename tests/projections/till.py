"""A shop that owes all sorts of things by evening: told once, then swept as often as a test likes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault, draw_order
from mingdan.ledger.market import incident, party, sku
from mingdan.ledger.policy import DAY, HOUR, MINUTE, Policy
from mingdan.ledger.recipient.reading import rules_in
from mingdan.ledger.risk import LargeAmount
from mingdan.projections.sweep import Sweep
from mingdan.projections.views import open_views

NOON = 1_780_000_000_000
EVENING = NOON + 8 * HOUR
POLICIES = {"default": Policy(pay_within=15 * MINUTE, complete_after=3 * DAY, answer_within=HOUR)}
LARGE = LargeAmount(above=500, currency="CNY", id="amount", on_timeout="refund", review_within=HOUR)
RECIPIENTS = rules_in(None)


class Till:
    """Its stores, and what it tells and sweeps."""

    def __init__(self, url: Callable[[str], str]) -> None:
        self.store = Store(open_engine(url("ledger"), "mingdan_ledger", durable=False))
        self.vault = Vault(open_engine(url("vault"), "mingdan_vault", durable=False))
        self.views = open_views(url("views"))

    def close(self) -> None:
        self.store.close()
        self.vault.close()
        self.views.dispose()

    def book(self, now: int, reached: Callable[[str], None] = lambda _: None) -> Book:
        return Book(self.store, self.vault, POLICIES, clock=lambda: now, reached=reached)

    def sweep(
        self, now: int = EVENING, reached: Callable[[str], None] = lambda _: None, together: int = 2
    ) -> Sweep:
        return Sweep(
            self.book(now, reached),
            self.views,
            POLICIES,
            risk=(LARGE,),
            recipients=RECIPIENTS,
            together=together,
        )

    def tell(self, stream: str, *events: e.Event, by: str = "kamao", now: int = NOON) -> None:
        self.book(now).record([Claim(stream=stream, by=by, event=event) for event in events])

    def order(self, name: str, *events: e.Event, amount: int = 100, now: int = NOON, **private: str) -> str:
        """The stream of an order of that name, whose draws are the same in every shop."""
        new = draw_order(name, lambda size: sha256(name.encode()).digest()[:size])
        placed = e.Placed(
            amount=amount, currency="CNY", merchant="m", platform="kamao", policy="default", qty=1, sku="c"
        )
        claims = [Claim(stream=new.stream, by="kamao", event=placed, private=private)]
        claims += [Claim(stream=new.stream, by="kamao", event=event) for event in events]
        self.book(now).record(claims, [new])
        return new.stream

    def open(self) -> None:
        """A day of which by evening is owed: answers, checks, holds and their notices, ends of all kinds."""
        self.store.create()
        self.vault.create()
        self.tell("party/kamao", party.Registered(name="Kamao", role="platform"))
        self.tell("party/n", party.Registered(name="N", role="merchant"))
        self.tell("party/n", party.Qualified(valid_until=NOON + HOUR, verifier="council"))
        listed = sku.Listed(
            form="direct", name="c", platform="kamao", recipient="cn-mobile", stock_mode="unlimited"
        )
        self.tell("sku/c", listed)
        self.order("unpaid")
        self.order("asked", e.Paid())
        self.tell(self.stream("asked"), e.Nudged(nudge="n-1"), by="buyer")
        self.order("asked of a large one", e.Paid(), amount=900, recipient="13800138000")
        self.tell(self.stream("asked of a large one"), e.Nudged(nudge="n-1"), by="buyer")
        held = e.RiskHeld(on_timeout="refund", review_by=NOON + HOUR, rule="looks", track="manual")
        self.order("held", e.Paid(), held)
        self.order("disputed", e.Paid(), e.DisputeOpened(claim="late", dispute="d-1", freezes="none"))
        self.tell(self.stream("disputed"), e.DisputeOpened(claim="late", dispute="d-2", freezes="none"))
        self.order("large", e.Paid(), amount=900, now=EVENING - MINUTE)
        cut = incident.Reported(kind="supply_cut", scope=("c",), starts=EVENING - MINUTE)
        self.tell("exception/cut", cut, incident.Acted(action="stop_intake"), now=EVENING - MINUTE)

    def stream(self, name: str) -> str:
        (order,) = self.vault.by_alias([name]).values()
        return order.stream

    def entries(self) -> dict[str, list[tuple[int, str, bytes]]]:
        """What is recorded of each stream: seq, kind and the entry itself."""
        found: dict[str, list[tuple[int, str, bytes]]] = {}
        for rows in self.store.scan(0):
            for row in rows:
                found.setdefault(row.stream, []).append((row.seq, row.kind, row.entry))
        return found

    def kinds(self, name: str) -> list[str]:
        return [row.kind for row in self.store.rows_of([self.stream(name)])]


@contextmanager
def till_at(url: Callable[[str], str]) -> Iterator[Till]:
    till = Till(url)
    try:
        yield till
    finally:
        till.close()

"""Under which terms an order stands, and what is usual for its SKU: both were fixed when it came in.

Read from streams of the market of which later entries change nothing for it; each is folded once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from mingdan.ledger.entry import read
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.market import fold
from mingdan.ledger.market.promise import Promise, StageLimits
from mingdan.ledger.market.sku import Sku
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DEFAULT, Policy, terms_of
from mingdan.ledger.stuck import NO_PACE


class Terms:
    """The promises over the orders of a store; what was not published, the settings say (`policies`)."""

    def __init__(self, store: Store, policies: Mapping[str, Policy]) -> None:
        self.policies = policies
        self.subject = lru_cache(maxsize=10_000)(lambda stream: _folded(store, stream))

    def of(self, order: Order) -> Policy:
        """The terms that the order was placed under."""
        if order.terms is None or order.terms.policy_version is None:
            return terms_of(order, self.policies, None)
        promise = self.subject(f"policy/{order.terms.policy or DEFAULT.id}")
        return terms_of(order, self.policies, promise if isinstance(promise, Promise) else None)

    def pace(self, order: Order) -> StageLimits:
        """What 95 in 100 orders of its SKU took, as far as that was known when it was paid."""
        money, placed = order.money_in, order.terms
        if money is None or placed is None or placed.sku is None or order.imported:
            return NO_PACE
        sku = self.subject(f"sku/{placed.sku}")
        pace = sku.pace_at(money.known) if isinstance(sku, Sku) else None
        return NO_PACE if pace is None else pace.limits


def _folded(store: Store, stream: str) -> Subject:
    subject = fold.empty(stream)
    for row in store.rows_of([stream]):
        subject = fold.evolve(subject, read(row.entry, row.kind, row.leaf))
    return subject

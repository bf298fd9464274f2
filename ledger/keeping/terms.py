"""Under which terms an order stands, and what is usual for its SKU: both were fixed when it came in.

Read from streams of the market of which later entries change nothing for it; each is folded once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from mingdan.ledger.entry import read
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.market import fold
from mingdan.ledger.market.promise import Promise
from mingdan.ledger.market.sku import Paced
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DEFAULT, Policy, terms_of
from mingdan.ledger.stuck import NO_PACE, pace_of, paced_by


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

    def pace(self, order: Order) -> Paced:
        """What was usual for its SKU, as far as that was known when it was paid."""
        stream = paced_by(order)
        return NO_PACE if stream is None else pace_of(order, self.subject(stream))


def _folded(store: Store, stream: str) -> Subject:
    subject = fold.empty(stream)
    for row in store.rows_of([stream]):
        subject = fold.evolve(subject, read(row.entry, row.kind, row.leaf))
    return subject

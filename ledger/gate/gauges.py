"""What a monitoring system reads of a gate, as Prometheus text; no label has more values than the code has.

Lag is the age of the oldest entry that something has not come to: a count would say nothing of the wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from mingdan.ledger.entry import read
from mingdan.ledger.keeping.clock import Clock
from mingdan.ledger.keeping.finding import row_at
from mingdan.ledger.keeping.store import Store

Reached = Callable[[], int]  # how many entries something has come to
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)


class Gauges:
    """`reached` says of each that follows the log how far it has come."""

    def __init__(self, store: Store, clock: Clock, reached: Mapping[str, Reached]) -> None:
        self.store = store
        self.clock = clock
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "mingdan_requests", "Requests answered", ["route", "method", "status"], registry=self.registry
        )
        self.duration = Histogram(
            "mingdan_request_seconds",
            "Time until the answer was sent",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.under_way = Gauge("mingdan_requests_under_way", "Requests under way", registry=self.registry)
        self.facts = Counter("mingdan_facts", "Facts told, by outcome", ["outcome"], registry=self.registry)
        self.entries = Gauge("mingdan_entries", "Entries in the log", registry=self.registry)
        self.entries.set_function(lambda: store.max_notification_id() or 0)
        lag = Gauge(
            "mingdan_lag_seconds",
            "Age of the oldest entry that this has not come to; 0 where there is none",
            ["of"],
            registry=self.registry,
        )
        self._requests = cache(self.requests.labels)  # prometheus_client looks them up under a lock
        self._duration = cache(self.duration.labels)
        self._facts = cache(self.facts.labels)
        for name, far in reached.items():
            lag.labels(name).set_function(lambda far=far: self.lag(far()))  # type: ignore[misc]

    def lag(self, reached: int) -> float:
        """The age in seconds of the first entry after the `reached` ones."""
        row = row_at(self.store, reached)
        if row is None:
            return 0.0
        return max(0, self.clock() - read(row.entry, row.kind, row.leaf).recorded) / 1000

    def answered(self, route: str, method: str, status: int, spent: int) -> None:
        """Counts a request that took so many nanoseconds; its status is 0 where nobody waited for it."""
        self._requests(route, method, str(status or "none")).inc()
        self._duration(route).observe(spent / 1e9)

    def told(self, outcome: str, count: int = 1) -> None:
        self._facts(outcome).inc(count)

    def text(self) -> bytes:
        """All of it; reads the ledger."""
        return generate_latest(self.registry)

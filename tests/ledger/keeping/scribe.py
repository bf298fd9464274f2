"""A process that records: started by the tests of appending to race another one, or to be killed on the way.

`python scribe.py history URL STEP BATCH` records a fixed history and dies by SIGKILL at a step of a batch;
`python scribe.py race URL NAME ROUNDS` waits for a line on standard input, then appends as fast as it can.
Receipts are printed as they are given: what stands on standard output was acknowledged.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from hashlib import sha256
from itertools import count
from typing import NamedTuple

import msgspec
from sqlalchemy import select

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.errors import IllegalTransition
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.schema import orders, words
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Draw, NewOrder, Vault, draw_order
from mingdan.ledger.policy import Policy

NOON = 1_780_000_000_000  # ms UTC
POLICIES = {"default": Policy()}


class Stores(NamedTuple):
    store: Store
    vault: Vault

    def book(self, clock: Callable[[], int] = lambda: NOON, **more) -> Book:
        return Book(self.store, self.vault, POLICIES, clock=clock, **more)

    def close(self) -> None:
        """Ends all connections; the next use makes new ones."""
        self.store.close()
        self.vault.close()

    def log(self) -> list[Row]:
        return [row for rows in self.store.scan(0) for row in rows]

    def kept(self) -> tuple[list[Row], ...]:
        """Everything there is: the log, and what the vault knows of orders and words."""
        with self.vault.reader.begin() as db:
            private = [sorted(map(tuple, db.execute(select(table)))) for table in (orders, words)]
        return self.log(), *private


class Batch(NamedTuple):
    """What is recorded together, and when."""

    at: int
    claims: list[Claim]
    new: list[NewOrder]


@contextmanager
def stores_at(url: str) -> Iterator[Stores]:
    """The ledger and the vault of a database; SQLite's lie beside each other, as in a workspace."""
    beside = url.replace("ledger.db", "vault.db")
    stores = Stores(Store(open_engine(url, "mingdan_ledger")), Vault(open_engine(beside, "mingdan_vault")))
    with closing(stores):
        yield stores


def flaws(rows: list[Row]) -> list[str]:
    """What is wrong with a log: gaps, streams or chains of leaves that do not continue, time running back."""
    found = []
    newest: dict[str, Entry] = {}
    recorded = 0
    for position, row in enumerate(rows, 1):
        entry = parse(row.entry)
        before = newest.get(row.stream)
        seq, prev = (1, None) if before is None else (before.seq + 1, before.leaf.hex())
        told = {
            "position": row.position == position,
            "columns": row[1:4] == (entry.stream, entry.seq, entry.kind) and row.leaf == entry.leaf,
            "seq": entry.seq == seq,
            "prev": entry.prev == prev,
            "recorded": entry.recorded >= recorded,
        }
        found += [f"{name} of {row.position}" for name, right in told.items() if not right]
        newest[row.stream], recorded = entry, entry.recorded
    return found


def draws(seed: str) -> Draw:
    """Random bytes that are the same in every run."""
    numbers = count()
    return lambda size: sha256(f"{seed} {next(numbers)}".encode()).digest()[:size]


def placed(**terms: object) -> e.Placed:
    usual = {"amount": 5000, "currency": "CNY", "merchant": "kamao", "platform": "xiaomai", "qty": 1}
    return e.Placed(**(usual | {"sku": "music-month", "policy": "default"} | terms))


def history(seed: str = "history") -> list[Batch]:
    """Three orders in four batches: opened with private words, moved on without, opened beside others."""
    draw = draws(seed)
    one, two, three = (draw_order(f"xiaomai:no-{number}", draw) for number in (1, 2, 3))
    numbers = count(1)

    def says(order: NewOrder, event: e.Event, **private: str) -> Claim:
        key = f"xiaomai\n{next(numbers)}"
        return Claim(stream=order.stream, by="xiaomai", event=event, private=private, key=key)

    delivered = e.Delivered(evidence="provider_receipt")
    told = [
        ([says(one, placed(), contact="bao@example.org", order_no="no-1"), says(one, e.Paid())], [one]),
        ([says(one, e.HopForwarded(attempt=1, to="agent-east")), says(one, e.HopUncertain())], []),
        (
            [
                says(two, placed(), recipient="13900000002"),
                says(one, delivered, goods="CARD-1-KEY"),
                says(three, placed(qty=2)),
                says(two, e.Paid(), payment="wx-0002"),
            ],
            [two, three],
        ),
        ([says(three, e.Paid()), says(two, delivered), says(one, e.Noted(label="谢谢"))], []),
    ]
    return [Batch(NOON + 1000 * number, *batch) for number, batch in enumerate(told)]


def record_history(
    stores: Stores,
    batches: list[Batch],
    reached: Callable[[int, str], None] = lambda _number, _step: None,
    acknowledged: Callable[[Receipt], None] = lambda _: None,
) -> None:
    """Records every batch at its own time."""
    for number, batch in enumerate(batches):
        book = stores.book(lambda at=batch.at: at, reached=lambda step, n=number: reached(n, step))
        for receipt in book.record(batch.claims, batch.new):
            acknowledged(receipt)


def race(stores: Stores, name: str, rounds: int, shared: str, contested: str) -> None:
    """Each round: an order of one's own, a unit of the shared order, a note that the other one tells too."""
    book = Book(stores.store, stores.vault, POLICIES)
    for number in range(rounds):
        own = draw_order(f"{name}:{number}")
        unit = Claim(stream=shared, by="xiaomai", event=e.Delivered(evidence="provider_receipt", units=1))
        note = Claim(
            stream=contested, by="both", event=e.Noted(label=f"note {number}"), key=f"both\n{number}"
        )
        groups = [
            ([Claim(stream=own.stream, by=name, event=fact) for fact in (placed(), e.Paid())], [own]),
            (
                [
                    unit,
                    Claim(stream=own.stream, by="xiaomai", event=e.Delivered(evidence="provider_receipt")),
                ],
                [],
            ),
            ([note], []),
        ]
        for claims, new in groups:
            try:
                for receipt in book.record(claims, new):
                    show(receipt)
            except IllegalTransition as refused:
                show({"refused": refused.evidence["rule"]})


def show(told: object) -> None:
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    sys.stdout.flush()


def die(number: int, step: str, *, at: tuple[int, str]) -> None:
    if (number, step) == at:
        os.kill(os.getpid(), signal.SIGKILL)


def main(what: str, url: str, *more: str) -> None:
    with stores_at(url) as stores:
        if what == "history":
            step, number = more
            record_history(stores, history(), partial(die, at=(int(number), step)), show)
        else:
            name, rounds, shared, contested = more
            show("ready")
            sys.stdin.readline()
            race(stores, name, int(rounds), shared, contested)


if __name__ == "__main__":
    main(*sys.argv[1:])

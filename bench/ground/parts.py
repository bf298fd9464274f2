"""Where a command's time goes: the numbered steps of the book itself, timed in one more run."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from time import perf_counter

from ground.disk import folder
from ground.ledger import workspace_in
from ground.orders import FACTS, commands

from mingdan.ledger.keeping.book import STEPS
from mingdan.ledger.keeping.clock import now_ms

WHAT = {
    "append-locked": "taking the write lock",
    "append-decided": "reading what is known, deciding, sealing",
    "append-vaulted": "private words into the vault, synced",
    "append-written": "inserting the rows",
    "append-committed": "commit: the ledger's sync",
}


class Watch:
    """Adds up how long each step took to be reached."""

    def __init__(self) -> None:
        self.taken = Counter[str]()
        self.last = perf_counter()

    def reached(self, step: str) -> None:
        now = perf_counter()
        self.taken[step] += now - self.last
        self.last = now

    def start(self) -> None:
        self.last = perf_counter()


def parts(title: str, orders: int, group: int, database: str | None = None) -> None:
    """Prints the microseconds of each step of an appended command, and its share."""
    watch = Watch()
    with ExitStack() as room:
        book = workspace_in(folder(), room, database).book(now_ms, watch.reached)
        for command in commands(orders, group):
            watch.start()
            book.record(command.claims, command.new)
    n, whole = orders * len(FACTS), sum(watch.taken.values())
    print(f"| {title}: where the time goes | µs/command | share |\n|---|---|---|")
    for step in STEPS:
        print(f"| {WHAT[step]} | {watch.taken[step] / n * 1e6:.0f} | {watch.taken[step] / whole:.0%} |")
    print(flush=True)

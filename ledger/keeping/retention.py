"""Erasing: the private words of orders, on request, or once nothing was told of them for as long as is kept.

Crash order: the entry that says so first, then the words; what a crash leaves between, the next run finishes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import groupby

from sqlalchemy import func, or_, select

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import parse, read
from mingdan.ledger.errors import Misuse
from mingdan.ledger.event import KIND_OF, Erased
from mingdan.ledger.evolve import fold
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.schema import entries
from mingdan.ledger.keeping.store import Store, converted
from mingdan.ledger.policy import DAY
from mingdan.ledger.stream import is_order

KEPT = 1095  # days: 电子商务法 (the E-commerce Law), article 31
TOGETHER = 200  # orders that are erased at once

Progress = Callable[[int, int], None]  # orders done, orders in all


def erase_lapsed(book: Book, days: int, *, progress: Progress = lambda _done, _all: None) -> list[str]:
    """Erases the words of every order that is `lapsed` so many days before now; the streams of these orders.

    Raises Misuse for fewer days than the law has them kept.
    """
    if days < KEPT:
        raise Misuse(
            "words are kept for three years after the last that was told of an order",
            next_step=f"give {KEPT} days or more, or erase one order for another reason",
            got=days,
        )
    found = lapsed(book, book.clock() - days * DAY)
    for start in range(0, len(found), TOGETHER):
        erase_orders(book, found[start : start + TOGETHER], _LAPSED)
        progress(min(start + TOGETHER, len(found)), len(found))
    return found


def lapsed(book: Book, before: int) -> list[str]:
    """The orders whose newest entry was recorded before an instant (ms UTC), and whose secret is still there.

    Those of which an entry says so already are among them: a run that died left their words.
    """
    last = _recorded_before(book.store, before)
    erased = func.count().filter(entries.c.kind == KIND_OF[Erased])
    query = (
        select(entries.c.stream)
        .group_by(entries.c.stream)
        .having(or_(func.max(entries.c.position) <= last, erased > 0))
        .order_by(func.min(entries.c.position))
    )
    with converted("the ledger cannot be read"), book.store.reader.begin() as db:
        quiet = [*filter(is_order, db.scalars(query))]
    held = book.vault.secrets_of(quiet)
    return [stream for stream in quiet if stream in held]


def erase_orders(book: Book, streams: Sequence[str], why: Erased) -> None:
    """Erases the words of these orders; those of which it is told already are not told of again."""
    rows = groupby(book.store.rows_of(streams), key=lambda row: row.stream)
    orders = {stream: fold(read(row.entry, row.kind, row.leaf) for row in told) for stream, told in rows}
    untold = [stream for stream in streams if stream not in orders or orders[stream].erased is None]
    book.record([Claim(stream=stream, by=LEDGER, event=why) for stream in untold])
    book.vault.erase(*streams)


def _recorded_before(store: Store, instant: int) -> int:
    """The last position that was recorded before an instant (ms UTC): recording times never go back."""
    head = store.max_notification_id() or 0
    return bisect_left(range(head), instant, key=lambda index: parse(store.entry_at(index)).recorded)


_LAPSED = Erased(reason="retention_over")

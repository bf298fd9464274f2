"""Erasing on schedule: the private words of orders that nothing was told of for as long as words are kept.

Crash order: the entry that says so first, then the words; what a crash leaves between, the next run finishes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from sqlalchemy import func, or_, select

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import parse
from mingdan.ledger.errors import Misuse
from mingdan.ledger.event import KIND_OF, Erased
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.schema import entries
from mingdan.ledger.keeping.store import Store, converted
from mingdan.ledger.stream import is_order

DAY = 86_400_000  # ms
KEPT = (
    1095  # days that the E-commerce Law (电子商务法) of 2018, article 31, has a platform keep a transaction
)
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
        _erase(book, found[start : start + TOGETHER])
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


def _erase(book: Book, streams: Sequence[str]) -> None:
    untold = [stream for stream in streams if book.order(stream).erased is None]
    book.record([Claim(stream=stream, by=LEDGER, event=Erased(reason="retention_over")) for stream in untold])
    book.vault.erase(*streams)


def _recorded_before(store: Store, instant: int) -> int:
    """The last position that was recorded before an instant (ms UTC): recording times never go back."""
    head = store.max_notification_id() or 0
    return bisect_left(range(head), instant, key=lambda index: parse(store.entry_at(index)).recorded)

"""The ledger's own rounds beside a simulated market, as the command goes them."""

from __future__ import annotations

from collections.abc import Callable

from mingdan.ledger.keeping.book import Book
from mingdan.projections.sweep import Sweep
from mingdan.projections.views import open_views


def owing(book: Book) -> Callable[[], object]:
    """What is called at each round, with views of its own in memory."""
    sweep = Sweep(book, open_views("sqlite://"), book.policies, recipients={})
    return lambda: sweep.record(sweep.owed())

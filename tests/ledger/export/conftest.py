import json
from itertools import count
from pathlib import Path

import pytest

from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.policy import Policy

from .written import NOW, from_book

END = 1_760_000_000_000


@pytest.fixture(scope="session")
def open_book(tmp_path_factory):
    """Opens a fresh ledger and vault; their files are closed when all is over."""
    books = []

    def opened():
        folder = tmp_path_factory.mktemp("book")
        store = Store(open_engine(f"sqlite:///{folder / 'ledger.db'}", "mingdan_ledger", durable=False))
        vault = Vault(open_engine(f"sqlite:///{folder / 'vault.db'}", "mingdan_vault", durable=False))
        store.create()
        vault.create()
        books.append(Book(store, vault, {"default": Policy()}, clock=count(NOW).__next__))
        return books[-1]

    yield opened
    for book in books:
        book.store.close()
        book.vault.close()


@pytest.fixture(scope="session")
def market(open_book):
    """The book of a small market with all that goes wrong in one."""
    book = open_book()
    simulate(book, 25, 3, end=END, sweep=lambda: None)
    return book


@pytest.fixture(scope="session")
def market_ocel(market):
    return json.loads(from_book(market, "ocel2"))


@pytest.fixture(scope="session")
def schemas():
    return Path(__file__).parent

"""A small market, simulated once for all views."""

from contextlib import closing

import pytest

from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.policy import Policy

from .shop import Shop

END = 1_793_491_200_000


@pytest.fixture(scope="session")
def market(tmp_path_factory):
    """A store that holds a small market."""
    folder = tmp_path_factory.mktemp("market")
    store = Store(open_engine(f"sqlite:///{folder}/ledger.db", "mingdan_ledger", durable=False))
    vault = Vault(open_engine(f"sqlite:///{folder}/vault.db", "mingdan_vault", durable=False))
    store.create()
    vault.create()
    simulate(Book(store, vault, {"default": Policy()}), 60, 3, end=END)
    yield store
    store.close()
    vault.close()


def midst(store):
    """The position at which half of the payments are told: whoever made the last of them waits."""
    paid = [row.position for rows in store.scan(0) for row in rows if row.kind == "order.paid"]
    return paid[len(paid) // 2]


@pytest.fixture
def shop(database_url, tmp_path):
    """An empty shop, on SQLite and on PostgreSQL."""

    def url(store: str) -> str:
        return f"sqlite:///{tmp_path / store}.db" if database_url.startswith("sqlite") else database_url

    with closing(Shop(url)) as opened:
        yield opened

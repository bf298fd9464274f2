"""The stores that the tests of this room write to: on SQLite and on PostgreSQL, empty, closed in the end."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.vault import NewOrder, draw_order

from .scribe import Stores, draws, placed, stores_at


@pytest.fixture(scope="session")
def one_database(postgres_server: str) -> Iterator[str]:
    """Making a database takes a second; here every test empties the same one."""
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE keeping")
        yield f"{postgres_server}/keeping"
        admin.execute("DROP DATABASE keeping WITH (FORCE)")


@pytest.fixture
def postgres_url(one_database: str) -> str:
    with psycopg.connect(one_database, options="-csynchronous_commit=off") as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        admin.execute("SET session_replication_role = replica")  # past the triggers, as nobody else may
        found = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname LIKE 'mingdan%'"
        found += " AND tablename <> 'alembic_version'"  # the tables stay as they are
        for (table,) in admin.execute(found).fetchall():
            admin.execute(f"DELETE FROM {table}")
    return one_database.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def stores(database_url: str) -> Iterator[Stores]:
    with stores_at(database_url) as opened:
        opened.store.create()
        opened.vault.create()
        yield opened


@pytest.fixture
def other_process(stores: Stores, database_url: str) -> Iterator[Stores]:  # noqa: ARG001  # made first
    """The same database through connections and memory of its own."""
    with stores_at(database_url) as opened:
        yield opened


@pytest.fixture
def order() -> NewOrder:
    return draw_order("xiaomai:no-1", draws("one"))


@pytest.fixture
def says(order: NewOrder) -> Callable[..., Claim]:
    """What the platform says, of that order unless another is named."""

    def claim(event: e.Event, *, key: str | None = None, stream: str = order.stream, **more) -> Claim:
        return Claim(stream=stream, by="xiaomai", event=event, key=key and f"xiaomai\n{key}", **more)

    return claim


@pytest.fixture
def opened(stores: Stores, order: NewOrder, says: Callable[..., Claim]) -> Book:
    """A book in which that order of three units is placed and paid."""
    book = stores.book()
    told = {"contact": "bao@example.org"}
    book.record([says(placed(qty=3), private=told, key="placed"), says(e.Paid(), key="paid")], [order])
    return book

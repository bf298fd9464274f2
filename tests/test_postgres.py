"""The production store the other tests rely on is a real server, and every test has a database of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, NullPool, create_engine, inspect, make_url, text


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


@pytest.mark.parametrize("visit", ["first", "second"])
def test_every_test_finds_its_database_empty(database_url, visit):
    with connected(database_url) as connection:
        found = inspect(connection).get_table_names()
        connection.execute(text("CREATE TABLE gift_cards (code TEXT)"))

    assert found == [], visit


@pytest.mark.parametrize("visit", ["first", "second"])
def test_a_database_ends_with_its_test(postgres_url, visit):
    with connected(postgres_url) as connection:
        names = connection.scalars(text("SELECT datname FROM pg_database WHERE datname LIKE 'test%'")).all()

    assert names == [make_url(postgres_url).database], visit


def test_a_commit_is_flushed_to_disk_before_it_is_answered(postgres_url):
    with connected(postgres_url) as connection:
        kept = [connection.scalar(text(f"SHOW {name}")) for name in ("fsync", "synchronous_commit")]

    assert kept == ["on", "on"]


def test_the_server_does_not_run_as_root(postgres_url):
    with connected(postgres_url) as connection:
        data = Path(connection.scalar(text("SHOW data_directory")))

    assert data.stat().st_uid != 0


def test_text_sorts_by_its_bytes_on_every_machine(database_url):
    with connected(database_url) as connection:
        words = text("SELECT * FROM (VALUES ('b'), ('明'), ('B')) AS words ORDER BY 1")
        ordered = connection.scalars(words).all()

    assert ordered == ["B", "b", "明"]

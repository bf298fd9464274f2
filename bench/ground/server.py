"""A PostgreSQL server for the length of a bench, its files on the disk of this repository, never as root."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path

import psycopg
from ground.disk import folder

STARTER = Path(__file__).parents[2] / "tests" / "postgresql.py"  # the tests' own, so that both start the same
NUMBERS = count(1)


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server, without a database name."""
    place = folder()
    place.chmod(0o755)
    with _running(place) as url:
        yield url


def database(url: str) -> str:
    """The URL of a fresh database of a server; it ends with the server."""
    name = f"bench_{next(NUMBERS)}"
    with psycopg.connect(f"{url}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    return f"{url}/{name}"


def _running(place: Path) -> AbstractContextManager[str]:
    spec = spec_from_file_location("postgresql", STARTER)
    assert spec is not None
    assert spec.loader is not None
    starter = module_from_spec(spec)
    spec.loader.exec_module(starter)
    running: AbstractContextManager[str] = starter.running(place)
    return running

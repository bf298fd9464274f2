"""One workspace for all tests of the gate; each works in a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .trading import Market, found, opened


@pytest.fixture(scope="session")
def founded(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("market") / "w"
    found(folder)
    return folder


@pytest.fixture
def market(founded, tmp_path) -> Iterator[Market]:
    with opened(founded, tmp_path / "w") as market:
        yield market

"""A shop of its own for each test, and a receiver on the loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .receiver import Receiver, Shop, listening


@pytest.fixture
def shop(tmp_path) -> Iterator[Shop]:
    shop = Shop(tmp_path / "shop")
    yield shop
    shop.workspace.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver

"""A witness in a folder of its own, closed in the end; its clock stands still."""

from contextlib import closing

import pytest

from mingdan.ledger.witness.memory import create_witness

from .growing import FOLLOWS, WITNESS

NOON = 1_780_000_000  # unix seconds


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "witness"


@pytest.fixture
def witness(folder):
    with closing(create_witness(folder, name=WITNESS.name, policy=FOLLOWS, clock=lambda: NOON)) as made:
        yield made

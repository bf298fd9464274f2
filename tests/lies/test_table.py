"""The document says of each lie what the tests assert, and no lie is left out of the table."""

from __future__ import annotations

import inspect
from pathlib import Path

from . import lies
from .table import TABLE, lies_told, print_table

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"


def test_the_document_holds_the_very_table_that_is_asserted():
    assert print_table() in DOCUMENT.read_text(), "put in what `python -m tests.lies.table` prints"


def test_every_lie_is_in_the_table_once():
    written = {
        name
        for name, tell in inspect.getmembers(lies, inspect.isfunction)
        if tell.__module__ == lies.__name__ and not name.startswith("_")
    }
    told = [lie.tell.__name__ for group in TABLE.values() for lie in group]

    assert sorted(told) == sorted(written)
    assert len({lie.says for lie in lies_told().values()}) == len(told)


def test_the_document_is_read_in_one_sitting():
    assert len(DOCUMENT.read_text().splitlines()) <= 120

"""The canonical entries themselves, one a line: every line hashes to its leaf, nothing is added."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from mingdan.ledger.export.leaving import About, Leaving


def write(out: BinaryIO, entries: Iterable[Leaving], _about: About) -> None:
    out.writelines(each.raw + b"\n" for each in entries)  # canonical JSON holds no line end

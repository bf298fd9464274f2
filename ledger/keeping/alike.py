"""Who said the same words: the other orders of one source, and where a thing that is said once was said.

Each query is written out like the index of its field, else the index is not used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, select

from mingdan.ledger.keeping.rows import chunks
from mingdan.ledger.keeping.schema import ONCE_INDEXES, PREFIX, SOURCE_INDEXES, words
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.keeping.vault import Vault, Words


def same_words(vault: Vault, streams: Iterable[str], field: str) -> dict[str, list[str]]:
    """For each of these orders the others that hold the same words in `field`, contact or recipient."""
    found: dict[str, list[str]] = {}
    with converted("the vault cannot be read"), vault.reader.begin() as db:
        for names in chunks(streams):
            for stream, other in db.execute(_SAME[field], {"streams": names}):
                found.setdefault(stream, []).append(other)
    return found


def holders(vault: Vault, said: Collection[tuple[str, str]]) -> list[Words]:
    """Where these words of a field, goods or payment, were said before."""
    found: list[Words] = []
    for field in {field for field, _ in said}:
        asked = sorted({words for name, words in said if name == field})
        with converted("the vault cannot be read"), vault.reader.begin() as db:
            for start in range(0, len(asked), _TOGETHER):
                texts = asked[start : start + _TOGETHER]
                these = {"texts": texts, "starts": [text[:PREFIX] for text in texts]}
                found += [Words(*row) for row in db.execute(_HELD[field], these).all()]
    return found


def _held(field: str) -> Select[str, int, str, str]:
    named: ColumnElement[str] = literal_column(f"'{field}'")
    return select(words.c.stream, words.c.seq, words.c.field, words.c.words).where(
        words.c.field == named,
        func.substr(words.c.words, *_PREFIX).in_(bindparam("starts", expanding=True)),
        words.c.words.in_(bindparam("texts", expanding=True)),
    )


def _same(field: str) -> Select[str, str]:
    mine, other = words.alias("mine"), words.alias("other")
    named: ColumnElement[str] = literal_column(f"'{field}'")
    start, end = (func.substr(each.c.words, *_PREFIX) for each in (mine, other))
    return (
        select(mine.c.stream, other.c.stream)
        .distinct()
        .where(mine.c.stream.in_(bindparam("streams", expanding=True)), mine.c.field == named)
        .where(other.c.field == named, start == end, other.c.words == mine.c.words)
        .where(other.c.stream != mine.c.stream)
        .order_by(mine.c.stream, other.c.stream)
    )


_PREFIX: tuple[ColumnElement[int], ...] = (literal_column("1"), literal_column(str(PREFIX)))
_SAME = {field: _same(field) for field in SOURCE_INDEXES.values()}
_HELD = {field: _held(field) for field in ONCE_INDEXES.values()}
_TOGETHER = 500  # texts that one statement asks for: each is two parameters

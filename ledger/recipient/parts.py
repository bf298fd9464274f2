"""The fields of a JSON object as they were written: in order, twice if twice, numbers digit by digit."""

from __future__ import annotations

import json


class Written(str):
    """A number as it was written, which is no text."""

    __slots__ = ()


class _Pairs(list[tuple[str, object]]):
    """An object, told from an array."""


def pairs(words: str) -> list[tuple[str, object]] | None:
    """Names and values of an object; None for any other words."""
    try:
        found = json.loads(
            words, object_pairs_hook=_Pairs, parse_int=Written, parse_float=Written, parse_constant=Written
        )
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, _Pairs) else None

"""JSON within bounds: no name twice, no floats, few names, little depth; then exactly the type asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NoReturn, TypeVar

import msgspec

from mingdan.ledger.errors import MalformedEntry
from mingdan.ledger.gate.problem import misfit

MOST_NAMES = 100  # of one object
_Told = TypeVar("_Told")


def read_json(body: bytes, decode: Callable[[bytes], _Told], layout: str = "") -> _Told:
    """What a body says, as a type; `layout` is where its places begin. Raises MalformedEntry."""
    try:
        json.loads(body, object_pairs_hook=_once, parse_constant=_none_of, parse_float=_none_of)
        return decode(body)
    except msgspec.ValidationError as error:
        place, expected = misfit(error)
        raise MalformedEntry(
            "this is not of the form asked for", next_step=_SEE, pointer=layout + place, expected=expected
        ) from error
    except (ValueError, RecursionError) as error:
        told = str(error) if isinstance(error, OutOfBounds) else "this is not JSON in UTF-8"
        raise MalformedEntry(told, next_step=_SEE) from error


class OutOfBounds(ValueError):
    """JSON that others would read, and we do not."""


def _once(pairs: list[tuple[str, object]]) -> None:
    """Refuses an object that says a name twice: which of them was meant, nobody knows."""
    if len(pairs) > MOST_NAMES:
        raise OutOfBounds(f"an object has at most {MOST_NAMES} names")
    if len({name for name, _ in pairs}) < len(pairs):
        raise OutOfBounds("an object says a name twice")


def _none_of(_text: str) -> NoReturn:
    raise OutOfBounds("numbers are whole: money is in minor units")


_SEE = "see /openapi.json"

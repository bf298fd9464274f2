"""JSON within bounds: no name twice, no floats, few names, little depth; then exactly the type asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import NoReturn, TypeVar

import msgspec

from mingdan.ledger.errors import MalformedEntry
from mingdan.ledger.gate.problem import escaped, misfit

MOST_NAMES = 100  # of one object
LONGEST = 40  # characters of a number that is told back
_Told = TypeVar("_Told")


def read_json(body: bytes, decode: Callable[[bytes], _Told], layout: str = "") -> _Told:
    """What a body says, as a type; `layout` is where its places begin. Raises MalformedEntry."""
    try:
        _bounds(body.decode())
        return decode(body)
    except msgspec.ValidationError as error:
        place, expected = misfit(error)
        raise MalformedEntry(
            "this is not of the form asked for", next_step=_SEE, pointer=layout + place, expected=expected
        ) from error
    except OutOfBounds as error:
        place, got = _place_of_odd(body)
        raise MalformedEntry(str(error), next_step=_SEE, pointer=layout + place, got=got) from error
    except (ValueError, RecursionError) as error:
        raise MalformedEntry("this is not JSON in UTF-8", next_step=_SEE, pointer=layout) from error


class OutOfBounds(ValueError):
    """JSON that others would read, and we do not."""


class _Number(str):
    """A number that is not whole, as it was written."""

    __slots__ = ()


class _Pairs(list[tuple[str, object]]):
    """An object's names and values, each as often as it was said."""


def _place_of_odd(body: bytes) -> tuple[str, str | int | None]:
    """The JSON pointer of the first thing out of bounds, and what it is; "" where it is too deep."""
    try:
        told = json.loads(body, object_pairs_hook=_Pairs, parse_constant=_Number, parse_float=_Number)
        return next(_odd(told, ""), ("", None))
    except (ValueError, RecursionError):
        return "", None


def _odd(told: object, place: str) -> Iterator[tuple[str, str | int | None]]:
    match told:
        case _Number():
            yield place, str(told) if len(told) <= LONGEST else None
        case _Pairs():
            if len(told) > MOST_NAMES:
                yield place, len(told)
            said: set[str] = set()
            for name, value in told:
                step = f"{place}/{escaped(name)}"
                if name in said:
                    yield step, None
                said.add(name)
                yield from _odd(value, step)
        case list():
            for number, value in enumerate(told):
                yield from _odd(value, f"{place}/{number}")
        case _:
            pass  # within bounds


def _once(pairs: list[tuple[str, object]]) -> None:
    """Refuses an object that says a name twice: which of them was meant, nobody knows."""
    if len(pairs) > MOST_NAMES:
        raise OutOfBounds(f"an object has at most {MOST_NAMES} names")
    if len({name for name, _ in pairs}) < len(pairs):
        raise OutOfBounds("an object says a name twice")


def _none_of(_text: str) -> NoReturn:
    raise OutOfBounds("numbers are whole: money is in minor units")


_SEE = "see /openapi.json"
_bounds = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_none_of, parse_float=_none_of).decode

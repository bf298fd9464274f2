"""JSON within bounds: no name twice, no floats, few names and values, little depth; then exactly the type.

How many values there may be is counted before any is made: of a byte of brackets dozens would come.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NoReturn, TypeVar

import msgspec

from mingdan.ledger.errors import MalformedEntry
from mingdan.ledger.gate.letter import LARGEST
from mingdan.ledger.gate.problem import Declined, escaped, misfit

MOST_NAMES = 100  # of one object
VALUES = 1 << 15  # of one event: each takes four bytes of its entry or more, and an entry has 65,535
ALL_VALUES = LARGEST // 4  # of a list of events, for the same reason
LONGEST = 40  # characters of a number that is told back
_Told = TypeVar("_Told")


def read_json(body: bytes, decode: Callable[[bytes], _Told]) -> _Told:
    """What a body says, as a type. Raises MalformedEntry."""
    return _read(body, decode, _check)


def read_list(body: bytes, decode: Callable[[bytes], _Told], most: int) -> _Told:
    """What a body says that lists so many events at most. Raises MalformedEntry, Declined."""
    return _read(body, decode, partial(_check_each, most=most))


def _read(body: bytes, decode: Callable[[bytes], _Told], check: Callable[[str], None]) -> _Told:
    try:
        check(body.decode())
        return decode(body)
    except msgspec.ValidationError as error:
        place, expected = misfit(error)
        raise MalformedEntry(
            "this is not of the form asked for", next_step=_SEE, pointer=place, expected=expected
        ) from error
    except OutOfBounds as error:
        bare = error.with_traceback(None)  # its frames hold what was read, until the answer is sent
        raise MalformedEntry(str(error), next_step=_SEE, pointer=error.place, got=error.got) from bare
    except (ValueError, RecursionError) as error:
        raise MalformedEntry("this is not JSON in UTF-8", next_step=_SEE, pointer="") from error


class OutOfBounds(ValueError):
    """JSON that others would read, and we do not: its place as a JSON pointer, and what stands there."""

    place = ""
    got: str | int | None = None


def _check(text: str) -> None:
    """Raises ValueError; OutOfBounds with the place."""
    if (values := _values(text)) > VALUES:
        raise _too_many(values)
    begin = _SPACE.match(text)
    assert begin is not None  # it may be none
    try:
        _BOUNDS.decode(text)
    except OutOfBounds as error:
        error.place, error.got = _place_of_odd(text, begin.end())
        raise


def _check_each(text: str, most: int) -> None:
    """The same of a list, one event after another: of what is too many nothing is read."""
    if _values(text) > ALL_VALUES:
        raise Declined("too-large", f"a list has at most {ALL_VALUES:,} values", expected=str(ALL_VALUES))
    opened = _OPENS.match(text)
    if opened is None:
        _check(text)
        return
    at = opened.end()
    for number in range(most):
        end = _check_event(text, at, number)
        then = _COMMA.match(text, end)
        if then is None:  # it ends here, or is no JSON: whoever decodes it sees
            return
        at = then.end()
    raise Declined("too-large", f"a batch has at most {most} events", expected=str(most))


def _check_event(text: str, at: int, number: int) -> int:
    """Where the event that begins at a place of a list ends."""
    try:
        _, end = _BOUNDS.raw_decode(text, at)
    except OutOfBounds as error:
        few = _values(text[at:]) <= VALUES
        place, error.got = _place_of_odd(text, at) if few else ("", None)
        error.place = f"/{number}{place}"
        raise
    if end - at > VALUES and (values := _values(text[at:end])) > VALUES:
        raise _too_many(values, f"/{number}")
    return end


def _too_many(values: int, place: str = "") -> OutOfBounds:
    error = OutOfBounds(f"an event has at most {VALUES:,} values")
    error.place, error.got = place, values
    return error


def _values(text: str) -> int:
    """How many values there are at most; beyond what one event may have, without what is said in quotes."""
    marks = _marks(text)
    if marks <= VALUES:
        return marks
    bare = text.replace("\\\\", "").replace('\\"', "")
    return _marks("".join(bare.split('"')[::2]))


def _marks(text: str) -> int:
    return text.count(",") + text.count("[") + text.count("{")


class _Number(str):
    """A number that is not whole, as it was written."""

    __slots__ = ()


class _Pairs(list[tuple[str, object]]):
    """An object's names and values, each as often as it was said."""


def _place_of_odd(text: str, at: int) -> tuple[str, str | int | None]:
    """The JSON pointer of the first thing out of bounds, and what it is; "" where it is too deep."""
    try:
        told, _ = _KEPT.raw_decode(text, at)
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
_SPACE = re.compile(r"[ \t\n\r]*")
_OPENS = re.compile(r"[ \t\n\r]*\[[ \t\n\r]*+(?!\])")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_BOUNDS = json.JSONDecoder(  # whole numbers are not made yet: a long one takes long
    object_pairs_hook=_once, parse_constant=_none_of, parse_float=_none_of, parse_int=len
)
_KEPT = json.JSONDecoder(object_pairs_hook=_Pairs, parse_constant=_Number, parse_float=_Number, parse_int=len)

"""What lateness is worth: a small closed expression over integers, evaluated by whoever replays an order.

It has no loop, no memory and no division that could fail, so it ends for every order and on every machine:
`+ - *`, `// n` by a whole number above zero, `min(…)` and `max(…)`, whole numbers, and the names below.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import add, floordiv, mul, sub

from mingdan.ledger.errors import MalformedEntry

NAMES = {
    "amount": "what was paid, in minor units",
    "late_ms": "how long after its due time the order arrived, or is open now (ms)",
    "late_hours": "the same in whole hours",
    "late_days": "the same in whole days of 24 hours",
    "units": "how many units were ordered",
}
LARGEST = 2**53 - 1  # what is more counts as this much
LONGEST = 200  # characters
DEEPEST = 20  # parts within parts: each further term of a sum is one
_SUCH_AS = "write an expression such as min(amount, amount * late_hours // 100)"


def check_expression(text: str) -> None:
    """Raises MalformedEntry, saying where, for what is no such expression."""
    part = _parsed(text)
    _walk(part, text, 0)
    if ast.unparse(part) != text:
        raise _refused("it is written in one way only", text, f"write it as {ast.unparse(part)}")


@lru_cache(maxsize=64)  # every look at an order asks it, of the few texts that its terms have
def is_expression(text: str) -> bool:
    """Whether `value_of` knows what this comes to."""
    try:
        check_expression(text)
    except MalformedEntry:
        return False
    return True


def value_of(text: str, names: Mapping[str, int]) -> int:
    """What the expression comes to, between 0 and 2^53-1. `names` gives every one of NAMES."""
    return max(0, min(LARGEST, _value(_parsed(text), names)))


def lateness(late_ms: int) -> dict[str, int]:
    """The names that tell how late an order is."""
    late = max(0, late_ms)
    return {"late_ms": late, "late_hours": late // 3_600_000, "late_days": late // 86_400_000}


def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise _refused(f"it may be {LONGEST} characters at most", text)
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused("this is no expression", text) from error


def _walk(part: ast.expr, text: str, depth: int) -> None:
    if depth > DEEPEST:
        raise _refused(f"it may be nested {DEEPEST} deep at most", text)
    match part:
        case ast.Constant(value=value) if type(value) is int and 0 <= value <= LARGEST:
            return
        case ast.Name(id=name) if name in NAMES:
            return
        case ast.BinOp(op=ast.FloorDiv(), left=left, right=ast.Constant(value=value) as right) if (
            type(value) is int
        ):
            if value == 0:
                raise _refused("it divides by zero", text)
            inner = [left, right]
        case ast.BinOp(op=ast.FloorDiv()):
            raise _refused("it may only be divided by a whole number above zero", text)
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult(), left=left, right=right):
            inner = [left, right]
        case ast.Call(func=ast.Name(id="min" | "max"), args=[_, _, *_] as args, keywords=[]):
            inner = args
        case _:
            got = ast.get_source_segment(text, part) or text
            raise _refused("only + - * // min max, whole numbers and names are known", got)
    for each in inner:
        _walk(each, text, depth + 1)


def _value(part: ast.expr, names: Mapping[str, int]) -> int:
    match part:
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id=name):
            return names[name]
        case ast.BinOp(op=op, left=left, right=right):
            a, b = _value(left, names), _value(right, names)
            return _OPERATIONS[type(op)](a, b)
        case ast.Call(func=ast.Name(id=name), args=args):
            values = [_value(each, names) for each in args]
            return min(values) if name == "min" else max(values)
        case _:
            raise AssertionError(part)  # checked when it was published


_OPERATIONS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: add,
    ast.Sub: sub,
    ast.Mult: mul,
    ast.FloorDiv: floordiv,
}


def _refused(why: str, got: str, next_step: str = _SUCH_AS) -> MalformedEntry:
    return MalformedEntry(
        f"this compensation cannot be promised: {why}",
        next_step=next_step,
        rule="no-expression",
        got=got[:80],
    )

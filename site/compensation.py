"""What lateness is worth, in words: the rule as a sentence, and what it comes to for orders like yours."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from mingdan.ledger.market.compensation import lateness, value_of
from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.site.html import Html, joined
from mingdan.site.number import count
from mingdan.site.voice import Voice


class Example(NamedTuple):
    """An order to reckon with: its price in minor units of `CURRENCY`, and how many units."""

    amount: int
    units: int


def in_words(speech: Voice, expression: str) -> Html:
    """The rule as people say it. `expression` is one that `value_of` knows."""
    return _said(speech, ast.parse(expression, mode="eval").body, _LOOSEST)


def worked(expression: str, late: int) -> Iterator[int]:
    """What it comes to for each of EXAMPLES when it is late by so many ms: minor units."""
    for example in EXAMPLES:
        yield value_of(expression, lateness(late) | example._asdict())


def _said(speech: Voice, part: ast.expr, around: int) -> Html:
    """A part in words, in brackets where what stands around it binds closer."""
    match part:
        case ast.Constant(value=int(value)):
            return count(value)
        case ast.Name(id=name):
            return speech.texts[f"compensation.name.{name}"]
        case ast.BinOp(op=op, left=left, right=right):
            key, binding = _SIGNS[type(op)]
            # What follows a minus or a division stands in brackets even where it binds as close.
            values = {"left": _said(speech, left, binding), "right": _said(speech, right, binding + 1)}
            said = speech.say(f"compensation.{key}", **values)
            return said if binding >= around else speech.say("compensation.brackets", part=said)
        case ast.Call(func=ast.Name(id=name), args=args):
            parts = joined((_said(speech, each, _LISTED) for each in args), speech.texts["page.comma"])
            said = speech.say(f"compensation.{name}", parts=parts)
            return said if around == _LOOSEST else speech.say("compensation.brackets", part=said)
        case _:
            raise AssertionError(part)  # `value_of` knows no other


_LOOSEST, _LISTED = 0, 1  # a sum needs no brackets in a list, another list does
_SIGNS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("sum", 1),
    ast.Sub: ("difference", 1),
    ast.Mult: ("product", 2),
    ast.FloorDiv: ("quotient", 2),
}
CURRENCY = "CNY"
EXAMPLES = (Example(amount=10_000, units=1), Example(amount=30_000, units=3))
LATENESS = (10 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY, 30 * DAY)

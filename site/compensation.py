"""What lateness is worth, in words: the rule as a sentence, and what it comes to for orders like yours.

A rule comes to money: what in it is added to money, compared with it, or paid for each hour is money.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from decimal import Decimal
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


def in_words(speech: Voice, expression: str, currency: str | None = None) -> Html:
    """The rule as people say it. `expression` is one that `value_of` knows; None: in any currency."""
    rule, told = _Rule(speech, currency), ast.parse(expression, mode="eval").body
    return rule.capped(told) or rule.money(told, _LOOSEST)


def worked(expression: str, late: int) -> Iterator[int]:
    """What it comes to for each of EXAMPLES when it is late by so many ms: minor units."""
    for example in EXAMPLES:
        yield value_of(expression, lateness(late) | example._asdict())


class _Rate(NamedTuple):
    """What is paid by the hour, the unit or as a share: `times / divisor` of all its names multiplied."""

    names: tuple[str, ...]
    times: int
    divisor: int

    def over(self, size: int) -> int | None:
        """Its number for `size` of what it is paid by; None where that does not come out even."""
        whole, left = divmod(self.times * size, self.divisor)
        return whole if whole and not left else None


class _Rule(NamedTuple):
    """The voice that tells a rule, and the currency of its orders where that is known."""

    speech: Voice
    currency: str | None

    def capped(self, part: ast.expr) -> Html | None:
        """The lesser of something and what does not grow, said as a limit."""
        match part:
            case ast.Call(func=ast.Name(id="min"), args=[left, right]) if _is_plain(left) != _is_plain(right):
                cap, other = (left, right) if _is_plain(left) else (right, left)
                told = {"part": self.money(other, _LISTED), "cap": self.money(cap, _LISTED)}
                return self.speech.say("compensation.capped", **told)
            case _:
                return None

    def money(self, part: ast.expr, around: int) -> Html:
        """A part that comes to money, in brackets where what stands around it binds closer."""
        match part:
            case ast.Constant(value=int(value)):
                return self.sum(value)
            case ast.Name(id="amount"):
                return self.speech.texts["compensation.name.amount"]
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.listed(name, [self.money(each, _LISTED) for each in args], around)
            case ast.BinOp(op=ast.Add() | ast.Sub() as op, left=left, right=right):
                key, binding = _SIGNS[type(op)]
                sides = self.money(left, binding), self.money(right, binding + 1)
                return self.reckoned(key, sides, binding, around)
            case _:
                return self.rated(part) or self.product(part, around)

    def product(self, part: ast.expr, around: int) -> Html:
        """Money so many times, or a part of it: one side is money, the other a number."""
        match part:
            case ast.BinOp(op=ast.FloorDiv(), left=left, right=right):
                sides = self.money(left, _CLOSE), self.number(right, _CLOSE + 1)
                return self.reckoned("part", sides, _CLOSE, around)
            case ast.BinOp(op=ast.Mult(), left=left, right=right) if _is_money(right, left):
                sides = self.number(left, _CLOSE), self.money(right, _CLOSE + 1)
                return self.reckoned("product", sides, _CLOSE, around)
            case ast.BinOp(op=ast.Mult(), left=left, right=right):
                sides = self.money(left, _CLOSE), self.number(right, _CLOSE + 1)
                return self.reckoned("product", sides, _CLOSE, around)
            case _:
                raise AssertionError(part)  # `value_of` knows no other

    def number(self, part: ast.expr, around: int) -> Html:
        """A part that only counts: how late, how many, how often."""
        match part:
            case ast.Constant(value=int(value)):
                return count(value)
            case ast.Name(id=name):
                return self.speech.texts[_COUNTED.get(name, f"compensation.name.{name}")]
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.listed(name, [self.number(each, _LISTED) for each in args], around)
            case ast.BinOp(op=op, left=left, right=right):
                key, binding = _SIGNS[type(op)]
                # What follows a minus or a division stands in brackets even where it binds as close.
                sides = self.number(left, binding), self.number(right, binding + 1)
                return self.reckoned(key, sides, binding, around)
            case _:
                raise AssertionError(part)  # `value_of` knows no other

    def rated(self, part: ast.expr) -> Html | None:
        """So much for each hour, day or unit, or such a share of the price; else None."""
        rate = _rate(part)
        late = [name for name in rate.names if name in _LATE] if rate else []
        if rate is None or len(late) > 1:
            return None
        for name, size in _LATE[late[0]] if late else (("", 1),):
            what = self.share(rate, size) if "amount" in rate.names else self.paid(rate, size)
            if what is not None:
                return self.speech.say(f"compensation.each_{name}", what=what) if name else what
        return None

    def share(self, rate: _Rate, size: int) -> Html | None:
        """A share of the price to a hundredth of a percent, where it is one exactly."""
        found = rate.over(10_000 * size)
        if found is None or "units" in rate.names:
            return None
        percent = f"{found // 100}.{found % 100:02}".rstrip("0").rstrip(".")
        return self.speech.say("compensation.share", percent=Html(percent))

    def paid(self, rate: _Rate, size: int) -> Html | None:
        """A sum, for each unit or for the order, where it is whole."""
        found = rate.over(size)
        key = "per_unit" if "units" in rate.names else "per_order"
        return None if found is None else self.speech.say(f"compensation.{key}", money=self.sum(found))

    def sum(self, amount: int) -> Html:
        """An amount in minor units; of an unknown currency as hundredths. Nothing is nothing in each."""
        if not amount:
            return count(0)
        if self.currency is not None:
            return self.speech.money(amount, self.currency)
        return self.speech.say("compensation.sum_of", amount=Html(f"{Decimal(amount).scaleb(-2):,.2f}"))

    def listed(self, name: str, parts: list[Html], around: int) -> Html:
        """The least or the greatest of some."""
        said = self.speech.say(f"compensation.{name}", parts=joined(parts, self.speech.texts["page.comma"]))
        return said if around == _LOOSEST else self.bracketed(said)

    def reckoned(self, key: str, sides: tuple[Html, Html], binding: int, around: int) -> Html:
        said = self.speech.say(f"compensation.{key}", left=sides[0], right=sides[1])
        return said if binding >= around else self.bracketed(said)

    def bracketed(self, said: Html) -> Html:
        return self.speech.say("compensation.brackets", part=said)


def _rate(part: ast.expr) -> _Rate | None:
    """Names and numbers multiplied, perhaps divided; None where a name is in it twice or none is."""
    names: list[str] = []
    times = 1
    match part:
        case ast.BinOp(op=ast.FloorDiv(), left=product, right=ast.Constant(value=int(divisor))):
            pass
        case product:
            divisor = 1
    for each in _factors(product):
        match each:
            case ast.Constant(value=int(value)):
                times *= value
            case ast.Name(id=name) if name not in names:
                names.append(name)
            case _:
                return None
    whole = "amount" in names and divisor == 1  # the price itself, or times something: no share of it
    return _Rate(tuple(names), times, divisor) if names and not whole else None


def _factors(part: ast.expr) -> Iterator[ast.expr]:
    match part:
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            yield from _factors(left)
            yield from _factors(right)
        case _:
            yield part


def _is_plain(part: ast.expr) -> bool:
    """Whether it is a sum that does not grow."""
    return isinstance(part, ast.Constant) or (isinstance(part, ast.Name) and part.id == "amount")


def _is_money(part: ast.expr, other: ast.expr) -> bool:
    """Whether a product's money comes from this side of it: the price, where there is one, else a number."""
    numbers = any(isinstance(each, ast.Constant) for each in _factors(part))
    return not _has_price(other) and (numbers or _has_price(part))


def _has_price(part: ast.expr) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "amount" for each in ast.walk(part))


_LOOSEST, _LISTED, _CLOSE = 0, 1, 2  # a sum needs no brackets in a list, another list does
_SIGNS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("sum", 1),
    ast.Sub: ("difference", 1),
    ast.Mult: ("product", _CLOSE),
    ast.FloorDiv: ("quotient", _CLOSE),
}
_COUNTED = {"amount": "compensation.counted"}  # a price times a price
_LATE = {  # what a rate is told by, the first that comes out even
    "late_days": (("full_day", 1),),
    "late_hours": (("full_hour", 1),),
    "late_ms": (("hour", HOUR), ("day", DAY)),
}
CURRENCY = "CNY"
EXAMPLES = (Example(amount=10_000, units=1), Example(amount=30_000, units=3))
LATENESS = (10 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY, 30 * DAY)

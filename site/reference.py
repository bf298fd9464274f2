"""The reference in docs/, made from the code: every kind of event with its fields, every command's help.

`python -m mingdan.site.reference docs` writes it; a test fails where a file differs from what this makes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import inspect

from mingdan.ledger.event import KINDS, PRIVATE
from mingdan.ledger.keeping import named, repeat
from mingdan.ledger.live import SEEN
from mingdan.ledger.market import fold, guard, part, reach, speaking
from mingdan.ledger.rules import RULES

_EVENTS = """# Events

Made from `ledger/event.py` by `make docs`. Every fact is one of these kinds; fields not listed are refused,
floats are refused, integers lie within ±(2^53 − 1), times are milliseconds UTC, money is minor units.
A field marked ° is private: it is stated in clear, kept in the vault, and the entry carries a commitment.
A field marked ? may be left out. One marked ! may not where the fact is live: a rule below demands it.

Lines for `mingdan record` look like these; `id` makes one safe to send again, `at` left out means now. Facts
of the market name their `party`, `sku`, `exception` or `policy` where an order's name their `order`:

```json
{"by": "shop", "data": {"amount": 1000}, "id": "pay-7", "kind": "order.paid", "order": "shop-7"}
{"by": "shop", "data": {"name": "East", "role": "agent"}, "kind": "party.registered", "party": "agent-east"}
```

| kind | fields |
|---|---|
"""

_BASES = """
## How a fact is known

`basis` says how whoever tells a fact knows it. An observation may be odd, an act may not.

- Left out, the fact is **live**: told by whoever did it, as it happens. Who is registered has a part in the
  order, as its platform, its merchant or a tier that it was forwarded to. A name that nobody registered is
  held to the kinds of the part that the order gives it; where it gives none, it speaks with the operator's
  word. What breaks a rule below is refused. An order that names no `policy` is placed under `default`; one
  that leaves `form` out is of the form in which its SKU is listed.
- `observed`: a neighbour saw it happen to somebody else. What can be seen so is recorded however odd it is,
  with the rule as an irregularity: {seen}. Every other kind is an act, and judged like a live one. Nobody
  observes himself: what the order's platform or merchant does (it takes the order or money, compensates, pays
  back, shows a card, delivers what was forwarded to nobody else) is its act when it tells it, whatever basis
  it claims. A tier's word is passed on by who sells the order or was sent it, under the reference of that
  tier's hop, and before it is known; the tier may still say it once itself.
- `backfill`: history that `mingdan import` takes from a source, of orders that began as history. It is
  never refused for being odd, and flagged where it is. But no order is history that was placed after this
  ledger knew its SKU as listed there, or by a party that was barred then. Parties, SKUs, exceptions and
  policies are not imported.

The same goods are delivered, and a payment pays, once, whether that is told live or observed.
"""

_RULES = """
## What may follow what

A live fact or an act that breaks a rule is refused and nothing is changed; history and sightings that break
one are recorded, with the rule as an irregularity.

| rule | meaning |
|---|---|
"""


def events() -> str:
    """docs/events.md."""
    rows = "".join(f"| `{kind}` | {', '.join(_fields(kind)) or '–'} |\n" for kind in KINDS)
    market = fold.RULES | reach.RULES | speaking.RULES | part.RULES
    every = RULES | market | {str(rule): told for rule, told in guard.RULES.items()}
    every |= named.RULES | repeat.RULES
    rules = "".join(f"| `{rule}` | {meaning} |\n" for rule, meaning in every.items())
    seen = ", ".join(f"`{kind}`" for kind, fact in KINDS.items() if fact in SEEN)
    return _EVENTS + rows + _BASES.format(seen=seen) + _RULES + rules


def _fields(kind: str) -> Iterator[str]:
    fact = KINDS[kind]
    described = inspect.type_info(fact)
    assert isinstance(described, inspect.StructType)
    for field in described.fields:
        mark = "°" if field.name in PRIVATE.get(fact, ()) else ""
        optional = "!" if field.name in DEMANDED.get(kind, ()) else "" if field.required else "?"
        yield f"{field.name}{mark}{optional}: {'text' if mark else _type(field.type)}"


def _type(described: inspect.Type) -> str:
    match described:
        case inspect.UnionType(types=types):
            return " or ".join(_type(each) for each in types if not isinstance(each, inspect.NoneType))
        case inspect.LiteralType(values=values):
            return " ∣ ".join(str(value) for value in values)
        case inspect.VarTupleType(item_type=item):
            return f"list of {_type(item)}"
        case inspect.TupleType(item_types=items):
            return f"({', '.join(map(_type, items))})"
        case inspect.StrType(pattern=pattern) if pattern is not None:
            return _PATTERNS.get(pattern, "text")
        case inspect.StrType(max_length=longest):
            return f"text up to {longest}"
        case inspect.IntType():
            return "integer"
        case inspect.BoolType():
            return "true or false"
        case inspect.StructType(fields=fields):
            return "{" + ", ".join(f"{each.name}: {_type(each.type)}" for each in fields) + "}"
        case _:
            raise AssertionError(described)


_PATTERNS: Mapping[str, str] = {
    r"\A[a-z0-9][a-z0-9._-]{0,63}\Z": "id",
    r"\A[0-9a-f]{64}\Z": "hash",
    r"\A[A-Z]{3}\Z": "currency",
    r"\A[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\Z": "public key in base64",
}

_GROUNDS = ("entries",)
DEMANDED: Mapping[str, tuple[str, ...]] = {  # by a rule, though the form of the kind does not
    "order.placed": ("amount", "currency", "merchant", "qty", "sku"),
    "party.suspended": _GROUNDS,
    "party.blacklisted": _GROUNDS,
    "party.expelled": _GROUNDS,
}
FILES = {"events.md": events}

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, make in FILES.items():
        (folder / name).write_text(make(), encoding="utf-8")
        sys.stdout.write(f"{folder / name}\n")

"""How often the source of an order was seen before it: what velocity rules of risk count.

The vault knows the words, the views when each order was placed; words leave neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Engine, bindparam, select

from mingdan.ledger.keeping.alike import same_words
from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.rows import chunks
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.order import Order
from mingdan.ledger.risk import RiskRule, Velocity, screenable
from mingdan.projections import views


def seen(
    engine: Engine, vault: Vault, orders: Iterable[Order], rules: Sequence[RiskRule]
) -> dict[str, dict[str, int]]:
    """For each order that may still be held, what each velocity rule counts, by stream and rule id.

    Counted are other orders of the same source that were recorded before it, and placed at most `within` ms
    before it: what comes later changes no count. Those whose placing time is unknown, or whose words were
    erased, count nowhere.
    """
    streams = [order.stream for order in orders if screenable(order)]
    counting = [rule for rule in rules if isinstance(rule, Velocity)]
    found: dict[str, dict[str, int]] = {stream: {} for stream in streams}
    for field in {rule.field for rule in counting}:
        others = same_words(vault, streams, field)
        placed = _placed(engine, {*others, *(each for same in others.values() for each in same)})
        for stream, same in others.items():
            ages = _ages(placed, stream, same)
            for rule in counting:
                if rule.field == field:
                    found[stream][rule.id] = sum(age <= rule.within for age in ages)
    return found


class _Placing(NamedTuple):
    """When an order was recorded, and placed (ms UTC). In one millisecond the stream decides who is first."""

    recorded: int
    stream: str
    at: int


def _ages(placed: Mapping[str, _Placing], stream: str, others: Iterable[str]) -> list[int]:
    """How long before an order (ms) each of the others was placed that was recorded before it."""
    own = placed.get(stream)
    if own is None:
        return []
    return [own.at - placed[other].at for other in others if other in placed and placed[other] < own]


def _placed(engine: Engine, streams: Iterable[str]) -> dict[str, _Placing]:
    """When these orders were placed, as far as that is known."""
    with converted("the views cannot be read"), reading(engine).begin() as db:
        found = [
            _Placing(*row) for names in chunks(streams) for row in db.execute(_PLACED, {"streams": names})
        ]
    return {each.stream: each for each in found}


_PLACED = select(views.delays.c.placed_known, views.delays.c.stream, views.delays.c.placed_at).where(
    views.delays.c.stream.in_(bindparam("streams", expanding=True)), views.delays.c.placed_at.is_not(None)
)

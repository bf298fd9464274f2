"""The orders that something may still be owed to: unpaid, waiting, not completed, or asked about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine, and_, or_, select

from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.order import Order
from mingdan.projections import views
from mingdan.projections.catch_up import states

SLICE = 1_000  # orders looked at together


def open_orders(engine: Engine) -> Iterator[Sequence[Order]]:
    """The folded orders, some at a time, by their streams."""
    with converted("the views cannot be read"), reading(engine).begin() as db:
        streams = sorted(db.scalars(_OPEN))
    for start in range(0, len(streams), SLICE):
        found = states(engine, streams[start : start + SLICE])
        yield [found[stream] for stream in sorted(found)]


_delays, _nudges, _holds = views.delays.c, views.nudges.c, views.holds.c
_OPEN = select(_delays.stream).where(
    _delays.imported == 0,
    or_(
        and_(_delays.step != "completed", _delays.ended_at.is_(None)),
        _delays.stream.in_(select(_nudges.stream).where(_nudges.closed_at.is_(None))),
        _delays.stream.in_(select(_holds.stream).where(_holds.ended_at.is_(None))),
    ),
)

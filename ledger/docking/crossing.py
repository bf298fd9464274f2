"""Which order went to which shop under which reference, and what number it has there: the index of the docks.

It lies in the vault and is erased with the order. It is written before the entry that tells of the
forwarding: an orphan here is harmless, a callback that finds no order is not.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Engine, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mingdan.ledger.errors import KeyReused
from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.schema import crossings
from mingdan.ledger.keeping.store import converted


class Crossing(NamedTuple):
    """`upstream` is the shop's own number, None until it was heard; `sent` and `settled` are ms UTC."""

    dock: str
    ref: str
    stream: str
    upstream: str | None
    sent: int
    settled: int | None = None  # when nothing more was to be asked


def keep(engine: Engine, crossing: Crossing) -> None:
    """Keeps what is about to be sent. Raises KeyReused where this reference was used at this dock before."""
    insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
    row = insert(crossings).values(crossing._asdict()).on_conflict_do_nothing().returning(crossings.c.ref)
    with converted("nothing was sent"), engine.begin() as db:
        if db.execute(row).first() is None:
            raise KeyReused(
                "an order was sent to this dock under this reference before",
                next_step="ask what became of it; what is sent again has a reference of its own",
                dock=crossing.dock,
            )


def crossing_of(engine: Engine, dock: str, ref: str) -> Crossing | None:
    """What was sent to a dock under a reference."""
    with converted("the vault cannot be read"), reading(engine).begin() as db:
        row = db.execute(select(crossings).where(_named(dock, ref))).one_or_none()
    return None if row is None else Crossing(*row)


def unsettled(engine: Engine, dock: str) -> list[Crossing]:
    """What there is to ask a dock for, the longest sent first."""
    open_ones = select(crossings).where(crossings.c.dock == dock, crossings.c.settled.is_(None))
    with converted("the vault cannot be read"), reading(engine).begin() as db:
        return [Crossing(*row) for row in db.execute(open_ones.order_by(crossings.c.sent))]


def drop(engine: Engine, crossing: Crossing) -> None:
    """Forgets what was not sent after all: its reference is free again."""
    with converted("it was not forgotten"), engine.begin() as db:
        db.execute(delete(crossings).where(_named(crossing.dock, crossing.ref)))


def bind(engine: Engine, crossing: Crossing, upstream: str) -> None:
    """Notes the shop's number, the first time that it is heard."""
    unbound = update(crossings).where(_named(crossing.dock, crossing.ref), crossings.c.upstream.is_(None))
    with converted("the number was not noted"), engine.begin() as db:
        db.execute(unbound.values(upstream=upstream))


def settle(engine: Engine, crossing: Crossing, now: int) -> None:
    """Notes that there is nothing more to ask, at `now` (ms UTC)."""
    with converted("it was not noted that it is over"), engine.begin() as db:
        db.execute(update(crossings).where(_named(crossing.dock, crossing.ref)).values(settled=now))


def _named(dock: str, ref: str) -> ColumnElement[bool]:
    return (crossings.c.dock == dock) & (crossings.c.ref == ref)

"""Which order went to which shop under which reference, and what number it has there: the index of the docks.

It lies in the vault and is erased with the order. It is written before the entry that tells of the
forwarding: an orphan here is harmless, a callback that finds no order is not.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Engine, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mingdan.ledger.errors import KeyReused
from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.schema import crossings
from mingdan.ledger.keeping.store import Taken, converted


class Crossing(NamedTuple):
    """`upstream` is the shop's own number, None until it was heard; instants are ms UTC."""

    dock: str
    ref: str
    stream: str
    upstream: str | None
    sent: int
    settled: int | None = None  # when nothing more was to be asked
    told: int | None = None  # when the shop signed the newest word, by its own clock


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


def bind(engine: Engine, crossing: Crossing, upstream: str) -> bool:
    """Notes the shop's number, the first time that it is heard; False where it is not this order's number.

    The index decides between two who hear at once: a number is one order's, an order has one number.
    """
    named = _named(crossing.dock, crossing.ref)
    unbound = update(crossings).where(named, crossings.c.upstream.is_(None)).values(upstream=upstream)
    try:
        with converted("the number was not noted"), engine.begin() as db:
            if db.execute(unbound).rowcount:
                return True
            return db.scalar(select(crossings.c.upstream).where(named)) == upstream
    except Taken:  # by another order of this dock
        return False


def tell(engine: Engine, crossing: Crossing, told: int) -> None:
    """Notes when a shop signed a word (ms UTC); the newest stays."""
    older = or_(crossings.c.told.is_(None), crossings.c.told < told)
    with converted("it was not noted when it was said"), engine.begin() as db:
        db.execute(update(crossings).where(_named(crossing.dock, crossing.ref), older).values(told=told))


def settle(engine: Engine, crossing: Crossing, now: int) -> None:
    """Notes that there is nothing more to ask, at `now` (ms UTC)."""
    with converted("it was not noted that it is over"), engine.begin() as db:
        db.execute(update(crossings).where(_named(crossing.dock, crossing.ref)).values(settled=now))


def _named(dock: str, ref: str) -> ColumnElement[bool]:
    return (crossings.c.dock == dock) & (crossings.c.ref == ref)

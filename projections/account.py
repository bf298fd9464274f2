"""The account of one platform's conduct, from the views and the register where they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from mingdan.ledger.market.guard import Shelf, shelf_name
from mingdan.ledger.market.sku import Sku
from mingdan.ledger.order import Order
from mingdan.projections import views
from mingdan.projections.attribution import Span, attribution
from mingdan.projections.board import board
from mingdan.projections.care import compensation, concerned, holds, nudges, refunds
from mingdan.projections.catch_up import states_of
from mingdan.projections.conduct import Care, Conduct, Supply
from mingdan.projections.days import days
from mingdan.projections.exposure import exposures
from mingdan.projections.fairness import fairness
from mingdan.projections.propagation import propagation
from mingdan.projections.register import Register
from mingdan.projections.standstill import standstill

SLICE = 1_000  # orders folded at once
Rows = Sequence[Row[Any]]


def conduct(
    db: Connection, platform: str, register: Register, delays: Rows, waiting: Rows, as_of: int, zone: str
) -> Conduct:
    """As of an instant (ms UTC); `delays` and `waiting` are the platform's rows of the delays and backlog."""
    streams = {row.stream for row in waiting}
    return Conduct(
        propagation=propagation(rows_of(db, views.hops, platform)),
        attribution=attribution(_spans(db, platform), as_of),
        care=_care(db, platform, register, delays, as_of),
        supply=_supply(db, platform, register, as_of),
        exposure=exposures(delays, streams, as_of),
        fairness=fairness(delays, streams, as_of),
        standstill=standstill(_folded(db, streams), register, as_of),
        flow=days(delays, streams, as_of, zone),
    )


def rows_of(db: Connection, table: Table, platform: str) -> Rows:
    """A platform's rows of a view that names it."""
    return db.execute(select(table).where(table.c.platform == platform)).all()


def _spans(db: Connection, platform: str) -> Sequence[Span]:
    """Without what is not counted: of these there are several for each order."""
    of = views.stages.c
    spans = select(of.number, of.stage, of.holder, of.since, of.until).where(of.platform == platform)
    return db.execute(spans).all()


def _care(db: Connection, platform: str, register: Register, delays: Rows, as_of: int) -> Care:
    late = concerned(delays, register, as_of)
    return Care(
        nudges=nudges(rows_of(db, views.nudges, platform)),
        holds=holds(rows_of(db, views.holds, platform), register, as_of),
        refunds=refunds(delays),
        compensation=compensation(_folded(db, late), register, as_of),
    )


def _supply(db: Connection, platform: str, register: Register, as_of: int) -> dict[str, Supply]:
    own = {name: sku for name, sku in register.skus.items() if _sold_on(sku, platform)}
    standing = {row.sku: Shelf(*row[1:]) for row in db.execute(select(views.shelves))}
    shelves = {name: standing.get(shelf_name(platform, name), Shelf()) for name in own}
    accepted = db.execute(select(views.acceptances).where(views.acceptances.c.platform == platform)).all()
    return board(own, shelves, accepted, as_of)


def _sold_on(sku: Sku, platform: str) -> bool:
    return sku.listing is not None and sku.listing.platform == platform


def _folded(db: Connection, streams: Collection[str]) -> Iterator[Order]:
    """Some at a time: there may be many."""
    names = sorted(streams)
    for start in range(0, len(names), SLICE):
        yield from states_of(db, names[start : start + SLICE]).values()

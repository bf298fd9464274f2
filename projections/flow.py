"""What stands against the supply of SKUs and how their orders went lately: caps and paces follow from it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine, func, select

from mingdan.ledger.duty.market import Flow, Supply, is_pace_due
from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.market.sku import Sku
from mingdan.ledger.policy import DAY, DEFAULT, Policy
from mingdan.projections import views
from mingdan.projections.pace import paces
from mingdan.projections.register import Register

WEEK = 7 * DAY


def supply_of(engine: Engine, register: Register, policies: Mapping[str, Policy], now: int) -> Supply:
    """As of an instant (ms UTC), from the views alone."""
    delays, backlog = views.delays.c, views.backlog.c
    lately = delays.delivered_at > now - WEEK
    late = select(backlog.stream).where(backlog.promised < now)
    with converted("the views cannot be read"), reading(engine).begin() as db:
        promised = dict(db.execute(select(views.shelves.c.sku, views.shelves.c.promised)).all())
        units = func.sum(func.coalesce(delays.qty, 1))
        delivered = db.execute(
            select(delays.sku, units, func.count()).where(lately, delays.imported == 0).group_by(delays.sku)
        ).all()
        overdue = dict(
            db.execute(select(delays.sku, units).where(delays.stream.in_(late)).group_by(delays.sku)).all()
        )
        heard = {sku: max(known) for sku, *known in db.execute(_HEARD)}
    due_in = _due_in(register, policies)
    came = {sku: (int(count), orders) for sku, count, orders in delivered}
    flows = {
        sku: Flow(*came.get(sku, (0, 0)), overdue=int(overdue.get(sku, 0)), due_in=due_in)
        for sku in came.keys() | overdue.keys()
        if sku is not None
    }
    due = [name for name, known in register.skus.items() if _is_due(known, heard.get(name, 0), now)]
    return Supply(promised=promised, flows=flows, paces=paces(engine, due, now))


def _is_due(known: Sku, heard: int, now: int) -> bool:
    """Whether what is usual is to be counted again: a day has passed, and something was heard since."""
    told = known.paces[-1].mark.known if known.paces else 0
    return known.listing is not None and is_pace_due(known, now) and heard > told


def _due_in(register: Register, policies: Mapping[str, Policy]) -> int:
    """How long an order may take under the default terms (ms)."""
    promise = register.policies.get(DEFAULT.id)
    if promise is not None and promise.editions:
        return promise.editions[-1].terms.due_in
    return policies.get(DEFAULT.id, DEFAULT).due_in


_delays = views.delays.c
_HEARD = (  # when something was last heard of the orders of each SKU
    select(
        _delays.sku,
        *(
            func.coalesce(func.max(column), 0)
            for column in (
                _delays.paid_known,
                _delays.forwarded_known,
                _delays.delivered_known,
                _delays.ended_known,
            )
        ),
    )
    .where(_delays.sku.is_not(None), _delays.imported == 0)
    .group_by(_delays.sku)
)

"""What stands against the supply of SKUs and how their orders went lately: caps and paces follow from it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine, func, select

from mingdan.ledger.duty.market import Flow, Supply, is_pace_due
from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.market.guard import shelf_name
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
        standing = dict(db.execute(select(views.shelves.c.sku, views.shelves.c.promised)).all())
        units, sold = func.sum(func.coalesce(delays.qty, 1)), (delays.platform, delays.sku)
        delivered = db.execute(
            select(*sold, units, func.count()).where(lately, delays.imported == 0).group_by(*sold)
        ).all()
        late_units = db.execute(select(*sold, units).where(delays.stream.in_(late)).group_by(*sold)).all()
        heard = {sku: max(known) for sku, *known in db.execute(_HEARD)}
    listed = [
        (each.listing.platform, name) for name, each in register.skus.items() if each.listing is not None
    ]
    shelves = {shelf_name(*sold): sold for sold in listed}
    promised = {name: standing[shelf] for shelf, (_, name) in shelves.items() if shelf in standing}
    came = {shelf_name(*where): (int(count), orders) for *where, count, orders in delivered}
    overdue = {shelf_name(*where): int(count) for *where, count in late_units}
    flows = {
        name: Flow(
            *came.get(shelf, (0, 0)),
            overdue=overdue.get(shelf, 0),
            due_in=_due_in(register, policies, platform),
        )
        for shelf, (platform, name) in shelves.items()
        if shelf in came or shelf in overdue
    }
    due = [name for name, known in register.skus.items() if _is_due(known, heard.get(name, 0), now)]
    return Supply(promised=promised, flows=flows, paces=paces(engine, due, now), sent=register.sent)


def _is_due(known: Sku, heard: int, now: int) -> bool:
    """Whether what is usual is to be counted again: a day has passed, and something was heard since."""
    told = known.paces[-1].mark.known if known.paces else 0
    return known.listing is not None and is_pace_due(known, now) and heard > told


def _due_in(register: Register, policies: Mapping[str, Policy], platform: str) -> int:
    """How long an order of a platform may take under the default terms (ms): its own, or the operator's."""
    promise = register.policies.get(DEFAULT.id)
    if promise is not None and promise.publisher is not None:
        publisher = register.parties.get(promise.publisher)
        if promise.publisher == platform or publisher is None or publisher.registered is None:
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

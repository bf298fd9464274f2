"""What is usual for a SKU: how long 95 in 100 of its orders stayed in a stage, and how they were delivered.

Of a SKU with too few orders the delivery of its nearest kin is told, and named so: of goods of the same form
on its platform, else of all goods there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal

from sqlalchemy import BindParameter, Connection, Engine, Row, bindparam, select

from mingdan.ledger.eta import ENOUGH as TO_FORETELL
from mingdan.ledger.eta import WHOLE
from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.market.sku import Awaited, Paced
from mingdan.projections import views
from mingdan.projections.awaited import awaited
from mingdan.projections.incidence import ORDER, Step, incidence
from mingdan.projections.measure import grouped, nearest_rank

ENOUGH = 20  # spans of a stage: of fewer nothing is said to be usual


def paces(engine: Engine, skus: Collection[str], as_of: int) -> dict[str, Paced]:
    """What is usual for each of these SKUs where the views stand, by its name; as of an instant (ms UTC)."""
    if not skus:
        return {}
    with converted("the views cannot be read"), reading(engine).begin() as db:
        named = {"skus": sorted(skus)}
        limits = usual((sku, stage, until - since) for sku, stage, since, until in db.execute(_LEFT, named))
        deliveries = _deliveries(db, db.execute(_SOLD, named).all(), as_of)
    return {
        sku: Paced(delivery=deliveries.get(sku), n=limits[sku][0], p95=limits[sku][1])
        if sku in limits
        else Paced(delivery=deliveries[sku], n=0, p95=StageLimits())
        for sku in sorted({*limits, *deliveries})
    }


def usual(spans: Iterable[tuple[str, str, int]]) -> dict[str, tuple[int, StageLimits]]:
    """Of completed (SKU, stage, ms): how many there were of the stage with the fewest, and the P95 of each.

    A stage of fewer than ENOUGH spans is left out, and so is a SKU with no other.
    """
    found: dict[str, dict[str, list[int]]] = {}
    for sku, stage, span in spans:
        found.setdefault(sku, {}).setdefault(stage, []).append(span)
    told: dict[str, tuple[int, StageLimits]] = {}
    for sku, stages in sorted(found.items()):
        enough = {name: sorted(spans) for name, spans in stages.items() if len(spans) >= ENOUGH}
        if enough:
            limits = {name: nearest_rank(ordered, 950) for name, ordered in enough.items()}
            told[sku] = min(map(len, enough.values())), StageLimits(**limits)
    return told


def delivery(rows: Iterable[Row[Any]], of: Literal["sku", "form", "platform"], as_of: int) -> Awaited | None:
    """What became of paid orders, from rows of `views.delays`; None of fewer than can foretell anything."""
    waits = [wait for row in rows if row.prepaid and (wait := awaited(row, as_of)) is not None]
    kept = [wait for wait in waits if wait[0] >= 0]
    if len(kept) < TO_FORETELL:
        return None
    steps = incidence(kept).steps
    levels = [ORDER * len(kept) * level // 1000 for level in _LEVELS]
    most = _ended(steps[-1])
    goals = [*(level for level in levels if level < most), *([most] if most else [])]
    drawn = sorted({bisect_left(steps, goal, key=_ended) for goal in goals})
    return Awaited(
        n=len(kept),
        of=of,
        steps=tuple(_told(steps[number], len(kept)) for number in drawn),
        until=steps[-1].at,
    )


def _deliveries(db: Connection, sold: Sequence[Row[Any]], as_of: int) -> dict[str, Awaited]:
    found: dict[str, Awaited] = {}
    kin: dict[tuple[str, str | None], Awaited | None] = {}
    for sku, rows in grouped((row.sku, row) for row in sold).items():
        told = delivery(rows, "sku", as_of)
        platform, form = rows[0].platform, rows[0].form
        for key in ((platform, form), (platform, None)) if told is None else ():
            if key not in kin:
                kin[key] = _of_kin(db, platform, key[1], as_of)
            told = told or kin[key]
        if told is not None:
            found[sku] = told
    return found


def _of_kin(db: Connection, platform: str, form: str | None, as_of: int) -> Awaited | None:
    others = _DELAYS.where(_delays.platform == platform)
    if form is None:
        return delivery(db.execute(others).all(), "platform", as_of)
    return delivery(db.execute(others.where(_delays.form == form)).all(), "form", as_of)


def _told(step: Step, n: int) -> tuple[int, int, int]:
    """Rounded down: nothing is foretold to come sooner than it did."""
    otherwise = step.refunded + step.cancelled
    return step.at, step.delivered * WHOLE // (n * ORDER), otherwise * WHOLE // (n * ORDER)


def _ended(step: Step) -> int:
    return step.delivered + step.refunded + step.cancelled


_LEVELS = (*range(50, 950, 50), *range(950, 1000, 10))  # thousandths of the orders: the tail is told closer
_stages, _delays = views.stages.c, views.delays.c
_THESE: BindParameter[str] = bindparam("skus", expanding=True)
_LEFT = select(_stages.sku, _stages.stage, _stages.since, _stages.until).where(
    _stages.until.is_not(None), _stages.sku.in_(_THESE), _stages.stage.in_(StageLimits.__struct_fields__)
)
_DELAYS = select(views.delays).where(_delays.imported == 0).order_by(_delays.stream)
_SOLD = _DELAYS.where(_delays.sku.in_(_THESE))

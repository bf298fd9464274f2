"""What is usual for a SKU: how long 95 in 100 of its orders stayed in a stage, from those that went on."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine, select

from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.market.promise import StageLimits
from mingdan.projections import views
from mingdan.projections.measure import nearest_rank

ENOUGH = 20  # spans of a stage: of fewer nothing is said to be usual


def paces(engine: Engine) -> dict[str, tuple[int, StageLimits]]:
    """What is usual for each SKU where the views stand, by its name."""
    with converted("the views cannot be read"), reading(engine).begin() as db:
        return usual((sku, stage, until - since) for sku, stage, since, until in db.execute(_COMPLETED))


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


_stages = views.stages.c
_COMPLETED = select(_stages.sku, _stages.stage, _stages.since, _stages.until).where(
    _stages.until.is_not(None), _stages.sku.is_not(None), _stages.stage.in_(StageLimits.__struct_fields__)
)

"""The instants at which the page of a waiting order changes although nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine, select

from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.keeping.terms import Terms
from mingdan.ledger.keeping.workspace import Workspace
from mingdan.ledger.passing import instants
from mingdan.projections import views
from mingdan.projections.catch_up import states


def upcoming(workspace: Workspace, engine: Engine) -> Iterator[tuple[str, int]]:
    """Every waiting order of the views with each such instant (ms UTC), passed ones among them."""
    with converted("the views cannot be read"), reading(engine).begin() as db:
        waiting = list(db.scalars(select(views.backlog.c.stream)))
    terms = Terms(workspace.store, workspace.policies)
    for stream, order in states(engine, waiting).items():
        for at in instants(order, terms.of(order), terms.pace(order)):
            yield stream, at

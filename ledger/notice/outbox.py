"""What is still to be told: rows of an endpoint and an entry's position, made of the log as it grows.

The rows and how far they reach are written in one transaction: wherever a process dies, no entry is left out
and none is put in twice. A row goes once its notice was taken: what dies between is sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from mingdan.ledger.keeping.schema import endpoints, outbox
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.notice.endpoint import Endpoint


class Pending(NamedTuple):
    """An entry, by its position, that an endpoint is still to be told; `due` is ms UTC."""

    endpoint: str
    position: int
    attempts: int
    due: int
    said: str | None = None


class Outbox:
    """Used by any number of processes: what one has put in, another does not put in again."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    def put(self, told: Mapping[Endpoint, Collection[int]], upto: int, now: int) -> None:
        """What these endpoints are to be told of the entries up to a position, due at once (ms UTC).

        An endpoint that another process has moved on meanwhile is left to it.
        """
        with converted("nothing was put into the outbox"), self.vault.engine.begin() as db:
            for endpoint, positions in told.items():
                here = (endpoints.c.id == endpoint.id) & (endpoints.c.reached == endpoint.reached)
                moved = db.execute(update(endpoints).where(here).values(reached=upto))
                if moved.rowcount and positions:
                    rows = [Pending(endpoint.id, each, 0, now)._asdict() for each in sorted(positions)]
                    db.execute(insert(outbox), rows)

    def rewind(self, endpoint: Endpoint, head: int) -> None:
        """Goes back to where the log ends: it was restored from a backup that is older than this vault's."""
        here = (endpoints.c.id == endpoint.id) & (endpoints.c.reached == endpoint.reached)
        lost = (outbox.c.endpoint == endpoint.id) & (outbox.c.position > head)
        with converted("the outbox was not rewound"), self.vault.engine.begin() as db:
            db.execute(update(endpoints).where(here).values(reached=head))
            db.execute(delete(outbox).where(lost))

    def due(self, endpoint: Endpoint, now: int, most: int) -> list[Pending]:
        """What is due to an endpoint at an instant (ms UTC), in the log's order."""
        query = select(outbox).where(outbox.c.endpoint == endpoint.id, outbox.c.due <= now)
        query = query.order_by(outbox.c.position).limit(most)
        with converted("the outbox cannot be read"), self.vault.reader.begin() as db:
            return [Pending(*row) for row in db.execute(query)]

    def taken(self, pending: Pending) -> None:
        """It was told: it need not be again."""
        with converted("it was told, but not noted so"), self.vault.engine.begin() as db:
            db.execute(delete(outbox).where(_of(pending)))
            failing = endpoints.c.failing.is_not(None)
            here = update(endpoints).where(endpoints.c.id == pending.endpoint, failing)
            db.execute(here.values(failing=None))

    def refused(self, pending: Pending, said: str, due: int, now: int) -> None:
        """An attempt failed at an instant; the next is due at another (ms UTC)."""
        same = _of(pending) & (outbox.c.attempts == pending.attempts)
        well = update(endpoints).where(endpoints.c.id == pending.endpoint, endpoints.c.failing.is_(None))
        with converted("it was not noted that a notice failed"), self.vault.engine.begin() as db:
            db.execute(update(outbox).where(same).values(attempts=pending.attempts + 1, due=due, said=said))
            db.execute(well.values(failing=now))

    def waiting(self) -> dict[str, int]:
        """How many notices wait for each endpoint that any wait for."""
        query = select(outbox.c.endpoint, func.count()).group_by(outbox.c.endpoint)
        with converted("the outbox cannot be read"), self.vault.reader.begin() as db:
            return dict(db.execute(query).all())

    def reached(self) -> int | None:
        """The position up to which all were told that are listened for; None where nobody listens."""
        live = endpoints.c.stopped.is_(None)
        pending = select(func.min(outbox.c.position)).join_from(
            outbox, endpoints, outbox.c.endpoint == endpoints.c.id
        )
        with converted("the outbox cannot be read"), self.vault.reader.begin() as db:
            put: int | None = db.scalar(select(func.min(endpoints.c.reached)).where(live))
            first: int | None = db.scalar(pending.where(live))
        return put if put is None or first is None else min(put, first - 1)


def _of(pending: Pending) -> ColumnElement[bool]:
    return (outbox.c.endpoint == pending.endpoint) & (outbox.c.position == pending.position)

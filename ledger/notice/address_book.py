"""The endpoints in a vault: who is told, who stopped listening, and since when."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Row, delete, insert, select, update

from mingdan.ledger.errors import NotFound
from mingdan.ledger.keeping.schema import endpoints, outbox
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.notice.endpoint import Endpoint
from mingdan.ledger.notice.ladder import Stop


class AddressBook:
    """Read from any thread; each change is a transaction."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    def add(self, endpoint: Endpoint) -> None:
        row = {name: getattr(endpoint, name) for name in endpoint.__struct_fields__}
        with converted("the endpoint was not kept"), self.vault.engine.begin() as db:
            db.execute(insert(endpoints).values(row | {"kinds": " ".join(endpoint.kinds)}))

    def find(self, name: str) -> Endpoint:
        """The endpoint of this id. Raises NotFound."""
        found = self._endpoints({name})
        if not found:
            raise NotFound("no endpoint has this id", next_step="see `mingdan webhook list`", id=name[:80])
        return found[0]

    def all(self) -> list[Endpoint]:
        """Every endpoint, the oldest first."""
        return self._endpoints()

    def live(self) -> list[Endpoint]:
        """Those that notices are sent to."""
        return [each for each in self.all() if each.stopped is None]

    def remove(self, name: str) -> Endpoint:
        """Forgets an endpoint, its secret and what it was still to be told. Raises NotFound."""
        found = self.find(name)
        with converted("the endpoint was not removed"), self.vault.engine.begin() as db:
            db.execute(delete(outbox).where(outbox.c.endpoint == name))
            db.execute(delete(endpoints).where(endpoints.c.id == name))
        return found

    def stop(self, name: str, reason: Stop, now: int) -> None:
        """Nothing is sent there from this instant on (ms UTC); what it was to be told is kept."""
        change = update(endpoints).where(endpoints.c.id == name, endpoints.c.stopped.is_(None))
        with converted("the endpoint was not stopped"), self.vault.engine.begin() as db:
            db.execute(change.values(stopped=now, reason=reason))

    def resume(self, name: str, now: int) -> None:
        """What it has not been told yet is due at once (ms UTC), and all that was recorded meanwhile."""
        with converted("the endpoint was not resumed"), self.vault.engine.begin() as db:
            db.execute(
                update(endpoints)
                .where(endpoints.c.id == name)
                .values(stopped=None, reason=None, failing=None)
            )
            db.execute(update(outbox).where(outbox.c.endpoint == name).values(attempts=0, due=now))

    def _endpoints(self, names: Collection[str] | None = None) -> list[Endpoint]:
        query = select(endpoints).order_by(endpoints.c.made, endpoints.c.id)
        query = query if names is None else query.where(endpoints.c.id.in_(names))
        with converted("the endpoints cannot be read"), self.vault.reader.begin() as db:
            return [_endpoint(row) for row in db.execute(query)]


def _endpoint(row: Row[object]) -> Endpoint:
    told = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's own name for a row as a mapping
    told |= {"kinds": tuple(told["kinds"].split()), "secret": bytes(told["secret"])}
    return Endpoint(**told)

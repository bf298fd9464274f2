"""The keys of those who speak over HTTP, as the vault has them: a hash, a party, what they are good for.

A key is never deleted: who spoke with it can be asked for ever.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import insert, select, update

from mingdan.ledger.errors import NotFound
from mingdan.ledger.keeping.driver import named
from mingdan.ledger.keeping.rows import chunks
from mingdan.ledger.keeping.schema import api_keys
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.keeping.vault import Vault


class Key(Struct, frozen=True, kw_only=True):
    """A key without its secret; no `kinds` are all those of its party's role. Instants are ms UTC."""

    id: str
    digest: bytes
    party: str
    kinds: tuple[str, ...] = ()
    made: int
    expires: int | None = None
    revoked: int | None = None

    def is_good(self, now: int) -> bool:
        """Whether one may speak with it at an instant (ms UTC)."""
        return self.revoked is None and (self.expires is None or now < self.expires)


class KeyRing:
    """The keys in a vault."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self._named = select(api_keys).where(named(vault.engine, api_keys.c.id))

    def add(self, key: Key) -> None:
        row = (key.id, key.digest, key.party, " ".join(key.kinds), key.made, key.expires, key.revoked)
        with converted("the key was not kept"), self.vault.engine.begin() as db:
            db.execute(insert(api_keys).values(row))

    def find(self, name: str) -> Key | None:
        """The key of this id, good or not."""
        driver = self.vault.driver
        with converted("the keys cannot be read"), driver.reading() as cursor:
            found = driver.each(cursor, self._named, [name])
        return _key(*found[0]) if found else None

    def changes(self) -> int | None:
        """Another number after each change of the vault by anybody; None where the database counts none."""
        with converted("the keys cannot be read"):
            return self.vault.driver.changes()

    def all(self) -> list[Key]:
        """Every key that ever was, the oldest first."""
        query = select(api_keys).order_by(api_keys.c.made, api_keys.c.id)
        with converted("the keys cannot be read"), self.vault.reader.begin() as db:
            return [_key(*row) for row in db.execute(query)]

    def holders(self, parties: Iterable[str]) -> set[str]:
        """Those of these parties that ever held a key, good or not."""
        queries = [_HOLDERS.where(api_keys.c.party.in_(chunk)) for chunk in chunks(parties)]
        if not queries:
            return set()
        with converted("the keys cannot be read"), self.vault.reader.begin() as db:
            return {party for query in queries for party in db.scalars(query)}

    def revoke(self, name: str, now: int) -> Key:
        """From this instant on (ms UTC) the key is not good; one that was revoked stays so since then.

        Raises NotFound.
        """
        query = update(api_keys).where(api_keys.c.id == name, api_keys.c.revoked.is_(None))
        with converted("the key was not revoked"), self.vault.engine.begin() as db:
            db.execute(query.values(revoked=now))
        found = self.find(name)
        if found is None:
            raise NotFound("no key has this id", next_step="see `mingdan key list`", id=name[:80])
        return found


def _key(
    name: str, digest: bytes, party: str, kinds: str, made: int, expires: int | None, revoked: int | None
) -> Key:
    return Key(
        id=name,
        digest=bytes(digest),
        party=party,
        kinds=tuple(kinds.split()),
        made=made,
        expires=expires,
        revoked=revoked,
    )


_HOLDERS = select(api_keys.c.party).distinct()

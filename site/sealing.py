"""What an epoch commits to, told and sealed: where every stream ends, the figures over all, the site's terms.

Told before the log's lock is taken, and told again by whoever finishes an epoch that another run sealed.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Engine

from mingdan.ledger.entry import Entry
from mingdan.ledger.errors import Broken
from mingdan.ledger.event import Digest, Epoch
from mingdan.ledger.keeping.atlas import Atlas
from mingdan.ledger.keeping.clock import Clock
from mingdan.ledger.keeping.epoch import Place, seal_epoch
from mingdan.ledger.keeping.store import Store
from mingdan.projections.catch_up import catch_up
from mingdan.projections.census import Census, print_census, take_census
from mingdan.projections.register import Register, read_register
from mingdan.projections.rulebook import rules_hash
from mingdan.site.imprint import Imprint, imprint_hash

Progress = Callable[[int, int], None]


class Sealed(NamedTuple):
    """An epoch entry that ends the log, the figures that it commits to, and the register as of it."""

    entry: Entry
    epoch: Epoch
    census: Census
    register: Register

    @property
    def size(self) -> int:
        return self.epoch.covers + 1


class Sealing:
    """Tells epochs over a store from its views and the published map, which `atlas` grows."""

    def __init__(
        self, store: Store, engine: Engine, atlas: Atlas, imprint: Imprint, progress: Progress
    ) -> None:
        self.store = store
        self.engine = engine
        self.atlas = atlas
        self.zone = imprint.zone
        self.site = imprint_hash(imprint)
        self.progress = progress
        self._told: tuple[Epoch, Census, Register] | None = None

    def seal(self, clock: Clock, after: int) -> Sealed:
        """Seals an epoch, or takes the one that ends the log beyond `after`, and what it commits to.

        One that commits to settings from before they were changed is not taken but followed by another.
        Raises Broken where views and map do not lead to what an epoch sealed before commits to.
        """
        entry = seal_epoch(
            self.store, self._tell, clock=clock, after=after, holds=lambda epoch: epoch.site == self.site
        )
        epoch = entry.event
        assert isinstance(epoch, Epoch)
        if self._told is None or self._told[0] != epoch:
            self._tell(Place(epoch.covers, entry.recorded, epoch.previous))
        assert self._told is not None
        told, census, register = self._told
        if told != epoch:
            raise Broken(
                "the views or the published map do not lead to what this epoch commits to",
                next_step="run `mingdan rebuild` and publish again; if it stays, delete the site folder",
                epoch=epoch.covers,
            )
        return Sealed(entry, epoch, census, register)

    def _tell(self, place: Place) -> Epoch:
        catch_up(self.store, self.engine, upto=place.covers, progress=self.progress)
        self.atlas.grow(place.covers)
        census = take_census(self.engine, as_of=place.recorded, size=place.covers, zone=self.zone)
        epoch = Epoch(
            covers=place.covers,
            map=self.atlas.root.hex(),
            previous=place.previous,
            rules=rules_hash(self.zone),
            site=self.site,
            statistics=Digest(sha256=sha256(print_census(census)).hexdigest(), size=place.covers),
            streams=self.atlas.streams,
        )
        self._told = epoch, census, read_register(self.engine)
        return epoch

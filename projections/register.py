"""The register: parties, SKUs, exceptions and policies as the log tells of them, each folded once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, bindparam, select

from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.market import fold
from mingdan.ledger.market.incident import Incident
from mingdan.ledger.market.party import Party
from mingdan.ledger.market.promise import Promise
from mingdan.ledger.market.reach import Sent, lists, touched
from mingdan.ledger.market.sku import Sku
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DEFAULT, Policy, published
from mingdan.projections import views

_Kind = TypeVar("_Kind", bound=Subject)


class Register(NamedTuple):
    """Each by its name, in alphabetical order. `sent` is of SKUs as their platforms sell them."""

    parties: Mapping[str, Party]
    skus: Mapping[str, Sku]
    incidents: Mapping[str, Incident]
    policies: Mapping[str, Promise]
    sent: Sent = MappingProxyType({})  # as far as tiers have reported exceptions, or acted on any

    def terms(self, policy: str | None, version: int | None) -> Policy:
        """A published version of a policy; the default's terms where it was not published.

        Figures rest on the log alone, so that an auditor finds the same: what settings say is not in it.
        """
        promise = self.policies.get(policy or DEFAULT.id)
        edition = None if promise is None or version is None else promise.edition(version)
        return DEFAULT if edition is None else published(policy or DEFAULT.id, edition)

    def terms_of(self, order: Order) -> Policy:
        """The same for an order: the version that it was placed under."""
        placed = order.terms
        return DEFAULT if placed is None else self.terms(placed.policy, placed.policy_version)

    def touched(self, incident: Incident) -> frozenset[str]:
        """The SKUs that an exception touches, as far as they are for its reporter to speak of."""
        if incident.report is None or incident.reporter is None:
            return frozenset()
        return touched(incident.report.scope, incident.reporter, self.skus, self.sent)


def read_register(engine: Engine) -> Register:
    """The register where the views stand."""
    with converted("the views cannot be read"), reading(engine).begin() as db:
        known = {stream: _decoded(stream, state) for stream, state in db.execute(_ALL)}
        skus, incidents = _named(known, Sku), _named(known, Incident)
        sent = _sent(db, skus, _speaking(incidents.values()))
    return Register(
        parties=_named(known, Party),
        skus=skus,
        incidents=incidents,
        policies=_named(known, Promise),
        sent=sent,
    )


def _speaking(incidents: Collection[Incident]) -> frozenset[str]:
    """Who reported an exception, or acted on one."""
    told = {each.reporter for each in incidents} | {word.by for each in incidents for word in each.actions}
    return frozenset(name for name in told if name is not None)


def _sent(db: Connection, skus: Mapping[str, Sku], tiers: Collection[str]) -> dict[str, frozenset[str]]:
    """By SKU that is listed, those of these tiers that an order of it was forwarded to, history apart."""
    found: dict[str, frozenset[str]] = {}
    for platform, sku, tier in db.execute(_SENT, {"tiers": sorted(tiers)}) if tiers else ():
        if lists(platform, skus.get(sku)):
            found[sku] = found.get(sku, frozenset()) | {tier}
    return found


def subjects(db: Connection, streams: Iterable[str]) -> dict[str, Subject]:
    """These streams of the market as the views have them; empty ones where they have none."""
    names = sorted(streams)
    found = {stream: fold.empty(stream) for stream in names}
    for stream, state in db.execute(_THESE, {"streams": names}):
        found[stream] = _decoded(stream, state)
    return found


def row(subject: Subject) -> tuple[object, ...]:
    """One row of `views.subjects`, in its columns' order."""
    return subject.stream, _encode(subject)


def _named(known: Mapping[str, Subject], kind: type[_Kind]) -> dict[str, _Kind]:
    return {
        stream.partition("/")[2]: each for stream, each in sorted(known.items()) if isinstance(each, kind)
    }


def _decoded(stream: str, state: bytes) -> Subject:
    decoder: msgspec.msgpack.Decoder[Subject] = _DECODERS[stream.partition("/")[0]]
    return decoder.decode(state)


_ALL = select(views.subjects.c.stream, views.subjects.c.state)
_SENT = (
    select(views.hops.c.platform, views.delays.c.sku, views.hops.c.tier)
    .join_from(views.hops, views.delays, views.hops.c.stream == views.delays.c.stream)
    .where(views.hops.c.tier.in_(bindparam("tiers", expanding=True)), views.hops.c.imported == 0)
    .distinct()
)
_THESE = _ALL.where(views.subjects.c.stream.in_(bindparam("streams", expanding=True)))
_encode = msgspec.msgpack.Encoder().encode
_DECODERS: Mapping[str, msgspec.msgpack.Decoder[Subject]] = {
    "party": msgspec.msgpack.Decoder(Party),
    "sku": msgspec.msgpack.Decoder(Sku),
    "exception": msgspec.msgpack.Decoder(Incident),
    "policy": msgspec.msgpack.Decoder(Promise),
}

"""The register of parties for machines; a name that is not public is nowhere in it."""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.ledger.fact import Count, Hash, Int
from mingdan.ledger.market.party import KeyState, Party, Qualification, Role, Sanction, Severity
from mingdan.ledger.market.signing import key_id
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.page import path_of_twin
from mingdan.site.signpost import PARTIES, path_of_party
from mingdan.site.twin import Odd, Shape, Twin, instant, odd_of, print_twin, tree_of


class Qualified(Shape, frozen=True, kw_only=True):
    """Who vouches for a party since when; `over` once its term is, whether that was recorded or not."""

    lapsed: Int | None
    over: bool
    since: Int
    valid_until: Int
    verifier: str


class Listed(Shape, frozen=True, kw_only=True):
    """One of all; `sanctions` are those that stand, `name` is None unless it may be shown."""

    name: str | None
    party: str
    qualification: Qualified | None
    registered: Int | None
    role: Role | None
    sanctions: tuple[Severity, ...]


class PartiesTwin(Twin, frozen=True, kw_only=True, tag="../schema/parties.json"):
    """All parties, in alphabetical order."""

    parties: tuple[Listed, ...]


class Decided(Shape, frozen=True, kw_only=True):
    """A decision against a party; it stands until `ended`. `entries` are leaf hashes that it rests on."""

    appeal_by: Int | None
    appealed: Int | None
    by: str
    ended: Int | None
    ended_by: str | None
    ended_why: str | None
    entries: tuple[Hash, ...]
    leaf: Hash
    reasons: str
    severity: Severity
    since: Int
    until: Int | None


class Key(Shape, frozen=True, kw_only=True):
    """A key from when it was given until another took its place; `given_by` whom, if not the party."""

    given_by: str | None
    id: str
    key: str
    since: Int
    until: Int | None


class PartyTwin(Twin, frozen=True, kw_only=True, tag="../../schema/party.json"):
    """A party; its stream's newest entry is its `entries`th and has the hash `leaf`."""

    decisions: tuple[Decided, ...]
    entries: Count
    irregularities: tuple[Odd, ...]
    keys: tuple[Key, ...]
    leaf: Hash
    party: Listed
    stream: str


def party_twins(edition: Edition, register: Register) -> Iterator[tuple[str, bytes]]:
    """Path and content of the list and of each party."""
    listed = PartiesTwin(
        as_of=edition.sealed,
        checkpoint=tree_of(edition),
        parties=tuple(_listed(edition, name, each) for name, each in register.parties.items()),
    )
    yield path_of_twin(PARTIES), print_twin(listed)
    for name, party in register.parties.items():
        yield path_of_twin(path_of_party(name)), print_twin(_twin(edition, name, party))


def _twin(edition: Edition, name: str, party: Party) -> PartyTwin:
    return PartyTwin(
        as_of=edition.sealed,
        checkpoint=tree_of(edition),
        decisions=tuple(map(_decided, party.sanctions)),
        entries=party.seq,
        irregularities=odd_of(party.irregularities),
        keys=tuple(map(_key, party.keys)),
        leaf=party.leaf.hex(),
        party=_listed(edition, name, party),
        stream=party.stream,
    )


def _listed(edition: Edition, name: str, party: Party) -> Listed:
    held = party.qualification
    return Listed(
        name=party.name if party.public else None,
        party=name,
        qualification=None if held is None else _qualified(held, edition.sealed),
        registered=instant(party.registered),
        role=party.role,
        sanctions=tuple(each.severity for each in party.standing),
    )


def _qualified(held: Qualification, now: int) -> Qualified:
    return Qualified(
        lapsed=instant(held.lapsed),
        over=held.lapsed is not None or now > held.valid_until,
        since=held.mark.effective,
        valid_until=held.valid_until,
        verifier=held.verifier,
    )


def _decided(sanction: Sanction) -> Decided:
    return Decided(
        appeal_by=sanction.appeal_by,
        appealed=instant(sanction.appealed),
        by=sanction.by,
        ended=instant(sanction.ended),
        ended_by=sanction.ended_by,
        ended_why=sanction.ended_why,
        entries=sanction.entries,
        leaf=sanction.mark.leaf.hex(),
        reasons=sanction.reasons,
        severity=sanction.severity,
        since=sanction.mark.effective,
        until=sanction.until,
    )


def _key(key: KeyState) -> Key:
    return Key(
        given_by=key.given_by,
        id=key_id(key.key),
        key=key.key,
        since=key.mark.effective,
        until=instant(key.ended),
    )

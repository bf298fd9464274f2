"""What a pack tells beside its proofs: the terms, the notices, the parties, each read from proven entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Literal, NamedTuple

import msgspec

from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.event import Event, HopForwarded, Notified, Placed
from mingdan.ledger.evolve import fold
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.market import fold as market
from mingdan.ledger.market.party import Party
from mingdan.ledger.market.promise import Edition, Promise
from mingdan.ledger.market.sku import Paced
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DEFAULT, Policy, policy_of, terms_of
from mingdan.ledger.stuck import NO_PACE, pace_of, paced_by
from mingdan.ledger.timeline import Timeline

Part = Literal["platform", "merchant", "tier", "speaker"]


class Terms(NamedTuple):
    """The policy an order was placed under: a version of what is published, else what the settings say.

    Where it names a version that was never published, there are no terms.
    """

    policy: str
    version: int | None
    promise: Promise
    settings: Policy

    @property
    def edition(self) -> Edition | None:
        return None if self.version is None else self.promise.edition(self.version)

    def of(self, order: Order) -> Policy:
        """The same as the order's page reckons by them."""
        return terms_of(order, {self.settings.id: self.settings}, self.promise)


class Notice(NamedTuple):
    """That the buyer was told, and the entry it was about, where that is one of the order's."""

    entry: Entry
    event: Notified
    of: Entry | None


class Involved(NamedTuple):
    """A party by the parts it had in the order, and what the register says of it."""

    name: str
    parts: tuple[Part, ...]
    party: Party
    entries: tuple[bytes, ...]


class Dossier(NamedTuple):
    """An order as its pack tells of it; `pace` is what was usual for its SKU."""

    order: Order
    entries: tuple[Entry, ...]
    terms: Terms
    pace: Paced
    notices: tuple[Notice, ...]
    parties: tuple[Involved, ...]


def dossier(order: Timeline, register: Mapping[str, Timeline], settings: Mapping[str, Policy]) -> Dossier:
    """Read from the entries of an order and of all `streams_of` it, by name. Raises MalformedEntry."""
    entries = tuple(map(parse, order.entries))
    folded = fold(entries)
    return Dossier(
        order=folded,
        entries=entries,
        terms=_terms(folded, register[f"policy/{_policy(folded)}"], settings),
        pace=_pace(folded, register),
        notices=tuple(_notices(entries)),
        parties=tuple(
            _involved(name, parts, register[f"party/{name}"]) for name, parts in _parts(entries).items()
        ),
    )


def streams_of(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The streams of the market that an order leans on: its policy's, its SKU's, and each party's by name."""
    order = fold(entries)
    sku = None if order.terms is None else order.terms.sku
    sold = () if sku is None else (f"sku/{sku}",)
    spoken_of = {name for each in entries for name in _spoken_of(each.event)}
    parties = sorted({*_parts(entries), *spoken_of})
    return (f"policy/{_policy(order)}", *sold, *(f"party/{name}" for name in parties))


def subject_of(register: Timeline) -> Subject:
    """What a stream of the market comes to."""
    return reduce(market.evolve, map(parse, register.entries), market.empty(register.stream))


def print_entries(told: Dossier, order: Timeline) -> dict[str, bytes]:
    """The files that tell it to machines, by name; `entries.jsonl` holds the very bytes that were hashed."""
    return {
        "entries.jsonl": b"".join(raw + b"\n" for raw in order.entries),
        "notices.json": printed([_told_notice(each) for each in told.notices]),
        "parties.json": printed([_told_party(each) for each in told.parties]),
        "promise.json": printed(_told_terms(told.terms)),
    }


def printed(told: object) -> bytes:
    """JSON in one form that people can read as well."""
    return msgspec.json.format(msgspec.json.encode(told, order="deterministic"), indent=2) + b"\n"


def proof_path(stream: str) -> str:
    """Where the proof of a stream of the market lies: the prefix keeps names from meaning more to a disk."""
    return f"register/{stream.replace('/', '-', 1)}.tlog-proof"


def _policy(order: Order) -> str:
    return (None if order.terms is None else order.terms.policy) or DEFAULT.id


def _terms(order: Order, register: Timeline, settings: Mapping[str, Policy]) -> Terms:
    version = None if order.terms is None else order.terms.policy_version
    promise = subject_of(register)
    assert isinstance(promise, Promise)
    return Terms(_policy(order), version, promise, policy_of(order, settings))


def _pace(order: Order, register: Mapping[str, Timeline]) -> Paced:
    sku = paced_by(order)
    return NO_PACE if sku is None else pace_of(order, subject_of(register[sku]))


def _notices(entries: Sequence[Entry]) -> Iterator[Notice]:
    by_leaf = {each.leaf.hex(): each for each in entries}
    for each in entries:
        if isinstance(each.event, Notified):
            yield Notice(each, each.event, by_leaf.get(each.event.of))


def _parts(entries: Sequence[Entry]) -> dict[str, tuple[Part, ...]]:
    """Who had a part in the order, by name; the ledger itself is no party."""
    found: dict[str, dict[Part, None]] = {}
    for each in entries:
        for name, part in _named(each):
            found.setdefault(name, {})[part] = None
    found.pop(LEDGER, None)
    return {name: tuple(sorted(found[name], key=_ORDER.index)) for name in sorted(found)}


def _named(entry: Entry) -> Iterator[tuple[str, Part]]:
    yield entry.by, "speaker"
    match entry.event:
        case Placed(platform=platform, merchant=merchant):
            yield platform, "platform"
            if merchant is not None:
                yield merchant, "merchant"
        case HopForwarded(to=to):
            yield to, "tier"
        case _:
            pass  # whoever else speaks of an order speaks in an entry of its own


def _spoken_of(event: Event) -> Iterator[str]:
    """Whom a fact names besides its speaker; a word for a role names nobody."""
    for field in _PARTIES:
        name = getattr(event, field, None)
        if name is not None and name not in _ROLES:
            yield name


def _involved(name: str, parts: tuple[Part, ...], register: Timeline) -> Involved:
    party = subject_of(register)
    assert isinstance(party, Party)
    return Involved(name, parts, party, register.entries)


def _told_notice(notice: Notice) -> dict[str, object]:
    entry, event, of = notice
    return {
        "at": entry.at,
        "by": entry.by,
        "channel": event.channel,
        "of": {"leaf": event.of, "seq": of and of.seq, "kind": of and of.kind},
        "recorded": entry.recorded,
        "seq": entry.seq,
        "template": event.template,
    }


def _told_party(each: Involved) -> dict[str, object]:
    return {
        "party": each.name,
        "parts": each.parts,
        "registered": each.party.registered is not None,
        "role": each.party.role,
        "sanctions": [sanction.severity for sanction in each.party.standing],
        "entries": [msgspec.json.decode(raw) for raw in each.entries],
        "proof": proof_path(f"party/{each.name}"),
    }


def _told_terms(terms: Terms) -> dict[str, object]:
    edition = terms.edition
    held = terms.settings if terms.version is None else edition and edition.terms
    return {
        "policy": terms.policy,
        "version": terms.version,
        "from": "settings" if terms.version is None else "published" if edition else None,
        "entry": edition and edition.mark.leaf.hex(),
        "terms": msgspec.to_builtins(held),
        "proof": proof_path(f"policy/{terms.policy}"),
    }


_ORDER: tuple[Part, ...] = ("platform", "merchant", "tier", "speaker")
_PARTIES = ("attributable_to", "decider", "holder", "tier", "to")
_ROLES = ("buyer", LEDGER, "platform", "unknown")

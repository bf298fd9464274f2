"""Who speaks through a key, and whether it may say what it says: its own word, of kinds and orders its own.

The ledger asks the rest under its lock: roles, sanctions, signatures. What history it would take from anybody
is held to the same here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TypeAlias

from msgspec.structs import replace

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import read
from mingdan.ledger.errors import NotFound
from mingdan.ledger.event import KIND_OF, Disavowed, Event, HopForwarded, Placed
from mingdan.ledger.gate.problem import Declined
from mingdan.ledger.intake.statement import PLACE
from mingdan.ledger.keeping.audience import covers
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.market import fold
from mingdan.ledger.market.part import roles_given
from mingdan.ledger.market.party import Party, Role
from mingdan.ledger.market.speaking import RULES as MARKET_RULES
from mingdan.ledger.market.speaking import SPEAKERS, refusal, speakers_of
from mingdan.ledger.stream import is_order

Given: TypeAlias = Mapping[str, frozenset[Role]]  # what an entry makes of those whom it names
_PLACED, _TOLD = "placed", ""  # in the place of an entry: who sells an order has it, whatever is disavowed


class Speaker:
    """The party of a key; no `kinds` are all of its role. `read` gives its entries in the register."""

    def __init__(
        self,
        key: str,
        name: str,
        kinds: tuple[str, ...] = (),
        read: Callable[[], Iterable[Row]] = tuple,
    ) -> None:
        self.key = key
        self.name = name
        self.kinds = kinds
        self.read = read

    @cached_property
    def party(self) -> Party:
        """As it stands in the register, which few facts ask for; reads the ledger."""
        return party_of(self.name, self.read())


def no_order() -> NotFound:
    """What is said of an order that is not there, and of one that is not the speaker's."""
    return NotFound("no such order", next_step=PLACE, pointer="/subject")


def party_of(name: str, rows: Iterable[Row]) -> Party:
    """A party as its entries tell; an empty one where there are none."""
    subject = fold.empty(f"party/{name}")
    for row in rows:
        subject = fold.evolve(subject, read(row.entry, row.kind, row.leaf))
    assert isinstance(subject, Party)
    return subject


def check_word(speaker: Speaker, claim: Claim, now: int) -> None:
    """Whether this key may say a fact of this kind at all, at an instant (ms UTC). Raises Declined."""
    kind = KIND_OF[type(claim.event)]
    if claim.by != speaker.name:
        raise _forbidden("not-its-word", party=speaker.name)
    if not covers(speaker.kinds, kind):
        raise _forbidden("not-of-this-key", kind=kind)
    if claim.basis is None:
        return  # the ledger asks the rest under its lock
    refused = refusal(speaker.party, kind, claim.stream, now, signed=claim.sig is not None)
    if refused is not None:
        raise Declined(
            "forbidden",
            MARKET_RULES[refused.rule],
            rule=refused.rule,
            kind=kind,
            party=speaker.name,
            role=speaker.party.role,
            because=refused.because.hex() or None,
        )


class Chains:
    """Who has which order: those who sell it, and those it was forwarded to; grows with what is told.

    Whose forwarding was disavowed has it no more, and only takes back what it told meanwhile.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self._given: dict[str, dict[str, Given]] = {}  # by stream, and by entry
        self._former: dict[str, set[str]] = {}
        for row in rows:
            if row.kind in _JOINING:
                self._join(row.stream, read(row.entry, row.kind, row.leaf).event, row.leaf.hex())

    def check(self, speaker: Speaker, claim: Claim) -> None:
        """Raises NotFound where there is no order that the speaker may know of, else Declined.

        That there is one under a name is told to those who have or had it, and to who would place another.
        """
        if not is_order(claim.stream):
            return
        given = self._given.get(claim.stream)
        placed = claim.event if isinstance(claim.event, Placed) else None
        if given is None and placed is not None:
            given = {_PLACED: roles_given(replace(placed, tier=None))}  # a tier has what others placed
        if given is None:
            raise no_order()
        own = [each[speaker.name] for each in given.values() if speaker.name in each]
        had = speaker.name in self._former.get(claim.stream, ())
        if not own and not (had and isinstance(claim.event, Disavowed)) and not _judges(speaker, claim.event):
            if placed is None and not had and speaker.party.role != "auditor":
                raise no_order()
            raise _forbidden("not-its-order", **({} if placed is None else {"field": "platform"}))
        _check_history(speaker, claim, frozenset[Role]().union(*own))

    def join(self, claim: Claim) -> None:
        """Who comes by an order by this, once it may be said."""
        if is_order(claim.stream):
            self._join(claim.stream, claim.event)

    def _join(self, stream: str, event: Event, leaf: str = _TOLD) -> None:
        given = self._given.setdefault(stream, {})
        match event:
            case HopForwarded():
                given[leaf] = {**given.get(leaf, {}), **roles_given(event)}
            case Placed():
                given.setdefault(_PLACED, roles_given(event))  # an order is placed once
            case Disavowed(entry=entry) if leaf != _TOLD:
                self._former.setdefault(stream, set()).update(given.pop(entry, {}))
            case _:
                pass  # nobody else comes by an order


def _check_history(speaker: Speaker, claim: Claim, roles: frozenset[Role]) -> None:
    """Raises Declined where a party that nobody registered tells history that is not for its part to tell."""
    kind = KIND_OF[type(claim.event)]
    if claim.basis != "backfill" or not roles or not roles.isdisjoint(speakers_of(kind)):
        return
    if speaker.party.registered is None:
        rule = "not-its-role"
        raise Declined("forbidden", MARKET_RULES[rule], rule=rule, kind=kind, party=speaker.name)


def _judges(speaker: Speaker, event: Event) -> bool:
    """Whether an auditor says this of an order that is not its own."""
    kind = KIND_OF[type(event)]
    group = kind.partition(".")[0]
    return speaker.party.role == "auditor" and "auditor" in SPEAKERS.get(kind, SPEAKERS.get(group, ()))


def _forbidden(rule: str, **evidence: str) -> Declined:
    error = Declined("forbidden", RULES[rule], rule=rule)
    error.evidence |= evidence
    return error


_JOINING = frozenset((KIND_OF[Placed], KIND_OF[HopForwarded], KIND_OF[Disavowed]))
RULES = {
    "not-its-word": "a key speaks for its own party only",
    "not-of-this-key": "this key was not made for facts of this kind",
    "not-its-order": "an order is spoken of by those who sell it, or who have it in hand",
}

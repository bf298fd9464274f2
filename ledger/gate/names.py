"""Under which names a key places an order: that of the order, and those of who sells it.

A name that begins with a party's is for that party to give. Who is registered, or holds a key, is not said to
sell by whoever comes along: such orders would be counted and shown as theirs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import read
from mingdan.ledger.event import KIND_OF, Event, Placed
from mingdan.ledger.fact import NAME
from mingdan.ledger.gate.problem import Declined
from mingdan.ledger.gate.speaker import Speaker
from mingdan.ledger.intake.statement import Statement
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.market.party import Registered

ROLES = ("platform", "merchant", "tier")  # the fields of an order that name who sells it
HELD = ("platform",)  # those in which a key alone protects a party that nobody registered
LONGEST = 64  # characters of a party's name


class Names:
    """The parties that some orders name, as far as they are known here, and what was told of these orders.

    `rows` are of those orders and parties; `keyed` are those that ever held a key, as far as that matters.
    """

    def __init__(self, rows: Iterable[Row], keyed: Collection[str]) -> None:
        self._keyed = keyed
        self._registered: dict[str, bytes] = {}  # the leaf of the entry that says so
        self._placed: dict[str, list[Row]] = {}
        for row in rows:
            if row.kind == REGISTERED:
                self._registered.setdefault(row.stream.partition("/")[2], row.leaf)
            elif row.kind == PLACED:
                self._placed.setdefault(row.stream, []).append(row)

    def check_own(self, speaker: Speaker, claim: Claim, name: str) -> None:
        """Raises Declined where an order is placed under a `name` that is another's to give.

        Whether there is such an order is not told thereby, but to those who sell it.
        """
        if not isinstance(claim.event, Placed) or speaker.name in {party for _, party in self._told(claim)}:
            return
        if (owner := self._owner(name, speaker.name)) is not None:
            raise self._declined("not-its-name", speaker, owner, pointer="/subject")

    def check(self, speaker: Speaker, claim: Claim) -> None:
        """Raises Declined with the rule where an order is said to be sold by whom this speaker may not name.

        What is told again rests on what was recorded then.
        """
        if not isinstance(claim.event, Placed):
            return
        told = self._told(claim)
        for role, party in _sellers(claim.event):
            if party == speaker.name or (role, party) in told:
                continue
            if (rule := self._refusal(speaker, role, party)) is not None:
                raise self._declined(rule, speaker, party, field=role)

    def _told(self, claim: Claim) -> set[tuple[str, str]]:
        """Who sells an order, as it was placed before."""
        rows = self._placed.get(claim.stream, ())
        return {seller for row in rows for seller in _sellers(read(row.entry, row.kind, row.leaf).event)}

    def _owner(self, name: str, speaker: str) -> str | None:
        """The other party whose own this name is; the longest that it begins with decides."""
        return next((each for each in heads(name, speaker) if self._is_known(each)), None)

    def _refusal(self, speaker: Speaker, role: str, party: str) -> str | None:
        """The rule that a speaker breaks by naming another party in this role, or None."""
        if role == "platform":
            free = not self._is_known(party) or speaker.party.registered is not None
            return None if free else "not-its-platform"
        free = party not in self._registered or speaker.party.role == "platform"
        return None if free else "not-its-partner"

    def _is_known(self, party: str) -> bool:
        return party in self._keyed or party in self._registered

    def _declined(
        self, rule: str, speaker: Speaker, party: str, *, pointer: str | None = None, field: str | None = None
    ) -> Declined:
        leaf = self._registered.get(party)
        return Declined(
            "forbidden",
            RULES[rule],
            next_step=_WAYS_OUT[rule].format(party=speaker.name),
            rule=rule,
            kind=PLACED,
            party=speaker.name,
            role=speaker.party.role,
            because=None if leaf is None else leaf.hex(),
            pointer=pointer,
            field=field,
        )


def heads(name: str, speaker: str) -> Iterator[str]:
    """The parties other than the speaker whose own an order's name may be, the longest first."""
    for end in range(min(len(name) - 1, LONGEST), 0, -1):
        if name[end] in "-/" and _PARTY(name[:end]):
            if name[:end] == speaker:
                return
            yield name[:end]


def named_by(speaker: str, told: Statement, roles: Iterable[str] = ROLES) -> set[str]:
    """The parties other than the speaker that a statement names by placing an order, in these roles."""
    if told.kind != PLACED:
        return set()
    sellers = {each for role in roles if isinstance(each := told.data.get(role), str) and _PARTY(each)}
    return sellers - {speaker} | {*heads(told.order or "", speaker)}


def _sellers(told: Event) -> Iterator[tuple[str, str]]:
    """Whom an order names as selling it, each with its role."""
    for role in ROLES:
        party = getattr(told, role, None)
        if party is not None:
            yield role, party


PLACED, REGISTERED = KIND_OF[Placed], KIND_OF[Registered]
RULES = {
    "not-its-name": "an order's name that begins with another party's is for that party to give",
    "not-its-platform": "on a platform that is registered or has a key, itself and registered parties sell",
    "not-its-partner": "a registered merchant or tier is named by its own key, or by a registered platform's",
}
_WAYS_OUT = {
    "not-its-name": "begin the names of your orders with your own: {party}-",
    "not-its-platform": "let it place the order, or let that platform or the operator register your party",
    "not-its-partner": "let it place the order, or let the operator register your party as a platform",
}
_PARTY = re.compile(NAME).fullmatch

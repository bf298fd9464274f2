"""What a key reaches of the market: whom it registers or judges, whose SKUs and terms it has.

A key is not the operator: a party that nobody has registered speaks of its own trade and of no party. The
operator's own word is told on its machine, by `mingdan record`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import read
from mingdan.ledger.event import KIND_OF
from mingdan.ledger.gate.problem import Declined
from mingdan.ledger.gate.speaker import Speaker
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.mark import Mark
from mingdan.ledger.market import fold
from mingdan.ledger.market.incident import Incident
from mingdan.ledger.market.party import Party, Registered
from mingdan.ledger.market.promise import Promise
from mingdan.ledger.market.sku import Listed, Sku
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.stream import is_order


class Reach:
    """What one request reaches. Whose a subject is never changes, so that it may be read before the lock.

    `rows_of` gives a stream's entries, and `keyed` says whether a party holds a key of this intake. `whole`
    is whether all that is told is recorded or nothing: only then may one event rest on another before it.
    """

    def __init__(
        self, rows_of: Callable[[list[str]], Iterable[Row]], keyed: Callable[[str], bool], *, whole: bool
    ) -> None:
        self._rows_of = rows_of
        self._keyed = keyed
        self._whole = whole
        self._begun: set[str] = set()  # by this request

    def check(self, speaker: Speaker, claim: Claim) -> None:
        """Raises Declined with the rule, and the entry `because` where there is one."""
        if claim.stream in self._begun or is_order(claim.stream):
            return  # whose an order is, its own entries say
        subject = self._subject(claim.stream)
        refused = self._refusal(speaker, claim, subject)
        if refused is not None:
            raise _unreached(refused, speaker, claim, subject)
        if self._whole and isinstance(claim.event, Registered | Listed):
            self._begun.add(claim.stream)

    def _refusal(self, speaker: Speaker, claim: Claim, subject: Subject) -> str | None:
        if isinstance(subject, Party):
            return self._of_party(speaker, claim, subject)
        own = speaker.party.registered is not None or _is_its_own(speaker.name, claim, subject)
        return None if own else "unregistered"  # the ledger asks a registered party the rest

    def _of_party(self, speaker: Speaker, claim: Claim, party: Party) -> str | None:
        """The ledger asks the rest: of itself a party tells few kinds, and an auditor judges."""
        own = party.stream == f"party/{speaker.name}"
        registers = isinstance(claim.event, Registered)
        if own and registers:
            return "registers-itself"
        if speaker.party.registered is None:
            return "unregistered"
        if own or party.registrar == speaker.name or (speaker.party.role == "auditor" and not registers):
            return None
        if not registers or party.registered is not None:
            return "not-its-party"
        return "has-a-key" if self._keyed(party.stream.partition("/")[2]) else None

    def _subject(self, stream: str) -> Subject:
        subject = fold.empty(stream)
        for row in self._rows_of([stream]):
            subject = fold.evolve(subject, read(row.entry, row.kind, row.leaf))
        return subject


def _unreached(rule: str, speaker: Speaker, claim: Claim, subject: Subject) -> Declined:
    mark = _first(subject)
    return Declined(
        "forbidden",
        RULES[rule],
        next_step=_WAYS_OUT.get(rule, ""),
        rule=rule,
        kind=KIND_OF[type(claim.event)],
        party=speaker.name,
        role=speaker.party.role,
        because=None if mark is None else mark.leaf.hex(),
    )


def _is_its_own(name: str, claim: Claim, subject: Subject) -> bool:
    """Whether a SKU is listed by this name as its platform; whether it began an exception, or a policy."""
    match subject:
        case Sku(listing=None):
            return isinstance(claim.event, Listed) and claim.event.platform == name
        case Sku(listing=Listed(platform=platform)):
            return platform == name
        case Incident(reporter=reporter):
            return reporter == name
        case Promise(publisher=publisher):
            return publisher == name
        case _:
            return False


def _first(subject: Subject) -> Mark | None:
    """The entry that says whose a subject is."""
    match subject:
        case Party(registered=mark) | Sku(listed=mark) | Incident(reported=mark):
            return mark
        case Promise(editions=(first, *_)):
            return first.mark
        case _:
            return None


RULES = {
    "unregistered": "a key of a party that nobody registered speaks of its own orders and SKUs only",
    "registers-itself": "no party registers itself",
    "not-its-party": "a platform speaks of the parties that it registered",
    "has-a-key": "who holds a key of this intake already is registered by its operator",
}
_WAYS_OUT = {
    "unregistered": "let the operator register your party: `mingdan record` on its machine",
    "registers-itself": "let the operator register your party: `mingdan record` on its machine",
    "has-a-key": "let the operator register it: `mingdan record` on its machine",
}

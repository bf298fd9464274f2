"""A party: who it is, with which keys it speaks, who vouched for it, and what was decided about it.

Long: a party's facts, its state and its rules, to be read as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mingdan.ledger.fact import BUYER, LEDGER, Commitment, Fact, Hash, Id, Label, Millis
from mingdan.ledger.mark import Mark
from mingdan.ledger.market.subject import Subject

Role = Literal["platform", "merchant", "agent", "supplier", "brand", "auditor"]
PublicKey = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\Z")]  # 32 bytes in base64


# facts ------------------------------------------------------------------------------------------------
class Registered(Fact, frozen=True, kw_only=True):
    name: Label
    public: bool = False  # whether the register's page shows the name
    role: Role


class Keyed(Fact, frozen=True, kw_only=True):
    """The party's only key from here on: one before it speaks no more, but signs this as its last word."""

    key: PublicKey


class Qualified(Fact, frozen=True, kw_only=True):
    document: Commitment | None = None
    valid_until: Millis
    verifier: Id


class Lapsed(Fact, frozen=True, kw_only=True):
    pass


class Decision(Fact, frozen=True, kw_only=True):
    """What was decided against a party, on which entries, until when, and until when it may appeal."""

    appeal_by: Millis | None = None
    entries: tuple[Hash, ...] = ()
    reasons: Label
    until: Millis | None = None


class Warned(Decision, frozen=True, kw_only=True):
    pass


class Suspended(Decision, frozen=True, kw_only=True):
    pass


class Blacklisted(Decision, frozen=True, kw_only=True):
    pass


class Expelled(Decision, frozen=True, kw_only=True):
    pass


class Reinstated(Fact, frozen=True, kw_only=True):
    reason: Literal["term_over", "appeal_upheld", "conditions_met", "mistake"]


class Appealed(Fact, frozen=True, kw_only=True):
    statement: Commitment | None = None


Sanctioned = Warned | Suspended | Blacklisted | Expelled
PartyEvent = Registered | Keyed | Qualified | Lapsed | Sanctioned | Reinstated | Appealed
Severity = Literal["warned", "suspended", "blacklisted", "expelled"]
SEVERITIES: dict[type[Sanctioned], Severity] = {
    Warned: "warned",
    Suspended: "suspended",
    Blacklisted: "blacklisted",
    Expelled: "expelled",
}


# state ------------------------------------------------------------------------------------------------
class KeyState(Struct, frozen=True, gc=False):
    """A key from the entry that gave it until the one that replaced it; `given_by` whom, if not the party."""

    key: str
    mark: Mark
    ended: Mark | None = None
    given_by: str | None = None


class Qualification(Struct, frozen=True, gc=False):
    verifier: str
    valid_until: int
    mark: Mark
    lapsed: Mark | None = None


class Sanction(Struct, frozen=True, gc=False):
    """What was decided against a party; it stands until `ended`."""

    severity: Severity
    reasons: str
    entries: tuple[str, ...]
    until: int | None
    appeal_by: int | None
    by: str  # who decided
    mark: Mark
    appealed: Mark | None = None
    ended: Mark | None = None
    ended_by: str | None = None
    ended_why: str | None = None


class Party(Subject, frozen=True, gc=False, kw_only=True):
    name: str | None = None
    role: Role | None = None
    public: bool = False
    registered: Mark | None = None
    registrar: str | None = None  # who registered it
    keys: tuple[KeyState, ...] = ()
    qualification: Qualification | None = None
    sanctions: tuple[Sanction, ...] = ()

    @property
    def key(self) -> str | None:
        """The key it speaks with now."""
        return self.keys[-1].key if self.keys else None

    @property
    def standing(self) -> tuple[Sanction, ...]:
        return tuple(each for each in self.sanctions if each.ended is None)

    @property
    def sanction(self) -> Sanction | None:
        """The gravest decision that stands."""
        return gravest(self.standing)

    def barred(self, now: int) -> Sanction | None:
        """The gravest decision that keeps this party from new business now (ms UTC); a warning does not."""
        in_force = (each for each in self.standing if each.until is None or now < each.until)
        return gravest(each for each in in_force if each.severity != "warned")


def changed(party: Party, event: PartyEvent, by: str, mark: Mark) -> Party:
    """The party after one more fact: total, whatever is told."""
    match event:
        case Registered():
            return party if party.registered is not None else _registered(party, event, by, mark)
        case Keyed(key=key):
            before = tuple(replace(each, ended=each.ended or mark) for each in party.keys)
            other = None if party.stream == f"party/{by}" else by
            return replace(party, keys=(*before, KeyState(key, mark, given_by=other)))
        case Qualified(verifier=verifier, valid_until=until):
            return replace(party, qualification=Qualification(verifier, until, mark))
        case Lapsed():
            had = party.qualification
            if had is None:
                return party
            return replace(party, qualification=replace(had, lapsed=had.lapsed or mark))
        case Reinstated(reason=reason):
            ending = _ending(party, reason, by, mark.begun)
            over = {"ended": mark, "ended_by": by, "ended_why": reason}
            told = (replace(each, **over) if each in ending else each for each in party.sanctions)
            return replace(party, sanctions=tuple(told))
        case Appealed():
            of = _appealable(party, mark.known)
            told = (replace(each, appealed=mark) if each is of else each for each in party.sanctions)
            return replace(party, sanctions=tuple(told))
        case _:
            sanction = Sanction(
                SEVERITIES[type(event)], event.reasons, event.entries, event.until, event.appeal_by, by, mark
            )
            return replace(party, sanctions=(*party.sanctions, sanction))


def _registered(party: Party, event: Registered, by: str, mark: Mark) -> Party:
    told = {"name": event.name, "role": event.role, "public": event.public}
    return replace(party, **told, registered=mark, registrar=by)


def objection(party: Party, event: PartyEvent, by: str, at: int) -> str | None:
    """The rule that a fact of this time (ms UTC) breaks, or None."""
    if party.registered is None:
        if not isinstance(event, Registered):
            return "not-registered"
        return "reserved-name" if party.stream in _RESERVED else None
    sanction = party.sanction
    match event:
        case Registered():
            return "registered-twice"
        case Keyed(key=key):
            return "key-used" if any(each.key == key for each in party.keys) else None
        case Qualified(verifier=verifier, valid_until=until):
            if party.stream == f"party/{verifier}":
                return "verified-by-itself"
            return "over-already" if until <= at else None
        case Lapsed():
            had = party.qualification
            if had is None or had.lapsed is not None:
                return "not-qualified"
            return "not-yet-over" if at <= had.valid_until else None
        case Reinstated(reason=reason):
            if sanction is None:
                return "not-sanctioned"
            return None if _ending(party, reason, by, at) else _UNENDED[reason]
        case Appealed():
            if sanction is None:
                return "not-sanctioned"
            if _appealable(party, at) is not None:
                return None
            return "appealed-already" if all(each.appealed for each in party.standing) else "appeal-late"
        case Warned() | Suspended() | Blacklisted() | Expelled():
            if not event.entries and not isinstance(event, Warned):
                return "sanction-without-evidence"
            ends = (each for each in (event.until, event.appeal_by) if each is not None)
            return "term-past" if min(ends, default=at + 1) <= at else None


def _appealable(party: Party, at: int) -> Sanction | None:
    """Which decision an appeal is of: the gravest that stands, is not appealed yet and can still be."""
    in_time = (each for each in party.standing if each.appeal_by is None or at <= each.appeal_by)
    return gravest(each for each in in_time if each.appealed is None)


def gravest(sanctions: Iterable[Sanction]) -> Sanction | None:
    return max(sanctions, key=lambda each: _GRAVITY[each.severity], default=None)


def _ending(party: Party, reason: str, by: str, at: int) -> list[Sanction]:
    """What a reinstatement ends: a decider's own decisions, or all at the word of who made none of them."""
    found = [each for each in party.sanctions if _ends(each, reason, at)]
    if reason == "term_over" or all(each.by != by for each in party.standing):
        return found
    return [each for each in found if each.by == by]


def _ends(sanction: Sanction, reason: str, at: int) -> bool:
    """Whether a reinstatement ends this decision: a term ends its own, an appeal its own."""
    if sanction.ended is not None:
        return False
    match reason:
        case "term_over":
            return sanction.until is not None and sanction.until <= at
        case "appeal_upheld":
            return sanction.appealed is not None
        case _:
            return True


RULES = {
    "reserved-name": "the ledger's own name and the buyer's are nobody else's",
    "key-used": "a key that was given once is not given again",
    "verified-by-itself": "a party is qualified by another",
    "over-already": "a qualification holds from now on",
    "not-yet-over": "a qualification lapses when its time is over",
    "not-registered": "a party is registered before anything else is told of it",
    "registered-twice": "a party is registered once",
    "not-qualified": "only a qualification lapses, and once",
    "not-sanctioned": "only a decision that stands is appealed or ended",
    "term-not-over": "a decision ends with its term when that is over",
    "not-appealed": "an appeal is upheld after it was made",
    "appeal-late": "an appeal comes within its term",
    "appealed-already": "a decision is appealed once",
    "term-past": "a decision holds, and is appealed, from now on",
    "sanction-without-evidence": "more than a warning names the entries it rests on",
}
_RESERVED = (f"party/{LEDGER}", f"party/{BUYER}")
_UNENDED = {"term_over": "term-not-over", "appeal_upheld": "not-appealed"}
_GRAVITY: dict[Severity, int] = {"warned": 0, "suspended": 1, "blacklisted": 2, "expelled": 3}

"""Who may say what: which roles speak of which kinds, and whom nothing new is taken in from.

A name that is not registered speaks with the operator's word, but decides nothing about others; in an order
it is held to what its part in it may say (`part`).
"""

from __future__ import annotations

from typing import NamedTuple

from mingdan.ledger.fact import LEDGER
from mingdan.ledger.market.party import Party, Reinstated, Role, gravest


class Refusal(NamedTuple):
    """The rule that a party breaks by speaking, and the leaf hash of the entry that says so, or b""."""

    rule: str
    because: bytes


def refusal(speaker: Party, kind: str, stream: str, now: int, *, signed: bool = False) -> Refusal | None:
    """Why this party may not say a fact of this kind of this stream at an instant (ms UTC), or None.

    `signed` is whether it is said in the party's own hand, which is checked elsewhere.
    """
    own = stream == speaker.stream
    if kind in _OF_ITSELF or kind in _OF_OTHERS:
        refused = _about_parties(speaker, kind, own=own, signed=signed)
        if refused is not None:
            return refused
    if speaker.registered is None or speaker.role is None:
        return None  # as most are
    if speaker.role not in speakers_of(kind):
        return Refusal("not-its-role", speaker.registered.leaf)
    settles = kind in SETTLING and (own or kind != _KEYED)
    return None if settles else shut_out(speaker, now)


def speakers_of(kind: str) -> frozenset[Role]:
    """The roles that speak of a kind: its own line comes before that of its group."""
    return SPEAKERS.get(kind, SPEAKERS[kind.partition(".")[0]])


def _about_parties(speaker: Party, kind: str, *, own: bool, signed: bool) -> Refusal | None:
    """What a party says of itself only, and of others only; the ledger itself ends what is over by time."""
    because = b"" if speaker.registered is None else speaker.registered.leaf
    if kind in _OF_OTHERS:
        if own:
            return Refusal("own-judge", because)
        known = speaker.registered is not None or speaker.stream == f"party/{LEDGER}"
        return None if known else Refusal("unregistered-judge", b"")
    if not own:
        resets = kind == _KEYED and speaker.role == "platform"
        return None if resets else Refusal("not-itself", because)
    if kind == _KEYED and speaker.keys and not signed:
        return Refusal("unsigned-rotation", speaker.keys[-1].mark.leaf)
    return None


def ends_another(party: Party, event: Reinstated, speaker: Party) -> Refusal | None:
    """Why a party may not end what stands against another: neither did it decide that, nor is it an auditor.

    An auditor that decided something itself ends that alone. The ledger itself ends what is over by time, and
    so may whoever tells of that.
    """
    by = speaker.stream.partition("/")[2]
    decided = any(each.by == by for each in party.standing)
    free = not decided and (speaker.role == "auditor" or by == LEDGER)
    if free or event.reason == "term_over" or not party.standing:
        return None
    asked = party.standing
    if event.reason == "appeal_upheld":
        asked = tuple(each for each in party.standing if each.appealed is not None) or party.standing
    if any(each.by == by for each in asked):
        return None
    first = gravest(asked)
    assert first is not None
    return Refusal("not-its-decision", first.mark.leaf)


def shut_out(party: Party, now: int) -> Refusal | None:
    """Why no new business is taken in with this party at an instant (ms UTC), or None."""
    if not party.sanctions and party.qualification is None:
        return None
    barred, qualified = party.barred(now), party.qualification
    if barred is not None:
        return Refusal("barred", barred.mark.leaf)
    if qualified is None:
        return None
    if qualified.lapsed is not None:
        return Refusal("lapsed", qualified.lapsed.leaf)
    return Refusal("lapsed", qualified.mark.leaf) if now > qualified.valid_until else None


TIERS = frozenset[Role](("agent", "supplier", "brand"))  # which of them, an order does not say
_ALL = TIERS | frozenset[Role](("platform", "merchant"))
_SELLERS = frozenset[Role](("platform", "merchant"))
_PLATFORM = frozenset[Role](("platform",))
_JUDGES = frozenset[Role](("platform", "auditor"))

SPEAKERS: dict[str, frozenset[Role]] = {
    "order": _SELLERS,
    "order.noted": _ALL | _JUDGES,
    "order.disavowed": _ALL,
    "recipient": _ALL,
    "stock": _ALL,
    "risk": _SELLERS,
    "batch": _ALL,
    "hop": _ALL,
    "activation": _ALL,
    "delivery": _ALL,
    "promise": _SELLERS,
    "refund": _SELLERS,
    "care": _ALL,
    "dispute": _SELLERS,
    "dispute.evidence": _ALL | _JUDGES,
    "dispute.decided": _JUDGES,
    "sku": _ALL,
    "sku.intake_refused": _SELLERS,
    "exception": _ALL,
    "exception.resolved": _ALL | {"auditor"},
    "party": _JUDGES,
    "party.registered": _PLATFORM,
    "party.keyed": _ALL | _JUDGES,
    "party.appealed": _ALL | _JUDGES,
    "policy": _PLATFORM,
}

# What settles is taken in from anybody: a party that is barred still owes what it took on.
SETTLING = frozenset(
    (
        "order.paid",
        "order.paid_late",
        "order.cancelled",
        "order.disavowed",
        "stock.short",
        "hop.uncertain",
        "hop.queried",
        "delivery.reversed",
        "promise.compensated",
        "refund.requested",
        "care.nudged",
        "care.closed",
        "dispute.appealed",
        "dispute.opened",
        "exception.acknowledged",
        "exception.resolved",
        "party.keyed",
        "activation.started",
        "activation.succeeded",
        "activation.failed",
        "activation.relayed",
        "hop.accepted",
        "hop.rejected",
        "delivery.delivered",
        "refund.approved",
        "refund.refused",
        "refund.paid",
        "care.located",
        "care.offered",
        "care.notified",
        "dispute.evidence",
        "exception.reported",
        "party.appealed",
    )
)
_KEYED = "party.keyed"
_OF_ITSELF = frozenset((_KEYED, "party.appealed"))
_OF_OTHERS = frozenset(
    (
        "party.qualified",
        "party.warned",
        "party.suspended",
        "party.blacklisted",
        "party.expelled",
        "party.reinstated",
    )
)

RULES = {
    "not-its-role": "each role speaks of its own part of the market only",
    "not-itself": "a party gives its own keys, or a platform does where one was lost, and appeals for itself",
    "unsigned-rotation": "a party replaces its key by a fact signed with it",
    "own-judge": "nobody decides about itself",
    "not-its-decision": "a decision is ended by who made it, by an auditor who made none, or by its term",
    "unregistered-judge": "who decides about others is registered",
    "barred": "nothing new is taken in from a party that is suspended, blacklisted or expelled",
    "lapsed": "nothing new is taken in from a party whose qualification has lapsed",
}
WAYS_OUT = {
    "unsigned-rotation": "sign it with `mingdan sign --key …`; if it is lost, a platform gives another",
    "unregistered-judge": "register who decides, as a platform or an auditor: party.registered",
    "not-its-decision": "let who decided it end it, or a registered auditor that decided nothing itself",
}

"""Whether a live fact of the market may be recorded, and who may speak at all: pure, refusing by raising."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import available_timezones

from msgspec.structs import replace

from mingdan.ledger import decide as orders
from mingdan.ledger.claim import Claim
from mingdan.ledger.decide import check_past
from mingdan.ledger.errors import IllegalTransition, MalformedEntry
from mingdan.ledger.event import KIND_OF, DisputeDecided, HopForwarded, Placed, of_order
from mingdan.ledger.hops import hop_of
from mingdan.ledger.mark import Mark
from mingdan.ledger.market import fold, part, reach, speaking
from mingdan.ledger.market.compensation import check_expression
from mingdan.ledger.market.guard import is_sold_elsewhere
from mingdan.ledger.market.incident import Incident, Resolved
from mingdan.ledger.market.obstacle import barrier, obstacle
from mingdan.ledger.market.party import Party, Reinstated
from mingdan.ledger.market.promise import Promise, Published
from mingdan.ledger.market.reach import above
from mingdan.ledger.market.sku import Mapped, Sku
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.obstacle import Obstacle
from mingdan.ledger.order import Order

Parties = Callable[[str], Party]  # a party by its name; an empty one where the name is not registered
Skus = Callable[[str], Sku]  # likewise


def check_claim(subject: Subject, claim: Claim, *, at: int, now: int) -> None:
    """A fact of a party, a SKU, an exception or a policy. Raises IllegalTransition, TimeRefused."""
    check_past(at=at, now=now)
    if isinstance(claim.event, Published):
        _check_terms(claim.event)
    rule = _register_objection(subject, claim, fold.judged_at(claim.event, Mark(at, now, b"")))
    if rule is not None:
        way = obstacle(subject, claim.by, rule)
        raise IllegalTransition(
            fold.RULES[rule],
            next_step="see its entries with `mingdan show`",
            rule=rule,
            stream=claim.stream,
            because=(way.because or subject.leaf).hex() or None,
            **way.evidence,
        )


def _register_objection(subject: Subject, claim: Claim, at: int) -> str | None:
    if claim.basis == "backfill":
        return "not-imported"  # or terms, sanctions and stock could be told into the past
    return fold.objection(subject, claim.event, claim.by, at)


def check_chain(claim: Claim, skus: Skus) -> None:
    """Raises IllegalTransition where a SKU would be supplied, tier by tier, from itself."""
    if not isinstance(claim.event, Mapped):
        return
    own, chain = claim.stream.partition("/")[2], [*above(claim.event.to, skus)]
    if own in chain:
        raise IllegalTransition(
            reach.RULES["mapped-in-a-circle"],
            next_step="map the SKU of the last tier anew first: `mingdan show sku/…` says what it maps to",
            rule="mapped-in-a-circle",
            stream=claim.stream,
            circle=" → ".join([own, *chain[: chain.index(own) + 1]]),
            because=skus(chain[chain.index(own) - 1]).leaf.hex() or None,
        )


def check_publisher(promise: Promise, claim: Claim, parties: Parties) -> None:
    """Raises IllegalTransition where a version is published by another than who published the first."""
    first = promise.publisher
    if first is None or claim.by == first:
        return
    known = parties(first)
    if known.role in (None, "platform") or claim.by != known.registrar:
        raise IllegalTransition(
            part.RULES["not-its-policy"],
            next_step="publish a policy of another id",
            rule="not-its-policy",
            stream=claim.stream,
            publisher=first,
            because=promise.editions[0].mark.leaf.hex(),
        )


def check_end(incident: Incident, claim: Claim, parties: Parties, skus: Skus) -> None:
    """Raises IllegalTransition where an exception is ended by another than whose it is to end."""
    if not isinstance(claim.event, Resolved) or incident.report is None or claim.by == incident.reporter:
        return
    own = all(reach.lists(claim.by, skus(name)) for name in incident.report.scope)
    if own or parties(claim.by).role == "auditor":
        return
    raise IllegalTransition(
        reach.RULES["not-its-exception"],
        next_step="let who reported it end it, or who lists all that it names, or a registered auditor",
        rule="not-its-exception",
        stream=claim.stream,
        reporter=incident.reporter,
        because=None if incident.reported is None else incident.reported.leaf.hex(),
    )


def check_part(order: Order, claim: Claim, parties: Parties) -> None:
    """Raises IllegalTransition for a party without a part in what it tells of the order, or for no judge."""
    check_role(order, claim, parties)
    event, speaker = claim.event, parties(claim.by)
    assert of_order(event)
    known = speaker.role is not None or bool(part.roles_in(order, event, claim.by))
    if known and part.is_outsider(order, event, claim.by, speaker.role):
        raise _without_part("no-part", order, claim, speaker, claim.by)
    if isinstance(event, DisputeDecided):
        decider = parties(event.decider)
        if not part.may_judge(order, event, decider.role):
            raise _without_part("no-judge", order, claim, decider, event.decider)
        if not part.may_tell_ruling(order, event, claim.by, speaker.role):
            raise _without_part("not-its-ruling", order, claim, speaker, claim.by)


def check_role(order: Order, claim: Claim, parties: Parties) -> None:
    """Raises IllegalTransition for a name that is not registered and tells what none in its part may."""
    event, speaker = claim.event, parties(claim.by)
    assert of_order(event)
    if speaker.role is None and part.is_out_of_part(order, event, claim.by):
        raise _without_part("not-its-role", order, claim, speaker, claim.by)


def check_imported(order: Order, claim: Claim, parties: Parties, skus: Skus, at: int) -> None:
    """Raises IllegalTransition for history of an order that this ledger would have been told live.

    It is none where the ledger kept the SKU by then, or where a party was barred from such business.
    """
    placed = claim.event
    if claim.basis != "backfill" or not isinstance(placed, Placed):
        return
    sku = None if placed.sku is None else skus(placed.sku)
    listed = None if sku is None or is_sold_elsewhere(sku, placed) else sku.listed
    if listed is not None and at > listed.known:
        raise orders.refused("not-history", order, claim, Obstacle(listed.leaf))
    for name in (claim.by, *_dealt_with(claim)):
        party = parties(name)
        barred = replace(
            party, sanctions=tuple(each for each in party.sanctions if each.mark.known < at)
        ).barred(at)
        if barred is not None:
            raise _shut_out(speaking.Refusal("barred", barred.mark.leaf), party, claim, at)


def _without_part(rule: str, order: Order, claim: Claim, party: Party, name: str) -> IllegalTransition:
    """The refusal of a party: because of the entry that says whose the order is, or that sent it to it."""
    hop = hop_of(order, name) if rule == "not-its-role" else None
    because = order.placed if hop is None else hop.mark
    return IllegalTransition(
        (part.RULES | speaking.RULES)[rule],
        next_step=_WAYS_OUT[rule],
        rule=rule,
        party=name,
        role=party.role,
        kind=KIND_OF[type(claim.event)],
        stream=claim.stream,
        because=None if because is None else because.leaf.hex(),
    )


def _check_terms(terms: Published) -> None:
    """Raises MalformedEntry for a compensation that nobody could reckon, or a zone that nobody knows."""
    if terms.compensation is not None:
        check_expression(terms.compensation)
    if terms.zone not in available_timezones():
        raise MalformedEntry(
            "this is no zone of the tz database", next_step="name one like Asia/Shanghai", zone=terms.zone
        )


def check_speaker(claim: Claim, parties: Parties, now: int) -> None:
    """Raises IllegalTransition with the entry that keeps a party from saying this, or from new business."""
    speaker = parties(claim.by)
    kind = KIND_OF[type(claim.event)]
    refused = speaking.refusal(speaker, kind, claim.stream, now, signed=claim.sig is not None)
    if refused is None and isinstance(claim.event, Reinstated):
        refused = speaking.ends_another(parties(claim.stream.partition("/")[2]), claim.event, speaker)
    if refused is None:
        for name in _dealt_with(claim):
            refused = speaking.shut_out(parties(name), now)
            if refused is not None:
                speaker = parties(name)
                break
    if refused is not None:
        raise _shut_out(refused, speaker, claim, now)


def _shut_out(refused: speaking.Refusal, party: Party, claim: Claim, now: int) -> IllegalTransition:
    return IllegalTransition(
        speaking.RULES[refused.rule],
        next_step=speaking.WAYS_OUT.get(refused.rule, "see the register: `mingdan show party/…`"),
        rule=refused.rule,
        party=party.stream.partition("/")[2],
        role=party.role,
        kind=KIND_OF[type(claim.event)],
        because=refused.because.hex() or None,
        **barrier(party, refused.rule, now).evidence,
    )


def _dealt_with(claim: Claim) -> Iterator[str]:
    """Whom a fact takes on new business with."""
    event = claim.event
    if isinstance(event, Placed):
        yield from (name for name in (event.platform, event.merchant, event.tier) if name is not None)
    elif isinstance(event, HopForwarded):
        yield event.to


_WAYS_OUT = {
    "no-part": "let the order's platform, its merchant or a tier that it was forwarded to tell it",
    "no-judge": "name the order's platform as `decider`, or escalate the dispute to a registered auditor",
    "not-its-role": "let the order's platform tell it, or its merchant what it does itself",
    "not-its-ruling": "let the order's platform tell it, or the judge that the dispute was escalated to",
}

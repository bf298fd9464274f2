"""Whether a live fact of the market may be recorded, and who may speak at all: pure, refusing by raising."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mingdan.ledger.claim import Claim
from mingdan.ledger.decide import check_past
from mingdan.ledger.errors import IllegalTransition
from mingdan.ledger.event import KIND_OF, HopForwarded, Placed
from mingdan.ledger.mark import Mark
from mingdan.ledger.market import fold, speaking
from mingdan.ledger.market.compensation import check_expression
from mingdan.ledger.market.party import Party
from mingdan.ledger.market.promise import Published
from mingdan.ledger.market.subject import Subject

Parties = Callable[[str], Party]  # a party by its name; an empty one where the name is not registered


def check_claim(subject: Subject, claim: Claim, *, at: int, now: int) -> None:
    """A fact of a party, a SKU, an exception or a policy. Raises IllegalTransition, TimeRefused."""
    check_past(at=at, now=now)
    if isinstance(claim.event, Published) and claim.event.compensation is not None:
        check_expression(claim.event.compensation)
    when = Mark(at, now, b"", backfill=claim.basis == "backfill").effective
    rule = fold.objection(subject, claim.event, claim.by, when)
    if rule is not None:
        raise IllegalTransition(
            fold.RULES[rule],
            next_step="see its entries with `mingdan show`",
            rule=rule,
            stream=claim.stream,
            because=subject.leaf.hex() or None,
        )


def check_speaker(claim: Claim, parties: Parties, now: int) -> None:
    """Raises IllegalTransition with the entry that keeps a party from saying this, or from new business."""
    speaker = parties(claim.by)
    kind = KIND_OF[type(claim.event)]
    refused = speaking.refusal(speaker, kind, claim.stream, now)
    if refused is None:
        for name in _dealt_with(claim):
            refused = speaking.shut_out(parties(name), now)
            if refused is not None:
                speaker = parties(name)
                break
    if refused is not None:
        raise IllegalTransition(
            speaking.RULES[refused.rule],
            next_step="see the register: `mingdan show party/…`",
            rule=refused.rule,
            party=speaker.stream.partition("/")[2],
            role=speaker.role,
            kind=kind,
            because=refused.because.hex() or None,
        )


def _dealt_with(claim: Claim) -> Iterator[str]:
    """Whom a fact takes on new business with."""
    event = claim.event
    if isinstance(event, Placed):
        yield from (name for name in (event.platform, event.merchant, event.tier) if name is not None)
    elif isinstance(event, HopForwarded):
        yield event.to

"""Which entries a fact names: what is disavowed, what an answer rests on, what a decision is founded on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mingdan.ledger import rules
from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import IllegalTransition, NotFound
from mingdan.ledger.event import KIND_OF, Disavowed, Event, HopUncertain, Located, Notified
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.market.party import Blacklisted, Expelled, Suspended, Warned


def named(event: Event) -> Iterator[tuple[str, str]]:
    """Each field that names an entry, with its leaf hash (hex)."""
    match event:
        case Disavowed(entry=entry, corrected_by=corrected):
            yield "entry", entry
            if corrected is not None:
                yield "corrected_by", corrected
        case Located(entries=entries):
            yield from (("entries", leaf) for leaf in entries)
        case Notified(of=of):
            yield "of", of
        case Warned() | Suspended() | Blacklisted() | Expelled():
            yield from (("entries", leaf) for leaf in event.entries)
        case _:
            pass  # all others name none, or what they name need not be there


def check_named(claim: Claim, there: Mapping[bytes, tuple[str, str]], *, history: bool = False) -> None:
    """Raises NotFound unless the entries that a claim names are `there`, each with who told it and its kind.

    Nobody takes back what another told: else IllegalTransition. `history` names what it names.
    """
    if history and not isinstance(claim.event, Disavowed):
        return
    for field, leaf in named(claim.event):
        if bytes.fromhex(leaf) not in there:
            raise NotFound(
                "an entry that is named is not there, or is not of this order",
                next_step="give the leaf hash from the receipt of that entry",
                rule="no-entry",
                stream=claim.stream,
                **{field: leaf},
            )
        if field == "entry" and claim.basis != "backfill":
            _check_retraction(claim, leaf, *there[bytes.fromhex(leaf)])


def _check_retraction(claim: Claim, leaf: str, told_by: str, kind: str) -> None:
    """Who told a fact takes it back, or the ledger; but a doubt ends with an answer alone (I10)."""
    rule = "hop-uncertain" if kind == KIND_OF[HopUncertain] else "not-its-word"
    if rule == "hop-uncertain" or claim.by not in (told_by, LEDGER):
        raise IllegalTransition(
            rules.RULES[rule],
            next_step="let whoever told it take it back, or tell what is so as a fact of your own",
            rule=rule,
            stream=claim.stream,
            because=leaf,
        )


def is_of_its_order(event: Event) -> bool:
    """Whether what a fact names is of the order that it is told of.

    A decision rests on entries of any stream, and the notice of an exception on where that was reported.
    """
    return isinstance(event, Disavowed | Located) or (isinstance(event, Notified) and event.about is None)


RULES = {"no-entry": "an entry that is named is there, in a stream that such a fact may name"}

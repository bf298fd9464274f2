"""Which entries a fact names: what is disavowed, what an answer rests on, what a decision is founded on."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import NotFound
from mingdan.ledger.event import Disavowed, Event, Located
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
        case Warned() | Suspended() | Blacklisted() | Expelled():
            yield from (("entries", leaf) for leaf in event.entries)
        case _:
            pass  # all others name none, or what they name need not be there


def check_named(claim: Claim, there: Collection[bytes]) -> None:
    """Raises NotFound unless the entries that a claim names are `there`; history names what it names."""
    if claim.basis is not None and not isinstance(claim.event, Disavowed):
        return
    for field, leaf in named(claim.event):
        if bytes.fromhex(leaf) not in there:
            raise NotFound(
                "an entry that is named is not there, or is not of this order",
                next_step="give the leaf hash from the receipt of that entry",
                stream=claim.stream,
                **{field: leaf},
            )


OF_ITS_ORDER = frozenset[type[Event]]((Disavowed, Located))  # a decision rests on entries of any stream

"""Which entries a fact names: what is disavowed, what an answer rests on, what a decision is founded on."""

from __future__ import annotations

from collections.abc import Iterator

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


OF_ITS_ORDER = frozenset[type[Event]]((Disavowed, Located))  # a decision rests on entries of any stream

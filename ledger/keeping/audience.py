"""Whom a key or a webhook is for: a party, and the kinds of facts it is narrowed to; none are all kinds."""

from __future__ import annotations

import re
from collections.abc import Collection

from mingdan.ledger.errors import Misuse
from mingdan.ledger.event import KINDS
from mingdan.ledger.fact import BUYER, LEDGER, NAME


def check_party(party: str) -> None:
    """Raises Misuse for what is no party's name."""
    if re.fullmatch(NAME, party) is None or party in (LEDGER, BUYER):
        raise Misuse("no party has such a name", next_step="give the id it is registered by", party=party)


def narrowed(kinds: Collection[str]) -> tuple[str, ...]:
    """Kinds and groups of kinds, each once. Raises Misuse for what is neither."""
    for kind in kinds:
        if kind not in KINDS and kind not in _GROUPS:
            raise Misuse(
                "no such kind of event", next_step="give kinds or groups of docs/events.md", kind=kind
            )
    return tuple(sorted(set(kinds)))


def covers(kinds: Collection[str], kind: str) -> bool:
    """Whether a fact of this kind is among these, by itself or by its group."""
    return not kinds or kind in kinds or kind.partition(".")[0] in kinds


_GROUPS = frozenset(kind.partition(".")[0] for kind in KINDS) - {"log"}

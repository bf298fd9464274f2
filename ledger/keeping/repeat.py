"""Whether a claim under a key that is known already says what was recorded: a repeat, or another fact.

The claim is compared with the stored entry, so that no digest of private words is kept anywhere.
"""

from __future__ import annotations

from msgspec.structs import replace

from mingdan.ledger.claim import Claim
from mingdan.ledger.commitment import committed
from mingdan.ledger.entry import Entry
from mingdan.ledger.event import PRIVATE, Event, HopQueried, HopUncertain, Paid, PaidLate, Placed


def says_the_same(claim: Claim, entry: Entry) -> bool:
    """Whether an entry is what this claim becomes, its private words aside.

    `decide` may have made it late, or fixed its due time; the version of its terms is the ledger's to say,
    and so are the policy and the form of a placing that names none, and the hop that a reference is of.
    """
    claimed, stored = claim.event, entry.event
    if isinstance(claimed, Paid) and isinstance(stored, PaidLate):
        claimed = PaidLate(after=stored.after, amount=claimed.amount)
    if hasattr(claimed, "due_at") and hasattr(stored, "due_at") and claimed.due_at is None:
        stored = replace(stored, due_at=None)
    if isinstance(claimed, Placed) and isinstance(stored, Placed):
        unsaid = [name for name in ("form", "policy") if getattr(claimed, name) is None]
        claimed = replace(claimed, policy_version=None)
        stored = replace(stored, policy_version=None, **dict.fromkeys(unsaid))
    if isinstance(claimed, _POINTED) and isinstance(stored, _POINTED) and claimed.of is None:
        stored = replace(stored, of=None)
    return (
        _wordless(claimed) == _wordless(stored)
        and claim.by == entry.by
        and claim.basis == entry.basis
        and claim.learned == entry.learned
        and claim.at in (None, entry.at)
    )


def in_the_same_words(claim: Claim, entry: Entry, secret: bytes | None) -> bool:
    """Whether an entry commits to this claim's words; once the secret is gone, to words of these fields."""
    fields = PRIVATE.get(type(entry.event), ())
    if secret is None:
        told = {name for name in fields if name in claim.private or getattr(claim.event, name) is not None}
        return told == {name for name in fields if getattr(entry.event, name) is not None}
    spoken = committed(claim.event, claim.private, secret, entry.seq)
    return all(getattr(spoken, name) == getattr(entry.event, name) for name in fields)


def _wordless(event: Event) -> Event:
    fields = PRIVATE.get(type(event))
    return event if fields is None else replace(event, **dict.fromkeys(fields))


_POINTED = HopUncertain | HopQueried

RULES = {"key-reused": "an idempotency key stands for one fact, which may be sent again"}

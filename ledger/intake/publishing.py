"""A proposal becomes the next version of its policy, told by a party through the book, or is only tried."""

from __future__ import annotations

import re
from typing import NamedTuple

from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import MingdanError, Misuse, NotFound
from mingdan.ledger.fact import LEDGER, NAME
from mingdan.ledger.intake.terms_file import Proposal
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.terms import Terms
from mingdan.ledger.market.amendment import alike
from mingdan.ledger.market.decide import check_claim, check_publisher, check_speaker
from mingdan.ledger.market.party import Party
from mingdan.ledger.market.promise import Edition, Promise, Published

OPERATOR = "operator"  # who speaks unless a party is named


class Outcome(NamedTuple):
    """A version and the one before it; no receipt where it was only tried, or was published before."""

    policy: str
    terms: Published
    before: Published | None
    receipt: Receipt | None = None
    unchanged: bool = False


def promise_in(store: Store, policy: str) -> Promise:
    """The versions of a policy; none where it was never published."""
    promise = Terms(store, {}).subject(f"policy/{policy}")
    assert isinstance(promise, Promise)
    return promise


def edition_of(promise: Promise, version: int | None) -> Edition:
    """A version by its number, else the newest. Raises NotFound."""
    found = promise.editions[-1:] if version is None else [promise.edition(version)]
    if not found or found[0] is None:
        raise NotFound(
            "no such version was published",
            next_step="publish it with `mingdan policy publish`, or see `mingdan show policy/…`",
            policy=promise.stream.partition("/")[2],
            version=version,
        )
    return found[0]


def publish(book: Book, proposal: Proposal, by: str) -> Outcome:
    """Records the proposal as the next version, unless the newest one promises the very same.

    Raises IllegalTransition with the rule where it would move what was promised, or its party may not say it.
    """
    now = book.clock()
    outcome, claim = _drafted(book.store, proposal, by, now)
    if outcome.unchanged:
        return outcome
    try:
        return outcome._replace(receipt=book.record([claim])[0])
    except MingdanError as error:
        error.evidence.pop("statement", None)  # there is but one, and nobody numbered it
        raise


def try_out(store: Store, proposal: Proposal, by: str, now: int) -> Outcome:
    """What publishing it at an instant (ms UTC) would come to; it raises the same, and records nothing."""
    outcome, claim = _drafted(store, proposal, by, now)
    if not outcome.unchanged:
        promise = promise_in(store, proposal.policy)
        check_speaker(claim, lambda name: _party(store, name), now)
        check_claim(promise, claim, at=now, now=now)
        check_publisher(promise, claim, lambda name: _party(store, name))
    return outcome


def _drafted(store: Store, proposal: Proposal, by: str, now: int) -> tuple[Outcome, Claim]:
    if by == LEDGER or re.fullmatch(NAME, by) is None:
        raise Misuse("no party has such a name", next_step="give --by the id of a party", by=by)
    promise = promise_in(store, proposal.policy)
    last = promise.editions[-1].terms if promise.editions else None
    terms = proposal.published(1 if last is None else last.version + 1, now)
    claim = Claim(stream=promise.stream, by=by, event=terms, at=now)
    if last is not None and _said(proposal, last):
        return Outcome(proposal.policy, last, _before(promise, last), unchanged=True), claim
    return Outcome(proposal.policy, terms, last), claim


def _said(proposal: Proposal, last: Published) -> bool:
    """Whether the newest version is what this proposal came to: to publish it again is no mistake."""
    return (
        alike(proposal.terms, last)
        and proposal.version in (None, last.version)
        and proposal.since in (None, last.since)
    )


def _before(promise: Promise, terms: Published) -> Published | None:
    edition = promise.edition(terms.version - 1)
    return None if edition is None else edition.terms


def _party(store: Store, name: str) -> Party:
    party = Terms(store, {}).subject(f"party/{name}")
    assert isinstance(party, Party)
    return party

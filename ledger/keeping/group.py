"""Submissions taken together in one transaction, each of them whole or not at all.

What becomes of each is what would become of it in a transaction of its own after those before it: one that is
refused leaves nothing that another could stand on, but an order too many is noted at its SKU.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import IntakeRefused, MingdanError
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.keeping.draft import Draft, Receipt
from mingdan.ledger.keeping.ground import Ground
from mingdan.ledger.keeping.vault import NewOrder
from mingdan.ledger.market.sku import IntakeRefused as IntakeNoted
from mingdan.ledger.market.sku import Reason


class Submission(NamedTuple):
    """Claims that are recorded together or not at all, and the orders that they open."""

    claims: Sequence[Claim]
    new: Sequence[NewOrder] = ()


Outcome: TypeAlias = list[Receipt] | MingdanError


def add_each(draft: Draft, submissions: Sequence[Submission]) -> list[Outcome]:
    """The receipts of each submission, or why it was refused; its error names the claim, from 1."""
    return [_added(draft, each) for each in submissions]


def _added(draft: Draft, told: Submission) -> Outcome:
    standing = _Standing(draft)
    _open(draft.ground, told.new)
    try:
        receipts = draft.add_all(told.claims)
    except IntakeRefused as error:
        standing.put_back(draft)
        _note(draft, error)
        return error
    except MingdanError as error:
        standing.put_back(draft)
        return error
    standing.build_on(draft)
    return receipts


def _open(ground: Ground, new: Sequence[NewOrder]) -> None:
    """Lets a submission open its orders; what is open already keeps its secret."""
    for order in new:
        ground.opening.setdefault(order.stream, order)
        if order.secret is not None:
            ground.secrets.setdefault(order.stream, order.secret)


def _note(draft: Draft, error: IntakeRefused) -> None:
    """Notes at a SKU that its supply did not carry an order."""
    reason, qty = cast("Reason", error.evidence["rule"]), cast("int", error.evidence["qty"])
    noted = IntakeNoted(qty=qty, reason=reason)
    standing = _Standing(draft)
    draft.add(Claim(stream=f"sku/{error.evidence['sku']}", by=LEDGER, event=noted))
    standing.build_on(draft)


class _Standing:
    """How a draft stands before a submission; what is copied is no larger than the transaction."""

    def __init__(self, draft: Draft) -> None:
        self.rows, self.words = len(draft.rows), len(draft.words)
        self.opening = draft.ground.opening.copy()
        self.maps = [each.copy() for each in _maps(draft)]

    def put_back(self, draft: Draft) -> None:
        """Takes back all that was added since."""
        for row in draft.rows[self.rows :]:
            draft.ground.leaves.get(row.stream, {}).pop(row.leaf, None)
        del draft.rows[self.rows :], draft.words[self.words :]
        for changed, before in zip(_maps(draft), self.maps, strict=True):
            changed.clear()
            changed.update(before)

    def build_on(self, draft: Draft) -> None:
        """Lets the next submission stand on what was added, as if that had been committed."""
        ground = draft.ground
        for row in draft.rows[self.rows :]:
            ground.known[row.stream] = ground.states[row.stream]
        for stream in ground.opening.keys() - self.opening.keys() - draft.seqs.keys():
            del ground.opening[stream]  # a repeated claim opens no order
        draft.renamed.clear()


def _maps(draft: Draft) -> Iterator[dict[Any, Any]]:
    """What adding changes, in place: draft and ground hold the same ones."""
    ground = draft.ground
    yield from (draft.renamed, draft.seqs, ground.opening, ground.secrets, ground.states)
    yield from (ground.moved, ground.repeats, ground.hands, ground.once.places)

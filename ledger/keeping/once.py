"""Words that are said once in the whole ledger: goods that were delivered, payments that were taken (I2).

Commitments are made apart for each order, so only the vault can tell that two are of the same words.
"""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.ledger.claim import Claim
from mingdan.ledger.decide import refused
from mingdan.ledger.event import Delivered, Event, Paid, PaidLate
from mingdan.ledger.order import Order

Said = tuple[str, str]  # a private field and its words


def once_said(claim: Claim) -> Iterator[Said]:
    """What a live fact says that must not have been said before."""
    field = _FIELDS.get(type(claim.event))
    if field is not None and claim.basis is None and field in claim.private:
        yield field, claim.private[field]


def check_once(order: Order, claim: Claim, once: set[Said]) -> None:
    """Notes what a claim says in `once`. Raises IllegalTransition where it stands there already."""
    for said in once_said(claim):
        if said in once:
            raise refused(_AGAIN[said[0]], order, claim)
        once.add(said)


def stands(order: Order, field: str, seq: int) -> bool:
    """Whether what an order said in its entry `seq` still stands: what was taken back may be said again.

    Words without an entry are what a crash left in the vault.
    """
    if seq > order.seq:
        return False
    return order.in_hand is not None if field == "goods" else order.money_in is not None


_FIELDS: dict[type[Event], str] = {Delivered: "goods", Paid: "payment", PaidLate: "payment"}
_AGAIN = {"goods": "goods-again", "payment": "payment-again"}

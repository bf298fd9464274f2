"""Whether a tier's word names the reference under which the order was forwarded to it (I7).

References are private: the entry of the forwarding commits to one, and words are compared with that.
"""

from __future__ import annotations

from mingdan.ledger.claim import Claim
from mingdan.ledger.commitment import opening, opens
from mingdan.ledger.decide import OF_A_TIER
from mingdan.ledger.errors import IllegalTransition
from mingdan.ledger.hops import hop_of
from mingdan.ledger.order import Order
from mingdan.ledger.rules import RULES


def is_foreign(order: Order, claim: Claim, secret: bytes) -> bool:
    """Whether the words of a claim's `ref` are not those that its speaker's hop was forwarded under.

    A hop that was forwarded without a reference has none to be foreign to.
    """
    hop, words = hop_of(order, claim.by), claim.private.get("ref")
    if type(claim.event) not in OF_A_TIER or hop is None or hop.ref is None or words is None:
        return False
    return not opens(hop.ref, opening(secret, hop.seq, "ref"), "ref", words)


def foreign_reference(order: Order, claim: Claim) -> IllegalTransition:
    """The refusal of a word that names another reference."""
    return IllegalTransition(
        RULES["foreign-reference"],
        next_step="send the reference of the forwarding that this answers, to its own order",
        rule="foreign-reference",
        stream=claim.stream,
        by=claim.by,
        because=order.leaf.hex(),
    )

"""Whether a word of a hop names the reference under which the order was forwarded (I7).

References are private: the entry of the forwarding commits to one, and words are compared with that.
"""

from __future__ import annotations

from mingdan.ledger.claim import Claim
from mingdan.ledger.commitment import opening, opens
from mingdan.ledger.event import HopUncertain
from mingdan.ledger.hops import hop_told_of, sent_by
from mingdan.ledger.live import OF_A_TIER
from mingdan.ledger.order import HopState, Order


def is_foreign(order: Order, claim: Claim, secret: bytes | None) -> bool:
    """Whether the words of a claim's `ref` are not those that the hop it tells of was forwarded under.

    A hop that was forwarded without a reference has none to be foreign to; and a word that its tier signed
    names the order itself. Who doubts a submission of his own need not name one, but then one of his own.
    """
    if isinstance(claim.event, HopUncertain):
        ref = claim.private.get("ref")
        own = [order.hops[place] for place in sent_by(order, claim.by)]
        return ref is not None and not any(_opened(hop, secret, ref) for hop in own)
    observed = claim.basis is not None
    if type(claim.event) not in OF_A_TIER or (claim.sig is not None and not observed):
        return False
    hop, words = hop_told_of(order, claim.by, observed=observed), claim.private.get("ref")
    if hop is None or hop.ref is None:
        return False
    return words is None or not _opened(hop, secret, words)


def _opened(hop: HopState, secret: bytes | None, words: str) -> bool:
    if hop.ref is None or secret is None:
        return False
    return opens(hop.ref, opening(secret, hop.seq, "ref"), "ref", words)

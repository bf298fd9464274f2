"""Whether a word of a hop names the reference under which the order was forwarded (I7).

References are private: the entry of the forwarding commits to one, and words are compared with that.
"""

from __future__ import annotations

from msgspec.structs import replace

from mingdan.ledger.claim import Claim
from mingdan.ledger.commitment import opening, opens
from mingdan.ledger.event import HopQueried, HopUncertain
from mingdan.ledger.hops import hop_told_of, sent_by
from mingdan.ledger.live import OF_A_TIER
from mingdan.ledger.order import HopState, Order


def is_foreign(order: Order, claim: Claim, secret: bytes | None) -> bool:
    """Whether the words of a claim's `ref` are not those that the hop it tells of was forwarded under.

    A hop that was forwarded without a reference has none to be foreign to; and a word that its tier signed
    names the order itself. Who doubts or asks for a submission of his own need not name one, but no other.
    """
    if isinstance(claim.event, _ASKED):
        ref = claim.private.get("ref")
        return ref is not None and not _under(order, claim, ref, secret)
    observed = claim.basis is not None
    if type(claim.event) not in OF_A_TIER or (claim.sig is not None and not observed):
        return False
    hop, words = hop_told_of(order, claim.by, observed=observed), claim.private.get("ref")
    if hop is None or hop.ref is None:
        return False
    return words is None or not _opened(hop, secret, words)


def pointed(order: Order, claim: Claim, secret: bytes | None) -> Claim:
    """The claim of a doubt, or a query, with the newest forwarding that has its reference.

    A query is first of what is in doubt. Commitments of the same reference differ from entry to entry: nobody
    who reads them could tell which it is.
    """
    event, ref = claim.event, claim.private.get("ref")
    if not isinstance(event, _ASKED) or event.of is not None or ref is None:
        return claim
    own = _under(order, claim, ref, secret)
    if isinstance(event, HopQueried):
        own = [hop for hop in own if hop.state == "uncertain"] or own
    return replace(claim, event=replace(event, of=own[-1].mark.leaf.hex())) if own else claim


def _under(order: Order, claim: Claim, ref: str, secret: bytes | None) -> list[HopState]:
    """The hops under a reference that a doubt or a query can be of."""
    assert isinstance(claim.event, _ASKED)
    own = [order.hops[place] for place in sent_by(order, claim.by)]
    named = [hop for hop in own if claim.event.of in (None, hop.mark.leaf.hex())]
    return [hop for hop in named if _opened(hop, secret, ref)]


def _opened(hop: HopState, secret: bytes | None, words: str) -> bool:
    if hop.ref is None or secret is None:
        return False
    return opens(hop.ref, opening(secret, hop.seq, "ref"), "ref", words)


_ASKED = HopUncertain | HopQueried

"""The keys of the simulated market's parties, and what they sign with them.

A key speaks from the claim that gives it on; a party signs that claim with the key before it.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.intake.dice import Dice
from mingdan.ledger.market.party import Keyed
from mingdan.ledger.market.signing import public_key, sign, signed_text
from mingdan.ledger.market.sku import Stocked
from mingdan.ledger.stream import is_market


class Hands:
    """Draws keys, and signs what may be signed: what says everything itself, without private words."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._drawn: dict[str, Ed25519PrivateKey] = {}
        self._now: dict[str, Ed25519PrivateKey] = {}

    def draw(self) -> str:
        """A new key (base64), to be given by a claim."""
        secret = Ed25519PrivateKey.from_private_bytes(self._dice.randbytes(32))
        key = public_key(secret)
        self._drawn[key] = secret
        return key

    def signed(self, claim: Claim) -> Claim:
        """The claim, in its party's hand where that has a key. Claims come here in the order told."""
        held = self._now.get(claim.by)
        if isinstance(claim.event, Keyed):
            self._now[claim.stream.partition("/")[2]] = self._drawn[claim.event.key]
        if held is None or claim.at is None or claim.private or not _may_be_signed(claim):
            return claim
        text = signed_text(claim.stream, claim.by, claim.event, claim.at, claim.basis)
        return replace(claim, sig=sign(text, held))


def _may_be_signed(claim: Claim) -> bool:
    """Whether a party takes the trouble: stock is told by machines, every evening and of every ware."""
    if is_market(claim.stream):
        return not isinstance(claim.event, Stocked)
    return type(claim.event) in _OF_ORDERS


# Of orders only what weighs: parties sign rulings and what tiers pass on, not every step of every order.
_OF_ORDERS = frozenset[type[e.Event]](
    (
        e.RiskReviewed,
        e.BatchQueued,
        e.BatchStarted,
        e.BatchFinished,
        e.ActivationRelayed,
        e.RefundRefused,
        e.DisputeDecided,
        e.Disavowed,
    )
)

"""The headers of a notice after Standard Webhooks 1.0, to be checked with a secret, or with the ledger's key.

v1 is HMAC-SHA256 with the endpoint's secret, v1a Ed25519 with a key of the ledger's that signs nothing else.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mingdan.ledger.note import Signer, to_base64

KEY = "keys/webhooks.key"
ROLE = "/webhooks"  # behind the log's origin: the name of that key


def headers(name: str, seconds: int, body: bytes, secret: bytes, signer: Signer) -> dict[str, str]:
    """The three headers of a notice, sent at `seconds` (unix); its name holds no full stop."""
    signed = b"%b.%d.%b" % (name.encode(), seconds, body)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{_hmac(secret, signed)} v1a,{_ed25519(signer, signed)}",
    }


def printed_secret(secret: bytes) -> str:
    """An endpoint's secret as its receiver is given it."""
    return f"whsec_{to_base64(secret)}"


def printed_key(signer: Signer) -> str:
    """The public half of the ledger's key as receivers are given it."""
    return f"whpk_{to_base64(signer.key.public)}"


def _hmac(secret: bytes, signed: bytes) -> str:
    return to_base64(hmac.digest(secret, signed, "sha256"))


def _ed25519(signer: Signer, signed: bytes) -> str:
    return to_base64(Ed25519PrivateKey.from_private_bytes(signer.seed).sign(signed))

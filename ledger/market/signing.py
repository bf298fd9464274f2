"""A party's own hand: what it signs of a claim, and whether an entry carries that (proofs, section 1).

The ledger adds where and when an entry lies; what the party said is signed, and stays as it was said.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from mingdan.ledger.claim import Signature
from mingdan.ledger.errors import Broken
from mingdan.ledger.event import KIND_OF, Event

_PREFIX = b"mingdan/claim/v1\n"


class Said(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is signed, fields in RFC 8785 order."""

    at: int
    basis: str | None = None
    by: str
    data: Any
    kind: str
    stream: str


def signed_text(stream: str, by: str, event: Event, at: int, basis: str | None) -> bytes:
    """The bytes a party signs."""
    return _PREFIX + _ENCODE(
        Said(at=at, basis=basis, by=by, data=event, kind=KIND_OF[type(event)], stream=stream)
    )


def key_id(key: str) -> str:
    """The name of a public key (base64), as signatures give it: the first 16 digits of its SHA-256."""
    return sha256(b64decode(key)).hexdigest()[:16]


def public_key(secret: Ed25519PrivateKey) -> str:
    """The key (base64) that a party gives, of the secret it keeps."""
    return b64encode(secret.public_key().public_bytes_raw()).decode()


def sign(text: bytes, secret: Ed25519PrivateKey) -> Signature:
    """A party's hand under these bytes."""
    return Signature(ed25519=b64encode(secret.sign(text)).decode(), key=key_id(public_key(secret)))


def check_signature(text: bytes, signature: Signature, key: str | None, by: str) -> None:
    """Raises Broken unless this is the party's hand, by the key it then had (base64)."""
    if key is None or signature.key != key_id(key):
        raise Broken(
            "signed by a key that this party did not have then",
            next_step="see its keys in the register",
            party=by,
            key=signature.key,
        )
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(key)).verify(b64decode(signature.ed25519), text)
    except InvalidSignature as error:
        raise Broken("the signature is not over what this claim says", party=by, key=signature.key) from error


_ENCODE = msgspec.json.Encoder().encode

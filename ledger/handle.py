"""The handle: sixteen random bytes that make a tracking link; the log only ever holds their hash."""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256

from mingdan.ledger.errors import Malformed

SIZE = 16


def handle_of(drawn: bytes) -> str:
    """The lower-case base32 text (26 characters) of sixteen random bytes."""
    assert len(drawn) == SIZE
    return base64.b32encode(drawn).decode().rstrip("=").lower()


def drawn_of(handle: str) -> bytes:
    """The sixteen bytes of a handle; accepts exactly what `handle_of` prints. Raises Malformed."""
    try:
        drawn = base64.b32decode(handle.upper() + "======")
    except (binascii.Error, ValueError) as error:
        raise Malformed("not a tracking handle", got=handle[:40]) from error
    if len(drawn) != SIZE or handle_of(drawn) != handle:
        raise Malformed("not a tracking handle", got=handle[:40])
    return drawn


def stream_of(handle: str) -> str:
    """The order's stream in the log: it names the order to whoever holds the link, and to nobody else."""
    return "order/" + sha256(b"mingdan/handle/v1\n" + drawn_of(handle)).hexdigest()

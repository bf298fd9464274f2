"""Private fields: the entry carries a commitment, the vault the words.

Showing one says nothing of the others. Formulas of proofs, section 2. Deleting an order's secret erases
its words for ever while every proof holds.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from mingdan.ledger.event import Event

SECRET_SIZE = 32
_Event = TypeVar("_Event", bound=Event)


def opening(secret: bytes, seq: int, field: str) -> bytes:
    """The 32 bytes that open one field of one entry."""
    name = field.encode()
    message = b"mingdan/opening/v1\n" + seq.to_bytes(8, "big") + bytes([len(name)]) + name
    return hmac.digest(secret, message, "sha256")


def commit(opened: bytes, field: str, words: str) -> str:
    """The commitment (hex) of a field's words under its opening."""
    name, value = field.encode(), words.encode()
    message = opened + bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value
    return hmac.digest(b"mingdan/commit/v1", message, "sha256").hex()


def committed(event: _Event, private: Mapping[str, str], secret: bytes, seq: int) -> _Event:
    """The event with its private words replaced by their commitments."""
    return replace(event, **{f: commit(opening(secret, seq, f), f, words) for f, words in private.items()})


def opens(commitment: str, opened: bytes, field: str, words: str) -> bool:
    """Whether an opening and words are what was committed to."""
    return hmac.compare_digest(commitment, commit(opened, field, words))

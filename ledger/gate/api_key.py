"""A key as its holder has it: `mdk_`, an id to find it by, and 256 random bits that nobody else keeps."""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import b32encode
from collections.abc import Callable, Sequence
from hashlib import sha256

from mingdan.ledger.errors import Misuse
from mingdan.ledger.keeping.audience import check_party, narrowed
from mingdan.ledger.keeping.key_ring import Key

ID_SIZE, SECRET_SIZE = 5, 32  # bytes
_TEXT = re.compile(r"mdk_([a-z2-7]{8})_[a-z2-7]{52}")


def draw_key(
    party: str,
    kinds: Sequence[str],
    now: int,
    expires: int | None = None,
    draw: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[Key, str]:
    """A new key for a party, and its text, which is shown once. Instants are ms UTC. Raises Misuse."""
    check_party(party)
    if expires is not None and expires <= now:
        raise Misuse("a key that is over cannot be used", next_step="give --expires a time to come")
    name = _printed(draw(ID_SIZE))
    text = f"mdk_{name}_{_printed(draw(SECRET_SIZE))}"
    key = Key(
        id=name,
        digest=digest_of(text),
        party=party,
        kinds=narrowed(kinds),
        made=now,
        expires=expires,
    )
    return key, text


def id_in(text: str) -> str | None:
    """The id in a key's text; None where it is no key."""
    found = _TEXT.fullmatch(text)
    return None if found is None else found[1]


def opens(key: Key, text: str) -> bool:
    """Whether this is the very text; how long that takes tells nothing of it."""
    return hmac.compare_digest(key.digest, digest_of(text))


def digest_of(text: str) -> bytes:
    """What is kept of a key: it has 256 random bits, so that one hash is enough."""
    return sha256(text.encode()).digest()


def _printed(drawn: bytes) -> str:
    return b32encode(drawn).decode().rstrip("=").lower()

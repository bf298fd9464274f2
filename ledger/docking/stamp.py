"""How shops sign, as they do it: MD5 where they ask for it. Comparing takes the same time for every guess."""

from __future__ import annotations

import hmac
from base64 import b64decode
from hashlib import md5

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7


def md5_hex(signed: bytes | str) -> str:
    """In small letters."""
    return md5(signed.encode() if isinstance(signed, str) else signed).hexdigest()  # noqa: S324  # theirs to choose


def hmac_hex(secret: str, signed: str) -> str:
    """HMAC-SHA256, in small letters."""
    return hmac.new(secret.encode(), signed.encode(), "sha256").hexdigest()


def is_same(expected: str, got: str) -> bool:
    """Whether a signature is the one expected; case does not count in hexadecimal."""
    return hmac.compare_digest(expected.lower().encode(), got.strip().lower().encode("utf-8", "replace"))


def is_fresh(told: str, now: int, window: int) -> bool:
    """Whether a time in Unix seconds lies within `window` ms of `now` (ms UTC), on either side."""
    return told.isascii() and told.isdigit() and len(told) <= 11 and abs(now - 1000 * int(told)) <= window


def opened(sealed: str, secret: str) -> str | None:
    """The text of a base64 AES-ECB cipher under a shop's secret; None where it is none.

    It hides, and proves nothing: who sent it is proved by the signature over the whole message.
    """
    try:
        cipher = Cipher(algorithms.AES(secret.encode()), modes.ECB())  # noqa: S305  # theirs to choose
        decryptor, unpadder = cipher.decryptor(), PKCS7(128).unpadder()
        padded = decryptor.update(b64decode(sealed, validate=True)) + decryptor.finalize()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError:
        return None

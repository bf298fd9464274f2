"""Signed notes, their keys and cosignatures: c2sp.org/signed-note@v1.0.0, c2sp.org/tlog-cosignature@v1.0.1.

Text stays unread until `open_note` has verified a signature on it by a key the reader already knew.
Nothing here compares secrets; Ed25519, the only use made of one, runs in constant time in OpenSSL.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mingdan.ledger.errors import Broken, MalformedProof, Misuse

ED25519 = 0x01
COSIGNATURE = 0x04
MAX_SIGNATURES = 100  # the specification asks for 16 at least; Go stops at 100 too
MAX_NOTE = 1_000_000  # bytes
MAX_TIME = 2**63 - 1  # unix seconds

_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # and what UTF-8 cannot say
_KEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+(.+)")
_BASE64 = re.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SECRET = "PRIVATE+KEY+"  # noqa: S105  # the marker before a secret, as Go's note package writes it


@dataclass(frozen=True)
class VerifierKey:
    """A public key under a name. `str` gives the vkey, `parse` reads it back."""

    name: str
    public: bytes
    kind: int = ED25519

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in (ED25519, COSIGNATURE) or len(self.public) != 32:
            raise MalformedProof("not an Ed25519 key", name=self.name, kind=self.kind, size=len(self.public))

    @classmethod
    def parse(cls, vkey: str) -> Self:
        name, key_id, kind, public = _key_parts(vkey)
        key = cls(name, public, kind)
        if key.id != key_id:
            raise MalformedProof("the key does not have this id", vkey=vkey, expected=key.id.hex())
        return key

    @cached_property
    def id(self) -> bytes:
        return sha256(b"%b\n%c%b" % (self.name.encode(), self.kind, self.public)).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    def verify(self, text: str, payload: bytes) -> int | None:
        """When a cosigner says it signed (unix seconds, None for a plain signature), or `Broken`."""
        stamp, signature = (payload[:8], payload[8:]) if self.kind == COSIGNATURE else (b"", payload)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, _message(stamp, text))
        except (InvalidSignature, ValueError) as error:
            raise Broken("a known key did not make this signature", key=str(self)) from error
        at = int.from_bytes(stamp, "big")
        if at > MAX_TIME:
            raise Broken("a cosignature from beyond all time", key=str(self), at=at)
        return at if stamp else None


@dataclass(frozen=True)
class Signature:
    """One signature line: who claims to have signed, with which key, and the bytes after the key id."""

    name: str
    key_id: bytes
    payload: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key_id) != 4 or not self.payload:
            raise MalformedProof("a signature is a key id of 4 bytes and something signed", name=self.name)

    @property
    def line(self) -> str:
        return f"\u2014 {self.name} {to_base64(self.key_id + self.payload)}\n"

    @classmethod
    def parse(cls, line: str) -> Self:
        """One line with its line feed."""
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not line.endswith("\n"):
            raise MalformedProof("not a signature line", line=line[:200])
        signed = of_base64(parts[2][:-1])
        return cls(parts[1], signed[:4], signed[4:])


@dataclass(frozen=True, eq=False)
class Signer:
    """A private key under a name; `secret` gives the text that Go's note package writes, `parse` reads it."""

    name: str
    seed: bytes = field(repr=False)
    kind: int = ED25519

    def __post_init__(self) -> None:
        if len(self.seed) != 32:
            raise MalformedProof("an Ed25519 seed has 32 bytes", name=self.name, size=len(self.seed))

    @classmethod
    def parse(cls, secret: str) -> Self:
        name, key_id, kind, seed = _key_parts(secret, _SECRET)
        signer = cls(name, seed, kind)
        if signer.key.id != key_id:
            raise MalformedProof("the private key does not belong to this key id", key=str(signer.key))
        return signer

    @property
    def secret(self) -> str:
        return f"{_SECRET}{self.name}+{self.key.id.hex()}+{to_base64(bytes([self.kind]) + self.seed)}"

    @cached_property
    def key(self) -> VerifierKey:
        return VerifierKey(self.name, self._private.public_key().public_bytes_raw(), self.kind)

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, text: str, at: int | None = None) -> Signature:
        """`at` is the time a cosigner states, unix seconds; a plain signature states none."""
        _check_text(text)
        stamp = b""
        if self.kind == COSIGNATURE:
            if at is None or not 0 <= at <= MAX_TIME:
                raise Misuse("a cosigner states when it signed, in unix seconds", key=str(self.key), at=at)
            stamp = at.to_bytes(8, "big")
        return Signature(self.name, self.key.id, stamp + self._private.sign(_message(stamp, text)))


@dataclass(frozen=True)
class Verified:
    """A signature by a known key; `at` is a cosigner's time in unix seconds."""

    key: VerifierKey
    signature: Signature
    at: int | None


@dataclass(frozen=True)
class Note:
    """A text that at least one known key signed; `verified` holds every such key once."""

    text: str
    verified: tuple[Verified, ...]
    unverified: tuple[Signature, ...]


def sign(text: str, signers: Iterable[Signer], at: int | None = None) -> bytes:
    """The note with a signature by each of the signers; `at` is the time cosigners state, unix seconds."""
    return print_note(text, [signer.sign(text, at) for signer in signers])


def print_note(text: str, signatures: Sequence[Signature]) -> bytes:
    """The note of signatures made or collected elsewhere; exactly what `parse_note` accepts."""
    note = "".join([text, "\n", *(signature.line for signature in signatures)])
    _check_text(text)
    _check_limits(note.encode(), len(signatures))
    return note.encode()


def parse_note(note: bytes) -> tuple[str, list[Signature]]:
    """The text, which nobody has vouched for yet, and the signature lines in their order."""
    try:
        body, blank, lines = note.decode().rpartition("\n\n")
    except UnicodeDecodeError as error:
        raise MalformedProof("a note that is not UTF-8", at=error.start) from error
    *complete, rest = lines.split("\n")
    if not blank or rest:
        raise MalformedProof("a note is a text, a blank line and signature lines", rest=rest[:200])
    _check_text(f"{body}\n")
    _check_limits(note, len(complete))
    return f"{body}\n", [Signature.parse(f"{line}\n") for line in complete]


def open_note(note: bytes, verifiers: Iterable[VerifierKey]) -> Note:
    """Verify a note against the keys the reader trusts.

    Unknown keys are ignored. `Broken` if any line by a known key does not verify, or if there is none.
    """
    known = {(key.name, key.id): key for key in verifiers}  # two with one id fail closed: one never verifies
    text, signatures = parse_note(note)
    verified: dict[VerifierKey, Verified] = {}
    unverified = []
    for signature in signatures:
        if key := known.get((signature.name, signature.key_id)):
            verified.setdefault(key, Verified(key, signature, key.verify(text, signature.payload)))
        else:
            unverified.append(signature)
    if not verified:
        step = "compare the names with the keys you trust; do not act on the text"
        raise Broken("no known key signed this note", next_step=step, names=[s.name for s in unverified])
    return Note(text, tuple(verified.values()), tuple(unverified))


def to_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def of_base64(text: str) -> bytes:
    """Standard base64, padded, no bits that decoding drops. Errors do not repeat it: it may be a secret."""
    raw = base64.b64decode(text) if _BASE64.fullmatch(text) else b""
    if to_base64(raw) != text:
        raise MalformedProof("not base64 as we would write it", characters=len(text))
    return raw


def _key_parts(text: str, marker: str = "") -> tuple[str, bytes, int, bytes]:
    parts = _KEY.fullmatch(text.removeprefix(marker))
    if parts is None or not text.startswith(marker):
        raise MalformedProof(f"not a key: {marker}name+8 hex digits+base64")
    name, key_id, content = parts.groups()
    kind, *raw = of_base64(content)
    return name, bytes.fromhex(key_id), kind, bytes(raw)


def _message(stamp: bytes, text: str) -> bytes:
    if not stamp:
        return text.encode()
    return f"cosignature/v1\ntime {int.from_bytes(stamp, 'big')}\n{text}".encode()


def _check_name(name: str) -> None:
    if not name or "+" in name or any(map(str.isspace, name)) or _UNPRINTABLE.search(name):
        raise MalformedProof("a key name without spaces, plus signs and control characters", name=name[:100])


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _UNPRINTABLE.search(text):
        raise MalformedProof("a note's text ends in a line feed and has no other control character")


def _check_limits(note: bytes, signatures: int) -> None:
    if len(note) > MAX_NOTE or not 0 < signatures <= MAX_SIGNATURES:
        raise MalformedProof("a note has 1 to 100 signatures and at most 1 MB", signatures=signatures)

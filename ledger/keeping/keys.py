"""Private keys in files of their own: for the owner's eyes, whole or not there, each role with its own."""

from __future__ import annotations

import os
from pathlib import Path

from mingdan.ledger.errors import MalformedProof, Misuse, Unavailable
from mingdan.ledger.keeping.staging import environment
from mingdan.ledger.note import ED25519, Signer


def read_key(path: Path) -> Signer:
    """The private key in a file. Raises Unavailable where it cannot be read or is none."""
    with environment("a key cannot be read", step="restore it from a backup, or make it readable"):
        secret = path.read_bytes()
    try:
        return Signer.parse(secret.decode("utf-8", "replace").strip())
    except MalformedProof as error:
        raise Unavailable(
            "a key is damaged", next_step="restore it from a backup", file=path, reason=error.message
        ) from error


def make_key(path: Path, name: str, kind: int = ED25519) -> Signer:
    """A fresh key under a name, kept (0600) before it is used."""
    signer = Signer(name, os.urandom(32), kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, f"{signer.secret}\n".encode())
    return signer


def key_at(path: Path, name: str | None, otherwise: str) -> Signer:
    """The key in a file, or a fresh one made there under this name, or `otherwise` where none is given.

    Raises Misuse where the key that is there has another name than the one given.
    """
    if not path.exists():
        with environment("the key cannot be made"):
            return make_key(path, name or otherwise)
    signer = read_key(path)
    if name not in (None, signer.name):
        raise Misuse(
            "the key in this file has another name",
            next_step="leave the name out, or name another file for another key",
            file=path,
            name=signer.name,
        )
    return signer


def write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, and for the owner's eyes: a key, or settings that may name a password."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)

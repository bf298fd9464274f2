"""Where an audit ended: the signed checkpoint that the next one must continue, written last and at once.

It is refused unless it is exactly what was written: whoever alters it could make a fork look like growth.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from mingdan.ledger.checkpoint import Checkpoint, open_checkpoint
from mingdan.ledger.errors import Broken, MingdanError, Misuse
from mingdan.ledger.keeping.staging import environment
from mingdan.ledger.note import VerifierKey
from mingdan.projections.rulebook import rules_hash
from mingdan.projections.views import STEP
from mingdan.site.auditing.replica import Replica, digest_of

FOLDING = f"{rules_hash('')} {STEP}"  # the code alone: a zone moves no fold
FILE = "standpoint.json"
VERSION = 2


class Standpoint(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`look` is of the settings, code and keys pages were checked by, `rules` of how orders were folded."""

    audits: int
    checkpoint: str
    copied: str  # the SHA-256 of that copy's databases as the audit left them
    copy: str  # the folder below which stands exactly there
    log: str
    look: str
    rules: str
    v: int

    def head(self) -> Checkpoint:
        return open_checkpoint(self.checkpoint.encode(), VerifierKey.parse(self.log))[0]


def read_standpoint(folder: Path, log: VerifierKey) -> Standpoint | None:
    """The standpoint of the last audit, or None before the first.

    Raises Broken where it was altered, Misuse where it is of another log or version.
    """
    with environment("the auditor's folder cannot be read"):
        path = folder / FILE
        content = path.read_bytes() if path.exists() else None
    if content is None:
        return None
    told = content.partition(b"\n")[0]
    if _sealed(told) != content:
        raise _altered(path, "the bytes do not have this digest")
    try:
        standpoint = _DECODE(told)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Misuse(_OTHER_VERSION, next_step=_ANEW, reason=str(error)) from error
    if standpoint.v != VERSION:
        raise Misuse(_OTHER_VERSION, next_step=_ANEW, version=standpoint.v)
    if standpoint.log != str(log):
        raise Misuse("the auditor's folder is of another log or key", next_step=_ANEW, log=standpoint.log)
    try:
        standpoint.head()
    except MingdanError as error:
        raise _altered(path, error.message) from error
    return standpoint


def open_copy(folder: Path, standpoint: Standpoint | None) -> Replica:
    """The copy that stands where the standpoint does, or a fresh one; every other in the folder goes.

    A copy that an audit was killed over, that was altered or that other rules folded is not gone on with: the
    log is read anew.
    """
    with environment("the auditor's folder cannot be used"):
        folder.mkdir(parents=True, exist_ok=True)
        copies = {path.name: path for path in folder.glob("copy-*")}
        if (
            standpoint is not None
            and standpoint.copy in copies
            and standpoint.rules == FOLDING
            and standpoint.copied == digest_of(copies[standpoint.copy])
        ):
            replica = Replica(copies[standpoint.copy])
            if replica.stands_at(standpoint.head().size):
                del copies[standpoint.copy]
                _remove(copies.values())
                return replica
            replica.close()
        number = 1 + max((int(name[5:]) for name in copies if name[5:].isdecimal()), default=0)
        _remove(copies.values())
        return Replica(folder / f"copy-{number}")


def _remove(copies: Iterable[Path]) -> None:
    for path in copies:
        shutil.rmtree(path)


def write_standpoint(folder: Path, standpoint: Standpoint) -> None:
    with environment("the standpoint was not written: the next audit begins where this one did"):
        fresh = folder / f"{FILE}.new"
        with fresh.open("wb") as file:
            file.write(_sealed(msgspec.json.encode(standpoint)))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(folder / FILE)


def _sealed(told: bytes) -> bytes:
    return told + b"\n" + sha256(told).hexdigest().encode() + b"\n"


def _altered(path: Path, reason: str) -> Broken:
    return Broken("the auditor's own standpoint was altered", next_step=_ANEW, file=str(path), reason=reason)


_DECODE = msgspec.json.Decoder(Standpoint).decode
_OTHER_VERSION = "the auditor's folder was made by another version"
_ANEW = "audit into another folder, which reads the whole log; keep this one if you wonder why"

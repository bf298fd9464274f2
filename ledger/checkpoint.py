"""The head of the log in three lines, and the one way to believe it: c2sp.org/tlog-checkpoint@v1.0.0.

Extension lines are neither written nor accepted: no monitor could audit them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.note import Note, VerifierKey, of_base64, open_note, to_base64
from mingdan.ledger.tree import EMPTY_ROOT, HASH_SIZE, MAX_SIZE

_TEXT = re.compile(r"([^\x00-\x1f\x7f-\x9f\ud800-\udfff]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n")


@dataclass(frozen=True)
class Checkpoint:
    """How many entries the log of this origin has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_SIZE:
            raise MalformedProof("no tree has this size and root", size=self.size, root=self.root.hex())
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise MalformedProof("the empty tree has but one root", root=self.root.hex())
        if not _TEXT.fullmatch(self.text):
            raise MalformedProof("an origin is one printable line", origin=self.origin[:100])

    @property
    def text(self) -> str:
        """What is signed: origin, size and root, each with its line feed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        parts = _TEXT.fullmatch(text)
        if parts is None:
            raise MalformedProof("a checkpoint is origin, size and root, a line each", text=text[:300])
        origin, size, root = parts.groups()
        return cls(origin, int(size), of_base64(root))


def open_checkpoint(
    note: bytes, log: VerifierKey, cosigners: Iterable[VerifierKey] = ()
) -> tuple[Checkpoint, Note]:
    """The checkpoint that `log` itself signed under its own name, and the cosignatures verified with it.

    A cosigner's word alone is not enough: `Broken` unless the log's own signature is there.
    """
    opened = open_note(note, [log, *cosigners])
    if all(signed.key != log for signed in opened.verified):
        raise Broken("the log itself did not sign this checkpoint", log=str(log))
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin != log.name:
        raise Broken("a checkpoint of another log", expected=log.name, actual=checkpoint.origin)
    return checkpoint, opened

"""What a log asks of a witness, and when the answer is no: the code matrix of c2sp.org/tlog-witness@v1.0.0.

Nothing here remembers or signs; checkpoints with extension lines are not cosigned, since we cannot read them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import Broken, MalformedProof, Refused
from mingdan.ledger.note import VerifierKey, of_base64, open_note, parse_note, to_base64
from mingdan.ledger.tree import EMPTY_ROOT, HASH_SIZE, MAX_SIZE, verify_consistency

MAX_PROOF = 63  # hashes; no tree that can be counted needs more
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"

_BODY = re.compile(rb"old (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n")


class Head(NamedTuple):
    """The tree a witness cosigned last for a log."""

    size: int = 0
    root: bytes = EMPTY_ROOT


Trusted = Mapping[str, Sequence[VerifierKey]]  # the keys a witness trusts for each origin
Latest = Callable[[str], Head]


class Declined(Refused):
    """The witness does not cosign: an HTTP status, and the size it holds where that helps the log."""

    def __init__(self, status: int, message: str, *, size: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = f"{message if size is None else size}\n"
        self.content_type = TEXT_TYPE if size is None else SIZE_TYPE


@dataclass(frozen=True)
class Request:
    """The body of add-checkpoint: the size the log believes the witness holds, and the way from there."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def __post_init__(self) -> None:
        widths = {len(each) for each in self.proof}
        if not 0 <= self.old <= MAX_SIZE or len(self.proof) > MAX_PROOF or not widths <= {HASH_SIZE}:
            raise MalformedProof("no proof from this size", old=self.old, hashes=len(self.proof))

    @classmethod
    def parse(cls, body: bytes) -> Self:
        head = _BODY.match(body)
        if head is None:
            raise MalformedProof(
                "a request is an old size, up to 63 hashes, an empty line and a checkpoint", body=body[:80]
            )
        size, lines = head.groups()
        return cls(int(size), tuple(map(of_base64, lines.decode().splitlines())), body[head.end() :])

    def print(self) -> bytes:
        """The bytes that are sent; `parse` reads them back."""
        hashes = "".join(f"{to_base64(each)}\n" for each in self.proof)
        return f"old {self.old}\n{hashes}\n".encode() + self.note


def judge(request: Request, trusted: Trusted, latest: Latest) -> Checkpoint:
    """The checkpoint to remember and cosign. Raises Declined by the first rule of ORDER that does not hold.

    `latest` is asked only once a trusted key has signed.
    """
    try:
        checkpoint = Checkpoint.parse(parse_note(request.note)[0])
    except MalformedProof as error:
        raise malformed(error) from error
    case = _Case(request, checkpoint, trusted.get(checkpoint.origin, ()), latest)
    for status, holds, message in ORDER:
        if not holds(case):
            size = case.held.size if holds is _Case.continues else None
            raise Declined(status, message, size=size)
    return checkpoint


def malformed(error: MalformedProof) -> Declined:
    """How bytes that do not parse are answered; the first row of the matrix."""
    return Declined(400, error.message)


@dataclass
class _Case:
    request: Request
    checkpoint: Checkpoint
    keys: Sequence[VerifierKey]
    latest: Latest

    @cached_property
    def held(self) -> Head:
        return self.latest(self.checkpoint.origin)

    def known(self) -> bool:
        return bool(self.keys)

    def signed(self) -> bool:
        return _holds(lambda: open_note(self.request.note, self.keys))

    def forward(self) -> bool:
        return self.request.old <= self.checkpoint.size

    def continues(self) -> bool:
        return self.request.old == self.held.size

    def same(self) -> bool:
        return self.checkpoint.size != self.held.size or self.checkpoint.root == self.held.root

    def consistent(self) -> bool:
        old, new = self.held, self.checkpoint
        return _holds(lambda: verify_consistency(old.size, new.size, old.root, new.root, self.request.proof))


def _holds(check: Callable[[], object]) -> bool:
    try:
        check()
    except Broken:
        return False
    return True


ORDER: tuple[tuple[int, Callable[[_Case], bool], str], ...] = (
    (404, _Case.known, "this witness does not know the log"),
    (403, _Case.signed, "no key this witness trusts for the log signed the checkpoint"),
    (400, _Case.forward, "the old size is larger than the checkpoint"),
    (409, _Case.continues, "this witness holds another size"),
    (409, _Case.same, "this witness cosigned another tree of the same size: the log was forked"),
    (422, _Case.consistent, "the proof does not lead from the tree this witness holds to the checkpoint"),
)

"""An auditor's word on a log: a statement of its own kind, signed with a key that signs nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import Broken, Malformed, MalformedProof
from mingdan.ledger.note import ED25519, Note, Signer, VerifierKey, open_note, sign
from mingdan.ledger.receipt import ROLE

FIRST = "mingdan/audit/v1\n"
LAST = "replayed; map and statistics match\n"


def statement(checkpoint: Checkpoint) -> str:
    """What an auditor signs of a log of this size and root, whose origin is its first line."""
    return f"{FIRST}{checkpoint.text}{LAST}"


def attest(checkpoint: Checkpoint, auditor: Signer, others: Iterable[VerifierKey]) -> bytes:
    """The signed statement. Raises Malformed where the key has another role, or is one of the others'."""
    known = auditor.key.public in {other.public for other in others} or auditor.name.endswith(ROLE)
    if auditor.kind != ED25519 or known:
        raise Malformed("an auditor signs with a key of its own", key=str(auditor.key))
    return sign(statement(checkpoint), [auditor])


def open_attestation(note: bytes, auditor: VerifierKey) -> tuple[Checkpoint, Note]:
    """The checkpoint that the auditor replayed. Raises Broken unless it signed exactly such a statement."""
    opened = open_note(note, [auditor])
    text = opened.text
    try:
        checkpoint = Checkpoint.parse(text.removeprefix(FIRST).removesuffix(LAST))
    except MalformedProof as error:
        raise Broken("not an auditor's statement", text=text[:100]) from error
    if statement(checkpoint) != text:
        raise Broken("not an auditor's statement", text=text[:100])
    return checkpoint, opened

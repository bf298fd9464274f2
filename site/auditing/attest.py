"""An auditor's word on a log: a statement of its own kind, signed with a key that signs nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import Broken, Malformed, MalformedProof
from mingdan.ledger.keeping.log import LOG
from mingdan.ledger.note import ED25519, Note, Signer, VerifierKey, open_note, sign
from mingdan.ledger.proven import PublishedLog
from mingdan.ledger.quorum import TrustPolicy, accept, check_quorum
from mingdan.ledger.receipt import ROLE
from mingdan.ledger.source import Source
from mingdan.site.live import grown_from, note_at

FIRST = "mingdan/audit/v1\n"
LAST = "replayed; map and statistics match\n"


class Attested(Struct, frozen=True, kw_only=True):
    """What an auditor signed: entries [0, size) of a log, and their root.

    `now` is the size of the log at a site that was found to go on from these; None if none was asked.
    """

    auditor: str
    origin: str
    size: int
    root: str
    now: int | None = None


def statement(checkpoint: Checkpoint) -> str:
    """What an auditor signs of a log of this size and root, whose origin is its first line."""
    return f"{FIRST}{checkpoint.text}{LAST}"


def attest(checkpoint: Checkpoint, auditor: Signer, others: Iterable[VerifierKey]) -> bytes:
    """The signed statement. Raises Malformed where the key has another role, or is one of the others'."""
    check_role(auditor.key, others)
    return sign(statement(checkpoint), [auditor])


def check_role(auditor: VerifierKey, others: Iterable[VerifierKey]) -> None:
    """Raises Malformed where an auditor's key has another role, or is one of the others'."""
    known = auditor.public in {other.public for other in others} or auditor.name.endswith(ROLE)
    if auditor.kind != ED25519 or known:
        raise Malformed(
            "an auditor signs with a key of its own",
            next_step="name a key that signs no log, no receipts and no cosignatures",
            key=str(auditor),
        )


def keys_of(policy: TrustPolicy) -> list[VerifierKey]:
    """The keys of a policy, none of which is an auditor's."""
    return [*(log.key for log in policy.logs), *(each.key for each in policy.witnesses.values())]


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


def check_attestation(
    note: bytes, auditor: VerifierKey, site: tuple[Source, TrustPolicy] | None = None
) -> Attested:
    """What a statement says, if this auditor signed it; with a site, whether the log there goes on from it.

    Raises Broken where it did not, or the log does not; Malformed for a key that is no auditor's.
    """
    audited, _ = open_attestation(note, auditor)
    told = Attested(auditor=str(auditor), origin=audited.origin, size=audited.size, root=audited.root.hex())
    if site is None:
        check_role(auditor, ())
        return told
    source, policy = site
    check_role(auditor, keys_of(policy))
    accepted = accept(note_at(source), policy)
    check_quorum(accepted, policy)
    grown_from(audited, PublishedLog(source, accepted.checkpoint, LOG))
    return replace(told, now=accepted.checkpoint.size)

"""Those who could catch a lie, each with the code it really uses, and what each says: nothing if content."""

from __future__ import annotations

from pathlib import Path

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import Broken, MingdanError
from mingdan.ledger.note import Signature, Signer, VerifierKey, parse_note
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.receipt import open_receipt
from mingdan.ledger.source import Folder
from mingdan.ledger.timeline import check
from mingdan.ledger.tree import Hashes, consistency_proof
from mingdan.ledger.witness.memory import Witness
from mingdan.ledger.witness.request import Declined, Request
from mingdan.site.auditing.audit import Audit, audit
from mingdan.site.opened_pack import judge_pack, pack_at
from mingdan.site.reader import outcomes_at, timeline_of


def page(saved: Path, policy: TrustPolicy, *, now: int, fresh_within: int) -> str:
    """What `mingdan verify` says of a saved page: the first step that fails, 0 where it has no proof."""
    try:
        timeline = timeline_of(str(saved), None)
    except MingdanError as error:
        return f"0: {error.message}"
    try:
        *_, age = check(timeline, policy, now=now, fresh_within=fresh_within)
    except Broken as error:
        return f"{error.evidence['step']}: {error.message}"
    return "6: stale" if age.stale else ""


def pack(saved: Path, policy: TrustPolicy, *, now: int, fresh_within: int) -> tuple[str, str, str]:
    """What `mingdan verify` says of an evidence pack first: the step, the file if one is named, and what."""
    told = judge_pack(pack_at(saved), policy, None, now=now, fresh_within=fresh_within)
    if told.error is not None:
        evidence = told.error.evidence
        return str(evidence.get("step", 0)), str(evidence.get("file", "")), told.error.message
    return next((("0", each.file, "not compared") for each in told.uncompared or ()), ("", "", ""))


def ask(witness: Witness | Signer, note: bytes, hashes: Hashes, at: int) -> Signature | str:
    """The cosignature of a witness, or why there is none; one that is no more than a key signs anything."""
    text, _ = parse_note(note)
    head = Checkpoint.parse(text)
    size = head.size
    if isinstance(witness, Signer):
        return witness.sign(text, at)
    witness.clock = lambda: at
    old = min(witness.memory.latest(head.origin).size, size)
    request = Request(old, tuple(consistency_proof(old, size, hashes)), note)
    try:
        return Signature.parse(witness.add_checkpoint(request.print()))
    except Declined as declined:
        return f"{declined.status}: {declined.message}"


def audited(site: Path, policy: TrustPolicy, folder: Path | None = None) -> Audit | Broken:
    try:
        return audit(Folder(site), policy, folder=folder)
    except Broken as error:
        return error


def first(told: Audit | Broken) -> tuple[str, str]:
    """The file and the rule an audit names first; what it did not look at where that is all it says."""
    match told:
        case Broken():
            return str(told.evidence["file"]), told.message
        case Audit(findings=[finding, *_]):
            return finding.file, finding.rule
        case Audit(notices=[notice, *_]):
            return "", f"notice: {notice}"
    return "", ""


def receipt(site: Path, note: bytes, key: VerifierKey, policy: TrustPolicy, *, now: int) -> str:
    """What became of promises that were not kept."""
    origin, promises = open_receipt(note, key)
    try:
        outcomes = outcomes_at(Folder(site), policy, origin, promises, now)
    except MingdanError as error:
        return error.message
    return next((each.verdict for each in outcomes if not each.kept), "")

"""What the parts of an audit share: what is audited, by which keys, into which copy, what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from mingdan.ledger.errors import Broken, MingdanError
from mingdan.ledger.note import VerifierKey, open_note
from mingdan.ledger.proven import NEXT, PublishedLog
from mingdan.ledger.quorum import Accepted, TrustPolicy, accept, check_quorum
from mingdan.ledger.replay import found_in
from mingdan.ledger.source import Source
from mingdan.ledger.verify import CHECKPOINT
from mingdan.site.auditing.finding import Findings
from mingdan.site.auditing.replica import Replica
from mingdan.site.edition import is_witnessed
from mingdan.site.imprint import PATH, Imprint, imprint_hash, parse_imprint
from mingdan.site.texts import texts

LOG = "log/"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Head:
    """The checkpoint a site is audited up to, and the key that signed it."""

    note: bytes
    accepted: Accepted
    key: VerifierKey


@dataclass(frozen=True)
class Inquiry:
    """`start` is where the copy ended when the audit began; `imprint` is None where it cannot be used."""

    head: Head
    log: PublishedLog
    policy: TrustPolicy
    imprint: Imprint | None
    replica: Replica
    start: int
    executor: Executor | None
    progress: Progress
    findings: Findings
    read: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.log.checkpoint.size

    def add(self, faults: Iterable[Broken], file: str) -> None:
        for fault in faults:
            self.findings.add(file, fault.message, **fault.evidence)


def read_head(source: Source, policy: TrustPolicy) -> Head:
    """The published checkpoint. Raises Broken where a log of the policy did not sign one."""
    path = LOG + CHECKPOINT
    note = source.read(path)
    if note is None:
        raise Broken("there is no checkpoint here, so no log to audit", next_step=NEXT, file=path)
    try:
        accepted = accept(note, policy)
    except MingdanError as error:
        raise found_in(error, path) from error
    if accepted.checkpoint.size == 0:
        raise Broken("a published tree ends in an epoch entry", file=path, size=0)
    logs = {log.key for log in policy.logs}
    return Head(note, accepted, next(each.key for each in accepted.note.verified if each.key in logs))


def read_imprint(source: Source, head: Head, findings: Findings) -> Imprint | None:
    """What the site says of itself, where anything can be printed from it; else why not is a finding."""
    with findings.about(PATH):
        content = source.read(PATH)
        if content is None:
            raise Broken("the site does not say what it is printed from")
        imprint = parse_imprint(content)
        if imprint.origin != head.key.name:
            raise Broken("the site calls itself another one than its log", origin=imprint.origin)
        check_imprint(imprint)
        is_witnessed(imprint, head.note)
        return imprint
    return None


def is_committed(inquiry: Inquiry, imprint: Imprint) -> bool:
    """Whether the log's last epoch commits to what the site says of itself; else that is a finding.

    An epoch of an older version commits to nothing: a finding too, but there is nothing else to print from.
    """
    expected, actual = inquiry.replica.epoch(inquiry.size).site, imprint_hash(imprint)
    if expected != actual:
        rule = "the site's settings are not those that the last epoch commits to"
        inquiry.findings.add(PATH, rule, index=inquiry.size - 1, expected=expected, actual=actual)
    return expected in (None, actual)


def check_imprint(imprint: Imprint) -> None:
    """Raises Broken or Malformed where nothing can be printed from it, or a key is none."""
    if not imprint.languages:
        raise Broken("a site without languages")
    for language in imprint.languages:
        texts(language)
    try:
        ZoneInfo(imprint.zone)
    except (LookupError, ValueError, OSError) as error:
        raise Broken("no such time zone", zone=imprint.zone) from error
    TrustPolicy.parse(imprint.trust.encode())
    VerifierKey.parse(imprint.receipts)


def check_signatures(head: Head, policy: TrustPolicy, imprint: Imprint | None, findings: Findings) -> None:
    """Every signature on the checkpoint is by a key that somebody names, and every such key made it."""
    path = LOG + CHECKPOINT
    policies = [policy] if imprint is None else [policy, TrustPolicy.parse(imprint.trust.encode())]
    logs = {log.key for each in policies for log in each.logs}
    witnesses = {witness.key for each in policies for witness in each.witnesses.values()}
    with findings.about(path):
        for unknown in open_note(head.note, logs | witnesses).unverified:
            rule = "a signature by a key that neither you nor the site names"
            findings.add(path, rule, key=f"{unknown.name}+{unknown.key_id.hex()}")
    with findings.about(path):
        check_quorum(head.accepted, policy)

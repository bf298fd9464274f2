"""The auditor: everything that a site says recomputed from its published files alone.

Full recomputation, incremental only by going on from its own last standpoint, which is written last and only
where nothing was found. What is found does not end the audit unless nothing can be told beyond it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import Broken
from mingdan.ledger.note import Signer
from mingdan.ledger.proven import PublishedLog
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.source import Source
from mingdan.site.auditing.attest import attest
from mingdan.site.auditing.finding import Finding, Findings
from mingdan.site.auditing.inquiry import (
    LOG,
    Inquiry,
    Progress,
    check_signatures,
    is_committed,
    read_head,
    read_imprint,
)
from mingdan.site.auditing.recount import epochs_after, folded, lawless
from mingdan.site.auditing.reenactment import continues, reenact
from mingdan.site.auditing.standpoint import (
    FOLDING,
    VERSION,
    Standpoint,
    open_copy,
    read_standpoint,
    write_standpoint,
)
from mingdan.site.auditing.survey import UNLISTED, Surveyed, survey
from mingdan.site.pages import look

ALONE = 50_000  # entries below which a second process costs more than it brings


class Audit(Struct, frozen=True, kw_only=True):
    """What was audited: entries [start, size) and all that follows from them and those before.

    `read` names the files read beside order pages, of which there are `pages`; `known` of these were found
    right by an audit before and have not changed since. `notices` say what was not looked at.
    """

    origin: str
    start: int
    size: int
    root: str
    cosigned: str
    quorum: bool
    epochs: int
    orders: int
    irregularities: int
    files: int
    pages: int
    known: int
    read: list[str]
    notices: list[str]
    findings: list[Finding]

    @property
    def clean(self) -> bool:
        return not self.findings

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.origin, self.size, bytes.fromhex(self.root))


def audit(
    source: Source,
    policy: TrustPolicy,
    *,
    folder: Path | None = None,
    executor: Executor | None = None,
    progress: Progress = lambda _what, _done, _all: None,
) -> Audit:
    """Audits the site in `source` by the keys of a policy that is the auditor's own.

    `folder` keeps where this audit ends, and the next goes on from there. Raises Broken where there is no
    checkpoint to believe, or the standpoint was altered; Misuse where that is of another log or version.
    """
    with inquiring(source, policy, folder=folder, executor=executor, progress=progress) as (inquiry, before):
        after = _standpoint(inquiry, before)
        surveyed = _run(inquiry, before, after)
        if folder is not None and not inquiry.findings:
            write_standpoint(folder, replace(after, copied=inquiry.replica.settle()))
        return _told(inquiry, surveyed)


@contextmanager
def inquiring(
    source: Source,
    policy: TrustPolicy,
    *,
    folder: Path | None = None,
    executor: Executor | None = None,
    progress: Progress = lambda _what, _done, _all: None,
) -> Iterator[tuple[Inquiry, Standpoint | None]]:
    """An audit about to begin, and where the one before it ended; raises what `audit` raises."""
    head, findings = read_head(source, policy), Findings()
    imprint = read_imprint(source, head, findings)
    check_signatures(head, policy, imprint, findings)
    with ExitStack() as room:
        place = Path(room.enter_context(TemporaryDirectory())) if folder is None else folder
        before = None if folder is None else read_standpoint(folder, head.key)
        replica = room.enter_context(closing(open_copy(place, before)))
        log, start = PublishedLog(source, head.accepted.checkpoint, LOG), replica.size
        workers = executor or room.enter_context(_workers(log.checkpoint.size - start))
        yield Inquiry(head, log, policy, imprint, replica, start, workers, progress, findings), before


def cosign(audited: Audit, auditor: Signer, policy: TrustPolicy) -> bytes:
    """The auditor's signed statement that the log was replayed, and that its map and figures match.

    Raises Broken where anything was found, or some figures were not counted; pages are no part of it.
    """
    if not audited.clean or set(audited.notices) - {UNLISTED}:
        raise Broken(
            "nothing is signed for what was not found right and whole",
            next_step="read the findings and notices of this audit",
            findings=len(audited.findings),
            notices=len(audited.notices),
        )
    witnesses = [witness.key for witness in policy.witnesses.values()]
    return attest(audited.checkpoint, auditor, [*witnesses, *(log.key for log in policy.logs)])


def _run(inquiry: Inquiry, before: Standpoint | None, after: Standpoint) -> Surveyed:
    """Reads, tells again, looks at everything; an end that cannot be gone beyond is said in a notice."""
    if not (continues(inquiry, before) and reenact(inquiry)):
        inquiry.notices.append("figures and pages were not looked at: the log could not be read to its end")
        return Surveyed()
    inquiry.add(lawless(inquiry.replica, inquiry.start), LOG)
    if inquiry.imprint is None or not is_committed(inquiry, inquiry.imprint):
        inquiry.notices.append("pages were not looked at: v1/site.json does not say how they are printed")
        return Surveyed()
    same = before is not None and before.look == after.look
    with inquiry.findings.about(LOG):
        return survey(inquiry, inquiry.imprint, audit=after.audits, same=same)
    return Surveyed()


def _told(inquiry: Inquiry, surveyed: Surveyed) -> Audit:
    orders, odd = folded(inquiry.replica)
    standing = inquiry.head.accepted.standing
    return Audit(
        origin=inquiry.log.checkpoint.origin,
        start=inquiry.start,
        size=inquiry.size,
        root=inquiry.log.checkpoint.root.hex(),
        cosigned=str(standing),
        quorum=standing.met,
        epochs=epochs_after(inquiry.replica, inquiry.start),
        orders=orders,
        irregularities=odd,
        files=len(inquiry.read) + surveyed.pages + surveyed.feeds + surveyed.twins + surveyed.codes,
        pages=surveyed.pages,
        known=surveyed.known,
        read=inquiry.read,
        notices=inquiry.notices,
        findings=list(inquiry.findings),
    )


def _standpoint(inquiry: Inquiry, before: Standpoint | None) -> Standpoint:
    """Where this audit will end if nothing is found."""
    shown = "" if inquiry.imprint is None else look(inquiry.imprint)
    return Standpoint(
        audits=1 + (0 if before is None else before.audits),
        checkpoint=inquiry.head.note.decode(),
        copied="",
        copy=inquiry.replica.folder.name,
        log=str(inquiry.head.key),
        look=sha256(shown.encode() + inquiry.policy.print()).hexdigest(),
        rules=FOLDING,
        v=VERSION,
    )


@contextmanager
def _workers(entries: int) -> Iterator[Executor | None]:
    if entries < ALONE or (os.cpu_count() or 1) < 2:
        yield None
    else:
        with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
            yield pool

"""Receipts, reports and figures as plain text, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.instant import instant as beyond
from mingdan.ledger.keeping.accord import Accord
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.verify import Verified
from mingdan.projections.figures import Quantiles, Score
from mingdan.projections.stats import Group, Statistics
from mingdan.projections.survival import Survival
from mingdan.projections.sweep import Swept
from mingdan.site.auditing.attest import Attested
from mingdan.site.auditing.audit import Audit
from mingdan.site.auditing.finding import Finding
from mingdan.site.mirror import Mirrored
from mingdan.site.packer import Packed
from mingdan.site.publish import Published
from mingdan.site.verdict import Verdict

LISTED = 20  # items of a list that are printed; JSON has them all


def instant(at: int, zone: ZoneInfo) -> str:
    """Milliseconds UTC as a date and time of the zone, with its offset."""
    try:
        return datetime.fromtimestamp(at // 1000, zone).strftime("%Y-%m-%d %H:%M:%S%z")
    except (ValueError, OverflowError):
        return beyond(at)  # an entry may carry any 53-bit integer


def receipt(given: Receipt, page: str) -> str:
    again = "  (recorded before)" if given.duplicate else ""
    return f"{given.position}  {given.leaf}  {page}{again}"


def entry(told: Entry, zone: ZoneInfo) -> str:
    hand = "" if told.sig is None else f"  signed with {told.sig.key}"
    when = instant(told.at, zone)
    return f"{told.seq:>4}  {when}  {told.kind:22} {told.by:20} {told.leaf.hex()[:16]}…{hand}"


def report(told: Mapping[str, object]) -> str:
    """Nested names and values, indented; long lists are cut."""
    return "\n".join(_report(told, ""))


def publication(told: Published, site: Path, *, asked: bool, copy: Mirrored | None = None) -> str:
    """What a publication changed, how the witnesses answered where any were asked, and what a bucket got."""
    copied = f"\n{mirrored(copy)}" if copy else ""
    if not told.changed:
        return f"nothing new since entry {told.size}; --refresh seals an epoch anyway{copied}"
    text = f"{told.entries} new entries, {told.orders} orders rendered, {told.files} files changed\n"
    text += f"checkpoint {told.size} {told.root} of {told.origin}\nsite {site}"
    if asked:
        quorum = "the quorum is met" if told.quorum else "the quorum is NOT met; publish again to ask again"
        text += f"\ncosigned by {told.witnesses} witnesses: {quorum}"
        text += "".join(f"\n  {name}: {reason}" for name, reason in told.absent.items())
    return text + copied


def mirrored(told: Mirrored) -> str:
    return f"{told.to}: {told.uploaded} files uploaded, {told.removed} removed, checkpoint {told.size}"


def publication_line(told: Published, why: str, copy: Mirrored | None, zone: ZoneInfo) -> str:
    """A publication among many, on one line."""
    text = f"{instant(told.sealed, zone)} {why}: checkpoint {told.size}, {told.entries} new entries, "
    text += f"{told.orders} orders rendered, {told.files} files changed"
    if told.absent:
        text += f", cosigned by {told.witnesses} witnesses ({', '.join(told.absent)} missing)"
    return f"{text}; {mirrored(copy)}" if copy else text


def audit(told: Audit, files: bool, signed: str | None, auditor: str | None = None) -> str:
    """What was audited, what was found, and the statement signed over it, with the vkey it is checked by."""
    lines = [
        f"audited {told.origin}: entries {told.start} to {told.size}, root {told.root}",
        f"cosigned by {told.cosigned} witnesses{'' if told.quorum else ': the quorum is NOT met'}",
        f"{told.epochs} epochs recomputed, {told.orders} orders folded, {told.irregularities} irregularities",
        f"{told.files} files read, {told.pages} order pages among them"
        + (f" ({told.known} known and unchanged)" if told.known else ""),
        *(f"  {path}" for path in told.read if files),
        *(f"notice: {notice}" for notice in told.notices),
        *(said for each in told.findings for said in _finding(each)),
        _verdict(told),
    ]
    return "\n".join([*lines, f"auditor's vkey {auditor}", signed.rstrip("\n")] if signed else lines)


def verified(told: Verified) -> str:
    """What was found whole in a log's files."""
    text = (
        f"verified {told.size} entries in {told.streams} streams, {told.epochs} epochs\n{told.files} files\n"
    )
    return text + f"checkpoint {told.size} {told.root} of {told.origin}"


def accord(told: Accord | str | None) -> str:
    """Whether the ledger holds what was published, or why it was not asked; nothing where nobody asked it."""
    if told is None:
        return ""
    if isinstance(told, str):
        return f"\nonly the site's files were read; the ledger was not compared: {told}"
    more = f"; {told.waiting} newer ones are not published yet" if told.waiting else ""
    return f"\nledger and site agree: the {told.published} published entries are those of the ledger{more}"


def packed(told: Packed, file: Path) -> str:
    """What was written, what is not in it yet, and what its receiver does with it."""
    text = f"{file}: {told.entries} entries of {told.stream}, {told.files} files, SHA-256 {told.sha256}\n"
    if told.waiting:
        text += f"{told.waiting} newer entries are not published yet: mingdan publish, then again\n"
    return text + f'next: mingdan verify {file} --key "$VKEY", the key from somewhere other than the pack'


def verdict(told: Verdict) -> str:
    """Each step that holds, the entries that are proven, what was not compared, and what that comes to."""
    lines = [f"{step.number}. {step.name}: {step.found}" for step in told.steps]
    lines += [entry(parse(raw), ZoneInfo("UTC")) for raw in told.proven]
    lines += [f"{each.seq:>4}  {each.field}: {each.words}" for each in told.opened]
    lines += [_OTHER_WORDS] if told.proven and told.uncompared is None else []
    lines += [f"NOT COMPARED {each.file}: {each.because}" for each in told.uncompared or ()]
    return printable("\n".join([*lines, f"{told.verdict}: {told.timeline.stream}"]))


def attested(told: Attested) -> str:
    """What an auditor found right, and whether a site's log goes on from it."""
    text = f"genuine: {told.auditor}\nreplayed {told.origin}: entries 0 to {told.size}, root {told.root}\n"
    text += "its map and statistics match"
    return text if told.now is None else f"{text}\nthe site's log of {told.now} entries goes on from it"


def recipient(told: Mapping[str, Any]) -> str:
    """What a rule found of a recipient's words, and why, in a sentence."""
    lines = [f"{told['result']}: {told['echo']} ({told['rule']}, {told['field']})", told["says"]["en"]]
    lines += [f"segment: {told['segment']['en']}"] if told["segment"] else []
    lines += [f"meant: {told['meant']}"] if told["meant"] is not None else []
    return "\n".join(map(line, lines))


_OTHER_WORDS = "proven are these entries; whatever else a page says is compared by `audit` alone"


def _verdict(told: Audit) -> str:
    if told.findings:
        return f"{len(told.findings)} findings"
    looked = "all of it" if not told.notices else "all that was looked at"
    return f"nothing found: {looked} follows from the log"


def printable(text: str) -> str:
    """Text that changes nothing but what a terminal shows: whatever a name holds, it holds no command."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def _finding(each: Finding) -> Iterator[str]:
    yield f"FOUND {line(each.file)}: {each.rule}"
    yield from (f"  {name}: {line(value)}" for name, value in each.evidence.items())


def line(text: str) -> str:
    """Printable text in a single line."""
    return printable(text.replace("\n", "\\n"))


def statistics(told: Statistics) -> str:
    """The figures, a paragraph for each group; what is zero is left out."""
    zone = ZoneInfo(told.zone)
    lines = [f"as of {instant(told.as_of, zone)}, {told.size} entries"]
    for group in told.groups:
        lines += ["", *_group(group, zone)]
    return "\n".join(lines)


def _group(group: Group, zone: ZoneInfo) -> Iterator[str]:
    counts = msgspec.structs.asdict(group.counts)
    yield f"{group.name}: " + ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    yield _score(group.on_time.strict)
    yield f"  late {group.lateness.late} of {group.lateness.promised} promised"
    yield from _survival(group.survival)
    yield from (f"  {label}: {_quantiles(each)}" for label, each in group.durations.items() if each.n)
    for start, points in group.backlog.items():
        for point, count in points.items():
            if count:
                yield f"  backlog since {start} at {instant(int(point), zone)}: {count}"


def _score(share: Score) -> str:
    found = f"  on time {share.numerator} of {share.denominator} due"
    if share.interval is None:
        return found
    return f"{found} = {share.rate}, 95 % interval {share.interval.low} to {share.interval.high}"


def _survival(told: Survival) -> Iterator[str]:
    """What became of the orders, and by when, the undelivered counted in."""
    if not told.n:
        return
    outcomes = ", ".join(f"{name} {count}" for name, count in told.outcomes.items() if count)
    yield f"  waited: n {told.n}, {outcomes}, watched for at most {_seconds(told.until)}"
    marks = {"p50": told.p50, "p90": told.p90, "p99": told.p99}
    reached = (f"{name} {'not reached' if at is None else _seconds(at)}" for name, at in marks.items())
    yield f"  delivered: {', '.join(reached)}"
    shares = (f"{name} {share.delivered.rate}" for name, share in told.shares.items())
    yield f"  delivered within: {', '.join(shares)}"


def _quantiles(each: Quantiles) -> str:
    marks = (("p50", each.p50), ("p90", each.p90), ("p99", each.p99))
    return ", ".join([f"n {each.n}", *(f"{name} {_seconds(at)}" for name, at in marks if at is not None)])


def _seconds(span: int) -> str:
    return f"{span / 1000:,.0f} s"


def _report(told: Mapping[str, object], indent: str) -> Iterator[str]:
    for name, value in told.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}"
            yield from _report(value, indent + "  ")
        elif isinstance(value, list):
            yield f"{indent}{name}: {len(value)}"
            yield from (f"{indent}  {each}" for each in value[:LISTED])
        else:
            yield f"{indent}{name}: {value}"


def swept(told: Swept) -> str:
    """What a sweep recorded, a kind a line."""
    lines = [f"{kind:20} {number:>7}" for kind, number in told.recorded.items()]
    if told.refused:
        lines.append(f"{told.refused} owed no more when their turn came")
    return "\n".join(lines or ["nothing is owed"])

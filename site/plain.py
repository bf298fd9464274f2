"""Receipts, reports and figures as plain text, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from mingdan.ledger.entry import Entry
from mingdan.ledger.keeping.draft import Receipt
from mingdan.projections.figures import Quantiles
from mingdan.projections.stats import Group, Statistics

LISTED = 20  # items of a list that are printed; JSON has them all


def instant(at: int, zone: ZoneInfo) -> str:
    """Milliseconds UTC as a date and time of the zone, with its offset."""
    return datetime.fromtimestamp(at // 1000, zone).strftime("%Y-%m-%d %H:%M:%S%z")


def receipt(given: Receipt, page: str) -> str:
    again = "  (recorded before)" if given.duplicate else ""
    return f"{given.position}  {given.leaf}  {page}{again}"


def entry(told: Entry, zone: ZoneInfo) -> str:
    return f"{told.seq:>4}  {instant(told.at, zone)}  {told.kind:22} {told.by:20} {told.leaf.hex()[:16]}…"


def report(told: Mapping[str, object]) -> str:
    """Nested names and values, indented; long lists are cut."""
    return "\n".join(_report(told, ""))


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
    share = group.on_time.strict
    yield f"  on time {share.numerator} of {share.denominator} due" + (
        f" = {share.rate}" if share.rate else ""
    )
    yield f"  late {group.lateness.late} of {group.lateness.promised} promised"
    yield from (f"  {label}: {_quantiles(each)}" for label, each in group.durations.items() if each.n)
    for start, points in group.backlog.items():
        for point, count in points.items():
            if count:
                yield f"  backlog since {start} at {instant(int(point), zone)}: {count}"


def _quantiles(each: Quantiles) -> str:
    marks = (("p50", each.p50), ("p90", each.p90), ("p99", each.p99))
    return ", ".join([f"n {each.n}", *(f"{name} {at / 1000:g} s" for name, at in marks if at is not None)])


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

"""What an import did with every row of its source: recorded, duplicate or refused, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from mingdan.ledger.errors import MingdanError
from mingdan.ledger.event import KIND_OF, Noted
from mingdan.ledger.intake.source import Row, SourceFile
from mingdan.ledger.intake.telling import Happening
from mingdan.ledger.keeping.draft import Receipt


class Refusal(Struct, frozen=True):
    """A row that was not recorded: its number, the line it begins in, why, and what was found there."""

    row: int
    line: int
    reason: str
    evidence: dict[str, str]

    def __str__(self) -> str:
        found = ", ".join(f"{name}={value}" for name, value in self.evidence.items())
        return f"row {self.row} (line {self.line}): {self.reason}" + (f" ({found})" if found else "")


class Irregular(Struct, frozen=True):
    """Entries that break one rule, and the orders they belong to."""

    entries: int
    orders: int


class Report(Struct, frozen=True, kw_only=True):
    """`rows` = `recorded` + `duplicate` + `refused` + all of `left_out`. Times are milliseconds UTC.

    Of what was read: `activities`, `columns_never_seen` (mapped, and in no row: a slip of the mapping, or an
    optional field that nobody filled), `missing` (column → marker → cells), `shared_ids` (id → the names that
    share it), `first_at`, `last_at`. Of what this run recorded: `orders` opened, `events` by kind, `labels`
    of the noted ones, `irregular` by rule. `left_out`: by kind what no import can do.
    """

    source: str
    file: str
    sha256: str
    rows: int
    recorded: int
    duplicate: int
    refused: int
    refusals: list[Refusal]
    orders: int
    events: dict[str, int]
    labels: dict[str, int]
    irregular: dict[str, Irregular]
    activities: dict[str, int] = {}
    columns_never_seen: list[str] = []
    missing: dict[str, dict[str, int]] = {}
    shared_ids: dict[str, list[str]] = {}
    first_at: int | None
    last_at: int | None
    left_out: dict[str, int] = {}


class Survey:
    """What the first reading found. Grows with the refused rows."""

    def __init__(self) -> None:
        self.rows = 0
        self.refusals: list[Refusal] = []
        self.first_at: int | None = None
        self.last_at: int | None = None

    def accept(self, happenings: Iterable[Happening]) -> None:
        for each in happenings:
            if self.first_at is None or each.at < self.first_at:
                self.first_at = each.at
            if self.last_at is None or each.at > self.last_at:
                self.last_at = each.at

    def refuse(self, row: Row, error: MingdanError) -> None:
        evidence = {name: str(value) for name, value in error.evidence.items()}
        self.refusals.append(Refusal(row.number, row.line, error.message, evidence))


class Tally:
    """What was recorded so far. Grows with kinds, labels and irregular orders, not with the rows."""

    def __init__(self) -> None:
        self.recorded = 0
        self.duplicate = 0
        self.orders = 0
        self.events: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()
        self._irregular: Counter[str] = Counter()
        self._odd_orders: dict[str, set[str]] = {}

    def row(self, happenings: Iterable[Happening], receipts: Iterable[Receipt]) -> None:
        """One row with the receipts of its facts: a duplicate only if nothing of it was new."""
        new = [
            (told, receipt)
            for told, receipt in zip(happenings, receipts, strict=True)
            if not receipt.duplicate
        ]
        self.recorded += bool(new)
        self.duplicate += not new
        for told, receipt in new:
            self.orders += receipt.seq == 1
            self.events[KIND_OF[type(told.event)]] += 1
            if isinstance(told.event, Noted):
                self.labels[told.event.label] += 1
            if receipt.irregular is not None:
                self._irregular[receipt.irregular] += 1
                self._odd_orders.setdefault(receipt.irregular, set()).add(receipt.stream)

    def irregular(self) -> dict[str, Irregular]:
        return {
            rule: Irregular(entries, len(self._odd_orders[rule]))
            for rule, entries in self._irregular.most_common()
        }


def report_of(source: str, file: SourceFile, survey: Survey, tally: Tally) -> Report:
    """What every import reports of its rows."""
    return Report(
        source=source,
        file=file.path.name,
        sha256=file.sha256,
        rows=survey.rows,
        recorded=tally.recorded,
        duplicate=tally.duplicate,
        refused=len(survey.refusals),
        refusals=survey.refusals,
        orders=tally.orders,
        events=dict(tally.events.most_common()),
        labels=dict(tally.labels.most_common()),
        irregular=tally.irregular(),
        first_at=survey.first_at,
        last_at=survey.last_at,
    )

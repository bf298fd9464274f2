"""Imports what another mingdan exported: what its entries tell of orders, told again here as history.

This does not become the same log. Orders are drawn anew, and known by the name of their stream there; facts
are known by their leaf hash there; where one names an entry, it names what was recorded here for that entry.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from msgspec.structs import replace

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry
from mingdan.ledger.errors import Malformed, MalformedSource, MingdanError, Misuse, Refused
from mingdan.ledger.event import OrderEvent, of_order
from mingdan.ledger.intake.cases import Cases
from mingdan.ledger.intake.exported import Format, format_of
from mingdan.ledger.intake.importing import Progress, file_changed, rows_refused
from mingdan.ledger.intake.mapping import NOT_IMPORTED
from mingdan.ledger.intake.naming import named, renamed
from mingdan.ledger.intake.report import Report, Survey, Tally, report_of
from mingdan.ledger.intake.source import Row, SourceFile
from mingdan.ledger.intake.telling import Happening
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.draft import Receipt, key_digest
from mingdan.ledger.keeping.finding import row_of_leaf, rows_of_keys
from mingdan.ledger.keeping.vault import Draw, NewOrder

_STEP = 1_000  # rows of the first reading between two words about progress


class _Told(NamedTuple):
    """A row on its way to the book: the order by its stream there, and what was told of it."""

    row: Row
    alias: str
    leaf: str
    event: OrderEvent
    happening: Happening


def import_export(
    book: Book,
    path: Path,
    *,
    lenient: bool = False,
    progress: Progress = lambda _done, _of: None,
    batch: int = 5000,
    draw: Draw = secrets.token_bytes,
) -> Report:
    """Records what is told of orders as history, in the file's order, and accounts for every entry.

    Raises MalformedSource, nothing recorded, for a file that mingdan did not export, that is torn or, unless
    `lenient`, has any row that is no entry; Misuse for this ledger's own export. A disavowal of an entry that
    was not told here is found while recording: then MalformedSource says what stands, unless `lenient`.
    """
    with SourceFile(path) as file:
        found = format_of(file)
        survey, left_out = _survey(book, file, found, progress)
        if survey.refusals and not lenient:
            raise rows_refused(file, survey)
        retelling = _Retelling(book, file, survey, Cases(book, draw), lenient=lenient)
        tally, unread = retelling.tally, {refusal.row for refusal in survey.refusals}
        for told in _batches(_again(file, found, unread), batch):
            if file.changed():
                raise file_changed(file, tally)
            retelling.record(told)
            progress(tally.recorded + tally.duplicate, survey.rows)
        seen = tally.recorded + tally.duplicate + len(survey.refusals) + left_out.total()
        if file.changed() or seen != survey.rows:
            raise file_changed(file, tally)
        return _report(file, found, survey, tally, left_out)


def _survey(book: Book, file: SourceFile, found: Format, progress: Progress) -> tuple[Survey, Counter[str]]:
    """The first reading: what is no entry, and what no import can do."""
    survey, left_out = Survey(), Counter[str]()
    for row in found.rows(file):
        survey.rows = row.number
        try:
            entry = found.entry(row)
        except Malformed as error:
            survey.refuse(Row(row.number, row.line, {}), error)
            continue
        if survey.first_at is None:
            _check_foreign(book, entry)
        survey.accept([_happening(entry)])
        left_out.update(() if _told_of(entry) else [entry.kind])
        if row.number % _STEP == 0:
            progress(row.number, None)
    return survey, left_out


def _again(file: SourceFile, found: Format, unread: set[int]) -> Iterator[_Told]:
    """The second reading: the entries that the first did not refuse or leave out."""
    for row in found.rows(file):
        if row.number not in unread:
            entry = found.entry(row)
            if (event := _told_of(entry)) is not None:
                at = Row(row.number, row.line, {})
                yield _Told(at, entry.stream, entry.leaf.hex(), event, _happening(entry))


def _told_of(entry: Entry) -> OrderEvent | None:
    """What an entry tells of an order; None for the registers', and for what only a ledger itself does."""
    return entry.event if of_order(entry.event) and entry.kind not in NOT_IMPORTED else None


def _batches(told: Iterable[_Told], size: int) -> Iterator[list[_Told]]:
    """As many rows as one transaction takes, none of which names another of them: it has no hash here yet."""
    batch: list[_Told] = []
    leaves: set[str] = set()
    for each in told:
        if len(batch) == size or not leaves.isdisjoint(named(each.event)):
            yield batch
            batch, leaves = [], set()
        batch.append(each)
        leaves.add(each.leaf)
    if batch:
        yield batch


class _Retelling:
    """What is recorded so far; `survey` takes in what the ledger refuses."""

    def __init__(self, book: Book, file: SourceFile, survey: Survey, cases: Cases, *, lenient: bool) -> None:
        self.book = book
        self.file = file
        self.survey = survey
        self.cases = cases
        self.lenient = lenient
        self.tally = Tally()

    def record(self, told: Sequence[_Told]) -> None:
        """One transaction, or where a row is refused one before it and one after it."""
        while told:
            try:
                receipts = self._recorded(told)
            except (Refused, Malformed) as error:
                if "statement" not in error.evidence:
                    raise
                place = int(str(error.evidence["statement"])) - 1
                self.record(told[:place])
                self._refuse(told[place], error)
                told = told[place + 1 :]
                continue
            for each, receipt in zip(told, receipts, strict=True):
                self.tally.row([each.happening], [receipt])
            return

    def _recorded(self, told: Sequence[_Told]) -> list[Receipt]:
        orders, new = self.cases.orders({each.alias: each.happening.key for each in reversed(told)})
        here = self._here({leaf for each in told for leaf in named(each.event)})
        return self.book.record([_claim(each, orders[each.alias], here) for each in told], new)

    def _here(self, leaves: set[str]) -> dict[str, str]:
        """The leaf hashes here of what these name there, as far as it was told here."""
        digests = {digest: leaf for leaf in leaves if (digest := key_digest(_key(leaf)))}
        found = rows_of_keys(self.book.store, digests)
        return {digests[key]: row.leaf.hex() for key, row in found.items()}

    def _refuse(self, told: _Told, error: MingdanError) -> None:
        if not self.lenient:
            _stop(self.file, told.row, error, self.tally)
        self.survey.refuse(told.row, error)


def _claim(told: _Told, order: NewOrder, here: Mapping[str, str]) -> Claim:
    return Claim(
        stream=order.stream,
        by=told.happening.by,
        event=renamed(told.event, here),
        at=told.happening.at,
        basis="backfill",
        learned=told.happening.learned,
        key=told.happening.key,
    )


def _happening(entry: Entry) -> Happening:
    """An entry as history: when that log learned of it is what figures as known then are told by."""
    learned = entry.learned if entry.basis == "backfill" else entry.recorded
    return Happening(_key(entry.leaf.hex()), entry.event, {}, entry.by, entry.at, learned)


def _key(leaf: str) -> str:
    """A leaf hash names its entry whatever file it comes in, so the log that it is from need not be known."""
    return f"mingdan\n{leaf}"


def _check_foreign(book: Book, entry: Entry) -> None:
    """Raises Misuse for an entry of this very ledger."""
    if row_of_leaf(book.store, entry.leaf) is not None:
        raise Misuse(
            "this ledger holds these entries itself",
            next_step="import them into another workspace: here they would be told twice",
            leaf=entry.leaf.hex(),
        )


def _stop(file: SourceFile, row: Row, error: MingdanError, tally: Tally) -> NoReturn:
    raise MalformedSource(
        f"this row is refused here: {error.message}",
        next_step="the rows before it are recorded; go on with --lenient, which lists each that is refused",
        file=str(file.path),
        row=row.number,
        line=row.line,
        recorded=tally.recorded,
        **{name: value for name, value in error.evidence.items() if name not in ("file", "row", "line")},
    ) from error


def _report(file: SourceFile, found: Format, survey: Survey, tally: Tally, left_out: Counter[str]) -> Report:
    told = report_of(found.origin(file) or "mingdan", file, survey, tally)
    return replace(told, left_out=dict(left_out.most_common()))

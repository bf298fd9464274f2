"""Imports a history: the first reading maps every row and writes nothing, the second records in batches.

Order of a batch's writes: the Book's own, orders in the vault before their entries. A batch that was cut off
is made up by importing the same file again: orders are found by the source's name, facts by their keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import KeyReused, Malformed, MalformedSource
from mingdan.ledger.event import Placed
from mingdan.ledger.intake.cases import Cases
from mingdan.ledger.intake.columns import columns_needed
from mingdan.ledger.intake.keys import Keys
from mingdan.ledger.intake.language import Mapping, Source
from mingdan.ledger.intake.report import Report, Survey, Tally, report_of
from mingdan.ledger.intake.source import Row, SourceFile
from mingdan.ledger.intake.table import csv_rows, json_rows
from mingdan.ledger.intake.telling import Happening, Teller
from mingdan.ledger.intake.xes import xes_rows
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.vault import Draw, NewOrder

Progress = Callable[[int, int | None], None]  # rows done, and of how many if that is known yet
Rows = Callable[[SourceFile, Source, frozenset[str]], Iterator[Row]]

_SHOWN = 20  # refused rows that a strict import's error names
_STEP = 1000  # rows of the first reading between two words about progress


class _Told(NamedTuple):
    """A row on its way to the book."""

    number: int
    line: int
    alias: str
    happenings: list[Happening]


def import_file(
    book: Book,
    path: Path,
    mapping: Mapping,
    *,
    lenient: bool = False,
    progress: Progress = lambda _done, _of: None,
    batch: int = 5000,
    draw: Draw = secrets.token_bytes,
) -> Report:
    """Records every row that maps and accounts for all of them. `batch` is rows to one transaction: keys lie
    scattered in their index, so that a small batch rewrites a page for each.

    Raises MalformedSource, nothing recorded, for a torn file, for columns that its header lacks, for needed
    ones that no row has and, unless `lenient`, for any row whose values do not map or whose key stands for
    another fact in a row before it. Raises KeyReused at the first row that stood for another fact when the
    source was imported before.
    """
    teller = Teller(mapping)
    with SourceFile(path) as file:
        survey = _survey(file, teller, progress)
        if survey.refusals and not lenient:
            raise rows_refused(file, survey)
        tally, cases = Tally(), Cases(book, draw)
        for told in _batches(_placed_first(_again(file, mapping, survey, tally)), batch):
            if file.changed():
                raise file_changed(file, tally)
            _record(book, cases, file, told, tally)
            progress(tally.recorded + tally.duplicate, survey.rows)
        if file.changed() or tally.recorded + tally.duplicate + len(survey.refusals) != survey.rows:
            raise file_changed(file, tally)
        return _report(file, teller, survey, tally)


def _survey(file: SourceFile, teller: Teller, progress: Progress) -> Survey:
    """The first reading: everything that is wrong with the file is found here."""
    survey, keys = Survey(), Keys()
    for row in ROWS[teller.source.format](file, teller.source, teller.columns):
        survey.rows = row.number
        try:
            case, happenings = teller.tell(row)
            if teller.source.key is not None:  # by their numbers rows are told apart as they are
                keys.accept(row, case, happenings)
            survey.accept(happenings)
        except Malformed as error:
            survey.refuse(row, error)
        if row.number % _STEP == 0:
            progress(row.number, None)
    lacking = teller.unseen.intersection(columns_needed(teller.mapping))
    if survey.rows and lacking:
        raise MalformedSource(
            "the mapping needs columns that no row of the file has",
            next_step="correct the names in the mapping; nothing was recorded",
            file=str(file.path),
            columns=", ".join(sorted(lacking)),
        )
    return survey


def _again(file: SourceFile, mapping: Mapping, survey: Survey, tally: Tally) -> Iterator[_Told]:
    """The second reading: the rows that the first did not refuse, as they were told in it."""
    teller = Teller(mapping)
    refused = {refusal.row for refusal in survey.refusals}
    try:
        for row in ROWS[mapping.source.format](file, mapping.source, teller.columns):
            if row.number not in refused:
                case, happenings = teller.tell(row)
                yield _Told(row.number, row.line, f"{mapping.source.name}:{case}", happenings)
    except Malformed as error:
        raise file_changed(file, tally) from error  # the first reading found nothing else that is wrong


def _placed_first(told: Iterator[_Told]) -> Iterator[_Told]:
    """Of one order's rows that share an instant its placing goes first; all else stays as in the file."""
    for _, rows in groupby(told, lambda each: (each.alias, each.happenings[0].at)):
        yield from sorted(rows, key=lambda each: not isinstance(each.happenings[0].event, Placed))


def _batches(told: Iterator[_Told], size: int) -> Iterator[list[_Told]]:
    while batch := list(islice(told, size)):
        yield batch


def _record(book: Book, cases: Cases, file: SourceFile, batch: list[_Told], tally: Tally) -> None:
    """One transaction."""
    orders, new = cases.orders({told.alias: told.happenings[0].key for told in reversed(batch)})
    claims = [_claim(orders[told.alias], each) for told in batch for each in told.happenings]
    try:
        receipts = iter(book.record(claims, new))
    except KeyReused as error:
        raise _reordered(file, _row_of(batch, error), tally) from error
    for told in batch:
        own = list(islice(receipts, len(told.happenings)))
        if any(receipt.stream != orders[told.alias].stream for receipt in own):
            raise _reordered(file, told, tally)
        tally.row(told.happenings, own)


def _claim(order: NewOrder, told: Happening) -> Claim:
    return Claim(
        stream=order.stream,
        by=told.by,
        event=told.event,
        at=told.at,
        basis="backfill",
        learned=told.learned,
        private=told.private,
        key=told.key,
    )


def _row_of(batch: list[_Told], error: KeyReused) -> _Told:
    """The row of the claim that the book says it is about, counted from 1."""
    left = int(str(error.evidence["statement"]))
    for told in batch:
        left -= len(told.happenings)
        if left <= 0:
            break
    return told


def _report(file: SourceFile, teller: Teller, survey: Survey, tally: Tally) -> Report:
    return replace(
        report_of(teller.source.name, file, survey, tally),
        activities=dict(teller.activities.most_common()),
        columns_never_seen=sorted(teller.unseen) if survey.rows else [],
        missing={name: dict(found.most_common()) for name, found in teller.missing.items()},
        shared_ids=teller.shared_ids,
    )


def rows_refused(file: SourceFile, survey: Survey) -> MalformedSource:
    """The error for rows that a strict import does not take."""
    return MalformedSource(
        f"{len(survey.refusals)} of {survey.rows} rows do not map; nothing was recorded",
        next_step="correct the mapping or the rows, or import with --lenient, which reports each of them",
        file=str(file.path),
        refused="; ".join(map(str, survey.refusals[:_SHOWN])),
    )


def _reordered(file: SourceFile, told: _Told, tally: Tally) -> KeyReused:
    return KeyReused(
        "this row stood for another fact when the source was imported before",
        next_step="import the file as it was then; if its rows may move or change, name columns that tell "
        "them apart as the mapping's `key`",
        file=str(file.path),
        row=told.number,
        line=told.line,
        recorded=tally.recorded,
    )


def file_changed(file: SourceFile, tally: Tally) -> MalformedSource:
    """The error for a file that the two readings found different."""
    return MalformedSource(
        "the file was changed while it was imported",
        next_step="import it again when nobody writes to it; rows already recorded are recognised",
        file=str(file.path),
        recorded=tally.recorded,
    )


ROWS: dict[str, Rows] = {"csv": csv_rows, "jsonl": json_rows, "xes": xes_rows}

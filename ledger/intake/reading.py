"""How the values that a mapping asks for are taken from a row's cells.

Each reader is made once for a whole file; what does not fit is a MalformedSource that names the column.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Cells

import msgspec

from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.fact import LEDGER, Id
from mingdan.ledger.intake.cell import Ids, amount
from mingdan.ledger.intake.columns import columns_read
from mingdan.ledger.intake.language import Constant, FromColumn, Mapping, Moment, Value, moment, named
from mingdan.ledger.intake.mapping import clock_settings
from mingdan.ledger.intake.moment import Clock, clock

Known = Cells[str, str]  # a row's cells, trimmed, without the missing ones
Read = Callable[[Known], Constant | None]
ReadTime = Callable[[Known], int | None]
ReadParty = Callable[[Known], str]


class Readers:
    """Makes the readers of one mapping; they share the clocks of the columns and the ids of the names."""

    def __init__(self, mapping: Mapping) -> None:
        self.ids = Ids()
        self.columns = tuple(dict.fromkeys(columns_read(mapping)))
        self._clocks = {name: clock(*clock_settings(mapping, name)) for name in self.columns}

    def value(self, cell: FromColumn) -> Read:
        """None where the value is missing and has no default."""
        columns = named(cell.column)
        take = _first(columns) if cell.join is None else _joined(columns, cell.join)
        convert = _converter(cell, self._clocks[columns[0]], self.ids)
        mapped, default = cell.map, cell.default

        def read(known: Known) -> Constant | None:
            text = take(known)
            if text is None:
                return default
            if text in mapped:
                return mapped[text]
            try:
                return convert(text)
            except ValueError as error:
                raise MalformedSource(str(error), column=shown(cell), got=text[:80]) from error

        return read

    def moment(self, where: Moment | None) -> ReadTime:
        """Milliseconds UTC, or None where the time is missing or there is no place for one."""
        if where is None:
            return lambda _known: None
        read = self.value(msgspec.structs.replace(moment(where), as_="time"))

        def time(known: Known) -> int | None:
            at = read(known)
            assert at is None or isinstance(at, int)
            return at

        return time

    def party(self, value: Value) -> ReadParty:
        """The id of whoever speaks."""
        if not isinstance(value, FromColumn):
            constant = msgspec.convert(value, Id)
            return lambda _known: constant
        read = self.value(value)

        def party(known: Known) -> str:
            try:
                by: str = msgspec.convert(read(known), Id)
            except msgspec.ValidationError as error:
                raise MalformedSource("no party's id", column=shown(value), reason=str(error)) from error
            if by == LEDGER:
                raise MalformedSource("the ledger speaks for itself", column=shown(value), got=by)
            return by

        return party


def shown(where: Moment | None) -> str:
    """The columns' names, for people."""
    return "" if where is None else " + ".join(named(moment(where).column))


def _first(columns: tuple[str, ...]) -> Callable[[Known], str | None]:
    if len(columns) == 1:
        (only,) = columns
        return lambda known: known.get(only)
    return lambda known: next((known[each] for each in columns if each in known), None)


def _joined(columns: tuple[str, ...], by: str) -> Callable[[Known], str | None]:
    def take(known: Known) -> str | None:
        parts = [known[each] for each in columns if each in known]
        return by.join(parts) if len(parts) == len(columns) else None

    return take


def _converter(cell: FromColumn, read_time: Clock, ids: Ids) -> Callable[[str], Constant]:
    match cell.as_:
        case "time":
            return read_time
        case "id":
            return ids
        case "integer" | "amount":
            return lambda text: amount(text, cell.scale or 0, cell.decimal, cell.thousands)
        case None if cell.map:
            return _unlisted
        case "text" | None:
            return str


def _unlisted(_text: str) -> Constant:
    raise ValueError("a value that `map` does not list")

"""What a row tells: which facts, of which order, by whom, when, and when the source itself learned of it.

Pure: the same row tells the same facts in every reading, so that their idempotency keys hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from mingdan.ledger.claim import claimed
from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.event import Event, Placed
from mingdan.ledger.intake.language import Columns, FromColumn, Mapping, Rule, named
from mingdan.ledger.intake.reading import Known, Readers, shown
from mingdan.ledger.intake.source import Row

Fact = tuple[Event, dict[str, str]]  # the event and its private words


class Happening(NamedTuple):
    """One fact of a row: `key` tells it apart for ever, `at` and `learned` are milliseconds UTC."""

    key: str
    event: Event
    private: dict[str, str]
    by: str
    at: int
    learned: int | None


class Teller:
    """Follows a mapping row by row, and counts the activities and the missing markers it meets."""

    def __init__(self, mapping: Mapping) -> None:
        readers = Readers(mapping)
        self.mapping = mapping
        self.readers = readers
        self.source = mapping.source
        self.columns = frozenset(readers.columns)
        self.unseen = set(readers.columns)  # what no row has had yet
        self.shared_ids = readers.ids.shared
        self.missing: dict[str, Counter[str]] = {}
        self.activities: Counter[str] = Counter()
        self._markers = [(name, _markers(mapping, name)) for name in readers.columns]
        self._time = readers.moment(mapping.source.time)
        self._rules = [_Telling(readers, mapping, *each) for each in _suffixed(mapping.event)]
        self._by_activity = {
            activity: each for each in self._rules for activity in named(each.rule.activity or ())
        }

    def tell(self, row: Row) -> tuple[str, list[Happening]]:
        """The row's case and its facts in order. Raises Malformed, saying why, if the row does not map."""
        known = self._known(row)
        case = _name(self.source.case, known)
        if self.source.key is None:
            key = f"{self.source.name} row {row.number}"
        else:
            key = f"{self.source.name} key {_name(self.source.key, known)}"
        return case, self._log(known, key) if self.source.shape == "log" else self._table(known, key)

    def _known(self, row: Row) -> dict[str, str]:
        """The row's cells without the missing ones; what marked them as missing is counted."""
        cells = row.cells
        known = {}
        if self.unseen:
            self.unseen -= cells.keys()
        for name, markers in self._markers:
            text = cells.get(name)
            if text is None:
                continue
            text = text.strip()
            if text in markers:
                self.missing.setdefault(name, Counter())[text] += 1
            else:
                known[name] = text
        return known

    def _log(self, known: Known, key: str) -> list[Happening]:
        activity = known.get(self.source.activity or "")
        if activity is None:
            raise MalformedSource("no activity", column=self.source.activity)
        self.activities[activity] += 1
        at = self._time(known)
        if at is None:
            raise MalformedSource("no time", column=shown(self.source.time))
        telling = self._by_activity.get(activity) or self._other(activity)
        return [telling.happening(known, key, at)]

    def _other(self, activity: str) -> _Telling:
        """How to tell an activity that no event of the mapping tells."""
        if self.source.otherwise == "refuse":
            raise MalformedSource("an activity that no event of the mapping tells", got=activity)
        note = Rule(kind="order.noted", fields={"label": activity})
        telling = self._by_activity[activity] = _Telling(self.readers, self.mapping, note, "")
        return telling

    def _table(self, known: Known, key: str) -> list[Happening]:
        told = []
        for each in self._rules:
            at = each.time(known)
            if at is not None:
                told.append(each.happening(known, key, at))
            elif each.rule.without_time == "bound":
                told.append(each.happening(known, key, self._earliest(known), bound=True))
            elif each.rule.without_time == "refuse":
                raise MalformedSource(f"no time of {each.rule.kind}", column=shown(each.rule.time))
        if not told:
            raise MalformedSource("no time is known of anything in this row")
        return sorted(told, key=_placed_first)

    def _earliest(self, known: Known) -> int:
        """The earliest time that the mapping reads anywhere in the row: the order was placed by then."""
        times = [at for each in self._rules for read in each.moments if (at := read(known)) is not None]
        if not times:
            raise MalformedSource("no time is known of anything in this row")
        return min(times)


class _Telling:
    """One event of the mapping, ready to be told."""

    def __init__(self, readers: Readers, mapping: Mapping, rule: Rule, suffix: str) -> None:
        self.rule = rule
        self.suffix = suffix
        self.time = readers.moment(rule.time)
        self.learned = readers.moment(rule.learned or mapping.source.learned)
        self.by = readers.party(rule.by or mapping.source.by or mapping.source.name)
        columns = {name: value for name, value in rule.fields.items() if isinstance(value, FromColumn)}
        self.fields = {name: readers.value(cell) for name, cell in columns.items()}
        self.moments = [self.time, self.learned]
        self.moments += [readers.moment(cell) for cell in columns.values() if cell.as_ == "time"]
        self.constants: dict[str, object] = {
            name: value for name, value in rule.fields.items() if name not in columns
        }
        self.fixed = None if columns else claimed(rule.kind, self.constants)

    def happening(self, known: Known, key: str, at: int, *, bound: bool = False) -> Happening:
        event, private = self._fact(known, bound=bound)
        return Happening(key + self.suffix, event, private, self.by(known), at, self.learned(known))

    def _fact(self, known: Known, *, bound: bool) -> Fact:
        if self.fixed is not None and not bound:
            return self.fixed
        found: dict[str, object] = dict(self.constants)
        for name, read in self.fields.items():
            value = read(known)
            if value is not None:
                found[name] = value
        if bound:
            found["bound"] = True
        return claimed(self.rule.kind, found)


def _markers(mapping: Mapping, column: str) -> frozenset[str]:
    own = mapping.columns[column].missing if column in mapping.columns else ()
    return frozenset(("", *mapping.source.missing, *own))


def _name(columns: Columns, known: Known) -> str:
    """What the source calls a case or a row: the cell, or the JSON list of several, so that none coincide."""
    if isinstance(columns, str) and columns in known:
        return known[columns]
    lacking = [name for name in named(columns) if name not in known]
    if lacking:
        raise MalformedSource("no name for the row", column=" + ".join(lacking))
    return msgspec.json.encode([known[name] for name in columns]).decode()


def _suffixed(rules: tuple[Rule, ...]) -> Iterator[tuple[Rule, str]]:
    """In a table one row tells several facts: the kind tells their keys apart, a number those of one kind."""
    seen: Counter[str] = Counter()
    for rule in rules:
        seen[rule.kind] += 1
        number = f" {seen[rule.kind]}" if seen[rule.kind] > 1 else ""
        yield rule, "" if rule.activity is not None else f" {rule.kind}{number}"


def _placed_first(happening: Happening) -> tuple[bool, int]:
    return not isinstance(happening.event, Placed), happening.at

"""Reads a mapping file and checks that it can mean something, before anything else is opened.

Whatever is wrong is a MalformedSource that names the file and the place in it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Never, get_args

import msgspec
from msgspec.structs import fields as fields_of
from msgspec.structs import replace

from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.event import KINDS, PRIVATE, OrderEvent
from mingdan.ledger.fact import LEDGER, Id
from mingdan.ledger.intake.columns import columns_read
from mingdan.ledger.intake.language import (
    Column,
    FromColumn,
    Mapping,
    Moment,
    Rule,
    Source,
    Value,
    moment,
    named,
)
from mingdan.ledger.intake.moment import clock

NOT_IMPORTED = ("log.epoch", "order.erased")  # the ledger's own acts: no history can do them


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file. Raises MalformedSource."""
    try:
        return parse_mapping(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise MalformedSource(
            "the mapping cannot be read",
            next_step="name a file that is there and may be read, TOML in UTF-8; nothing was recorded",
            mapping=str(path),
            reason=str(error),
        ) from error


def parse_mapping(text: str, name: str = "mapping") -> Mapping:
    """The mapping that a text states; `name` is what errors call it. Raises MalformedSource."""
    try:
        found = _mapping(tomllib.loads(text))
        check(found)
    except (ValueError, RecursionError) as error:
        raise MalformedSource(
            "the mapping cannot be followed",
            next_step="docs/mappings.md lists every key; nothing was read or recorded",
            mapping=name,
            reason=str(error),
        ) from error
    return found


def check(mapping: Mapping) -> None:
    """Raises ValueError, naming the place, for a mapping that cannot mean anything."""
    _check_source(mapping)
    read = set(columns_read(mapping))
    for name in mapping.columns:
        place = f'columns."{name}"'
        if name not in read:
            _wrong(place, "the mapping reads no such column")
        _check_clock(*clock_settings(mapping, name), place)
    told: set[str] = set()
    for index, rule in enumerate(mapping.event, 1):
        place = f"event {index} ({rule.kind})"
        _check_rule(mapping.source, rule, place)
        for activity in named(rule.activity or ()):
            if activity in told:
                _wrong(place, f"{activity!r} is told by an event before it")
            told.add(activity)


def clock_settings(mapping: Mapping, column: str) -> tuple[tuple[str, ...], str]:
    """Formats and zone of the times in a column."""
    own = mapping.columns.get(column, Column())
    return own.times or mapping.source.times, own.zone or mapping.source.zone


def _mapping(tables: dict[str, object]) -> Mapping:
    """Converted piece by piece, for msgspec does not say at which member of a list or table it stopped."""
    source = _converted(tables.pop("source", {}), Source, "source")
    events = _converted(tables.pop("event", []), list[dict[str, object]], "event")
    columns = _converted(tables.pop("columns", {}), dict[str, object], "columns")
    if tables:
        _wrong("mapping", f"no such table: {', '.join(tables)}")
    return Mapping(
        source=source,
        event=tuple(_rule(index, event) for index, event in enumerate(events, 1)),
        columns={name: _converted(column, Column, f'columns."{name}"') for name, column in columns.items()},
    )


def _rule(index: int, event: dict[str, object]) -> Rule:
    place = f"event {index} ({event.get('kind', 'without a kind')})"
    fields = _converted(event.pop("fields", {}), dict[str, object], f"{place}, fields")
    values: dict[str, Value] = {
        name: _converted(value, Value, f"{place}, field {name!r}") for name, value in fields.items()
    }
    rule: Rule = _converted(event, Rule, place)
    return replace(rule, fields=values)


def _converted(value: object, wanted: Any, place: str) -> Any:
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        _wrong(place, str(error))


def _check_source(mapping: Mapping) -> None:
    source = mapping.source
    _check_speaker(source.name, "source, `name`")
    if source.shape == "log":
        if source.activity is None or source.time is None:
            _wrong("source", "a log needs `activity` and `time`")
    elif source.format == "xes":
        _wrong("source", "an XES file is a log")
    elif source.activity is not None or source.time is not None or source.otherwise != "note":
        _wrong("source", "`activity`, `time` and `otherwise` are a log's; a table's events state their own")
    elif not mapping.event:
        _wrong("source", "a table needs an [[event]] at least")
    if source.format != "csv" and (source.delimiter is not None or source.quote is not None):
        _wrong("source", "`delimiter` and `quote` are for csv")
    if source.format == "xes" and source.encoding is not None:
        _wrong("source", "an XES file says its own encoding")
    if not (named(source.case) and (source.key is None or named(source.key))):
        _wrong("source", "`case` and `key` name a column at least")
    try:
        "".encode(source.encoding or "utf-8")
    except LookupError as error:
        _wrong("source", str(error))
    _check_clock(source.times, source.zone, "source")
    _check_by(source.by, "source")
    _check_moments("source", time=source.time, learned=source.learned)


def _check_rule(source: Source, rule: Rule, place: str) -> None:
    if rule.kind not in KINDS or rule.kind in NOT_IMPORTED:
        _wrong(place, "no such kind of event, or none that can be imported")
    if KINDS[rule.kind] not in get_args(OrderEvent):
        _wrong(place, "imports tell of orders: what is told of the market goes through `mingdan record`")
    if source.shape == "log":
        if not named(rule.activity or ()) or rule.time is not None or rule.without_time is not None:
            _wrong(place, "in a log an event states `activity`; its time is the source's")
    elif rule.activity is not None or (rule.time is None and rule.without_time != "bound"):
        _wrong(place, "in a table an event states the column of its `time`, and no activity")
    if rule.without_time == "bound" and rule.kind != "order.placed":
        _wrong(place, "only order.placed can say that its time is only a bound")
    _check_by(rule.by, place)
    _check_moments(place, time=rule.time, learned=rule.learned)
    fact = KINDS[rule.kind]
    known = {field.name: field for field in fields_of(fact)}
    for name, value in rule.fields.items():
        if name not in known:
            _wrong(place, f"{rule.kind} has no field {name!r}; it has {', '.join(known) or 'none'}")
        wanted = str if name in PRIVATE.get(fact, ()) else known[name].type
        _check_value(value, wanted, f"{place}, field {name!r}")
    lacking = [field.name for field in known.values() if field.required and field.name not in rule.fields]
    if lacking:
        _wrong(place, f"{rule.kind} needs {', '.join(lacking)}")


def _check_clock(formats: tuple[str, ...], zone: str, place: str) -> None:
    try:
        clock(formats, zone)
    except ValueError as error:
        _wrong(place, str(error))


def _check_by(by: Value | None, place: str) -> None:
    if by is not None:
        _check_value(by, Id, f"{place}, `by`")
        for constant in (*by.map.values(), by.default) if isinstance(by, FromColumn) else (by,):
            _check_speaker(constant, f"{place}, `by`")


def _check_speaker(name: object, place: str) -> None:
    if name == LEDGER:
        _wrong(place, "the ledger speaks for itself: the name is reserved")


def _check_moments(place: str, **moments: Moment | None) -> None:
    for name, where in moments.items():
        if where is None:
            continue
        cell = moment(where)
        if cell.as_ not in (None, "time") or cell.map or cell.default is not None:
            _wrong(f"{place}, `{name}`", "a time comes from its column alone: no map, no default")
        _check_value(cell, int, f"{place}, `{name}`")


def _check_value(value: Value, wanted: object, place: str) -> None:
    """A constant must fit the field; a column must be read in a way that can mean something."""
    if not isinstance(value, FromColumn):
        _check_constant(value, wanted, place)
        return
    columns = named(value.column)
    if not columns or (value.join is not None and len(columns) == 1):
        _wrong(place, "`column` names a column, and several where they are joined")
    if (value.as_ == "amount") != (value.scale is not None):
        _wrong(place, 'as = "amount" needs `scale`, and only an amount has one')
    if value.as_ not in ("amount", "integer") and (value.decimal, value.thousands) != (".", ""):
        _wrong(place, "`decimal` and `thousands` are for amounts and integers")
    if value.decimal == value.thousands:
        _wrong(place, "`decimal` and `thousands` cannot be the same character")
    if value.as_ == "time" and value.default is not None:
        _wrong(place, "a time is never invented: no default")
    for constant in (*value.map.values(), *([] if value.default is None else [value.default])):
        _check_constant(constant, wanted, place)


def _check_constant(value: object, wanted: object, place: str) -> None:
    _converted(value, wanted, f"{place}, {value!r}")


def _wrong(place: str, why: str) -> Never:
    raise ValueError(f"{place}: {why}")

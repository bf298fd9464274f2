"""Which columns of a file a mapping reads, and which it cannot do without."""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.ledger.intake.language import FromColumn, Mapping, moment, named


def columns_needed(mapping: Mapping) -> Iterator[str]:
    """Every column without which no row maps: those that name the order and the row, say what and when."""
    source = mapping.source
    yield from named(source.case)
    yield from named(source.key or ())
    if source.activity is not None:
        yield source.activity
    times = [rule.time for rule in mapping.event if rule.without_time == "refuse"]
    for where in (source.time, *times):
        cell = None if where is None else moment(where)
        if cell is not None and (cell.join is not None or len(named(cell.column)) == 1):
            yield from named(cell.column)  # of several that stand for one another none is needed


def columns_read(mapping: Mapping) -> Iterator[str]:
    """Every column that the mapping takes something from."""
    yield from columns_needed(mapping)
    source = mapping.source
    moments, values = [source.time, source.learned], [source.by]
    for rule in mapping.event:
        moments += [rule.time, rule.learned]
        values += [rule.by, *rule.fields.values()]
    for where in moments:
        yield from () if where is None else named(moment(where).column)
    for value in values:
        yield from named(value.column) if isinstance(value, FromColumn) else ()

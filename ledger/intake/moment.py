"""A source's words for a time as whole milliseconds UTC, before 1970 negative.

The formats are tried in their order and the first that fits decides; a local time that never was is
refused, and no float is ever made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

Clock = Callable[[str], int]

_REMEMBERED = 65_536  # texts; the times of a history repeat
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SAMPLE = datetime(2009, 11, 23, 21, 54, 36, tzinfo=UTC)  # no two of its numbers can be confused
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")


def clock(formats: Sequence[str], zone: str) -> Clock:
    """A reader of times: milliseconds UTC of a text. It raises ValueError for what does not fit.

    A text without an offset is local to `zone`; of a time that came twice, when clocks were put back, the
    earlier is meant. Raises ValueError here if a format or the zone means nothing.
    """
    for each in formats:
        _check(each)
    where = _zone(zone)

    @lru_cache(maxsize=_REMEMBERED)
    def read(text: str) -> int:
        for each in formats:
            try:
                found = _FORMATS[each](text) if each in _FORMATS else datetime.strptime(text, each)  # noqa: DTZ007  # the zone follows
            except (ValueError, OverflowError):
                continue
            return (_located(found, where) - _EPOCH) // _MILLISECOND
        raise ValueError(f"none of the formats {', '.join(formats)} fits")

    return read


def _check(form: str) -> None:
    """Raises ValueError unless the format states a whole date."""
    if form in _FORMATS:
        return
    if "%Z" in form:
        raise ValueError(f"{form!r}: a zone's abbreviation names no zone: state `zone`, or use %z")
    try:
        whole = datetime.strptime(_SAMPLE.strftime(form), form).date() == _SAMPLE.date()  # noqa: DTZ007  # only its date
    except ValueError as error:
        raise ValueError(f"{form!r} is no format of a time: {error}") from error
    if not whole:
        raise ValueError(f"{form!r} does not state year, month and day")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, LookupError, ValueError) as error:
        raise ValueError(f"{name!r} is no zone of the tz database, like Asia/Shanghai") from error


def _located(found: datetime, zone: ZoneInfo) -> datetime:
    if found.tzinfo is not None:
        return found
    try:
        there = found.replace(tzinfo=zone)
        again = there.astimezone(UTC).astimezone(zone)
    except OverflowError as error:
        raise ValueError("a time outside the years 1 to 9999") from error
    if again.replace(tzinfo=None) != found:
        raise ValueError(f"there was no such time in {zone.key}: clocks were put forward over it")
    return there


def _unix(text: str, unit: str) -> datetime:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    millis = (Decimal(text) * Decimal(unit)).to_integral_value(ROUND_FLOOR)
    return _EPOCH + int(millis) * _MILLISECOND


_FORMATS: dict[str, Callable[[str], datetime]] = {
    "iso": datetime.fromisoformat,
    "unix": lambda text: _unix(text, "1000"),
    "unix_ms": lambda text: _unix(text, "1"),
}

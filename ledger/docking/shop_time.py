"""When a shop says that something happened, as milliseconds UTC; None for whatever is no time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))  # shops that state no zone mean this one
LOCAL = "%Y-%m-%d %H:%M:%S"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(text: str | None) -> int | None:
    """Of an ISO 8601 time with its offset."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return None if found.tzinfo is None else _ms(found)


def local(text: str | None) -> int | None:
    """Of a Chinese shop's `2026-01-31 23:59:59`."""
    try:
        return _ms(datetime.strptime(text or "", LOCAL).replace(tzinfo=CHINA))
    except ValueError:
        return None


def told(now: int) -> str:
    """An instant (ms UTC) as such a shop writes it."""
    return (_EPOCH + timedelta(milliseconds=now)).astimezone(CHINA).strftime(LOCAL)


def _ms(found: datetime) -> int:
    return (found - _EPOCH) // timedelta(milliseconds=1)

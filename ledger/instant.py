"""An instant as people and machines both read it, for the evidence of errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(ms: int) -> str:
    """ISO 8601 UTC to the millisecond; outside the calendar's years the number itself, which is ms UTC."""
    try:
        found = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return f"{ms} ms"  # an entry may carry any 53-bit integer; datetime ends at the year 9999
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""Durations as people write them, `30min` or `1d 12h`, and as the ledger counts them: whole milliseconds."""

from __future__ import annotations

import re

LARGEST = 2**53 - 1
_PART = re.compile(r"([0-9]{1,16})(ms|s|min|h|d)")


def parse_duration(text: str) -> int:
    """Milliseconds of one or more parts, larger units first. Raises ValueError."""
    parts = [_PART.fullmatch(part) for part in text.split(" ")]
    units = [part[2] for part in parts if part is not None]
    if len(units) < len(parts) or sorted(set(units), key=_ORDER.index) != units:
        raise ValueError(f"{text!r} is no duration: write 30min, 24h, 2d, 1d 12h, or whole milliseconds")
    total = sum(int(part[1]) * _UNITS[part[2]] for part in parts if part is not None)
    if total > LARGEST:
        raise ValueError(f"{text!r} is longer than can be counted")
    return total


def print_duration(ms: int) -> str:
    """The shortest exact form: `1d 12h`; `0ms` for none."""
    parts = []
    for unit, size in _UNITS.items():
        count, ms = divmod(ms, size)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts) or "0ms"


_UNITS = {"d": 86_400_000, "h": 3_600_000, "min": 60_000, "s": 1_000, "ms": 1}
_ORDER = list(_UNITS)

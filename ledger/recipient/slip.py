"""Slips of the finger: one letter wrong, missing, too many, or two swapped."""

from __future__ import annotations

from collections.abc import Iterable

_SHORTEST = 3  # in shorter names one letter is too much of the whole


def near(text: str, known: Iterable[str]) -> str | None:
    """The one known name that a single slip makes into this text; None where there are none or several."""
    found = [name for name in known if _one_slip(text, name)]
    return found[0] if len(found) == 1 else None


def _one_slip(one: str, other: str) -> bool:
    if one == other or _shorter(one, other) < _SHORTEST:
        return False
    pairs = enumerate(zip(one, other, strict=False))
    same = next((place for place, (a, b) in pairs if a != b), _shorter(one, other))
    one, other = one[same:], other[same:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return swapped or one[1:] in (other, other[1:]) or one == other[1:]


def _shorter(one: str, other: str) -> int:
    return min(len(one), len(other))

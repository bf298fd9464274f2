"""What the text of a cell is worth as the value of a field: an id, a whole number, minor units.

Amounts go from decimal text to integers digit by digit, are never rounded and never a float.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

_LONGEST_ID = 64
_DIGEST = 8  # hex digits that tell apart names whose letters an id cannot hold
_NOT_ID = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """A name as an id: accents dropped, lower case, every run of other characters one hyphen.

    Where letters are lost or the id would be longer than 64 characters, it ends in the first eight hex
    digits of the SHA-256 of the name, so that two names seldom share an id. `Ids` tells when they do.
    """
    folded = unicodedata.normalize("NFKD", name)
    plain = folded.encode("ascii", "ignore").decode().lower()
    found = _NOT_ID.sub("-", plain).strip("-")
    lost = any(letter.isalnum() and not letter.isascii() for letter in folded)
    if found and not lost and len(found) <= _LONGEST_ID:
        return found
    digest = sha256(name.encode()).hexdigest()[:_DIGEST]
    start = found[: _LONGEST_ID - _DIGEST - 1].strip("-")
    return f"{start}-{digest}" if start else digest


class Ids:
    """The ids given to names, and the names that had to share one: memory grows with the names."""

    def __init__(self) -> None:
        self.shared: dict[str, list[str]] = {}
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        found = self._ids.get(name)
        if found is None:
            found = self._ids[name] = slug(name)
            first = self._names.setdefault(found, name)
            if first != name:
                self.shared.setdefault(found, [first]).append(name)
        return found


def amount(text: str, scale: int, decimal: str = ".", thousands: str = "") -> int:
    """Decimal text in minor units: `scale` digits after the point. Raises ValueError rather than round."""
    whole = rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|[0-9]+" if thousands else "[0-9]+"
    found = re.fullmatch(rf"([+-]?)({whole})(?:{re.escape(decimal)}([0-9]+))?", text)
    if found is None:
        raise ValueError("not a decimal number")
    sign, before, after = found[1], found[2], found[3] or ""
    if after[scale:].strip("0"):
        raise ValueError(f"more than {scale} decimal places, and nothing is rounded")
    digits = (before.replace(thousands, "") if thousands else before) + after[:scale].ljust(scale, "0")
    return -int(digits) if sign == "-" else int(digits)

"""Characters that look like others: what a text would be if they were what they look like.

Only a character that cannot stand in a field is read as another, save letters amid digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from mingdan.ledger.recipient.hint import Code

Fits = Callable[[str], bool]


def mended(text: str, fits: Fits) -> tuple[str, Code | None]:
    """The text as it looks, and the first kind of likeness that was needed for it."""
    read = [_read(letter, fits) for letter in text]
    return "".join(letter for letter, _ in read), next((code for _, code in read if code), None)


def amid_digits(text: str) -> str:
    """The text with letters that look like digits and stand between digits read as digits."""
    return _AMID.sub(lambda found: found[0].translate(_DIGITS), text)


def folded(letter: str) -> str:
    """The plain form of one character: of a full-width 8 an 8. What would become several stays itself."""
    plain = unicodedata.normalize("NFKC", letter)
    return plain if len(plain) == 1 else letter


def _read(letter: str, fits: Fits) -> tuple[str, Code | None]:
    if fits(letter):
        return letter, None
    seen = letter
    for code, look in _LOOKS.items():
        seen = look(seen)
        if all(map(fits, seen)):
            return seen, code
    return letter, None


def _seen(letter: str) -> str:
    return "" if unicodedata.category(letter) == "Cf" else letter


# What each is written like; a letter may go through several: a full-width O is an O and then a 0.
_DIGITS = str.maketrans("OoIl|", "00111")
_LATIN = str.maketrans(
    "АВЕЅІЈКМНОРСТХУавеѕіјкмнорстхуԁԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧανιορυχκ。·—–‐‑−",
    "ABESIJKMHOPCTXYabesijkmhopctxydqwhABEZHIKMNOPTYXaviopuxk..-----",
)
_AMID = re.compile(r"(?<=[0-9])[OoIl|]+(?=[0-9])")
_LOOKS: dict[Code, Callable[[str], str]] = {
    "invisible": _seen,
    "full_width": lambda letter: folded(letter) if letter else letter,
    "foreign_letter": lambda letter: letter.translate(_LATIN),
    "letter_for_digit": lambda letter: letter.translate(_DIGITS),
}

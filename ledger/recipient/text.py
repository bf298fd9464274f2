"""One field's text against its checks: tidied, read as it looks, and only then judged.

Whatever is offered as meant fits the field itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mingdan.ledger.recipient.hint import Code, distance
from mingdan.ledger.recipient.lookalike import amid_digits, mended
from mingdan.ledger.recipient.mail import is_mail, unslipped
from mingdan.ledger.recipient.outcome import Outcome
from mingdan.ledger.recipient.rule import Field, Names, fits, is_one_of


def judged(field: Field, text: str) -> Outcome:
    """What was found of a text; of several forms that it may have, by the one that it comes nearest to."""
    if field.any_of:
        return min((judged(each, text) for each in field.any_of), key=lambda found: distance(found.code))
    meant, code = _meant(field, text)
    if (fault := _fault(field, meant)) is not None:
        return Outcome(fault)
    segment = _segment(field, meant)
    if field.segment and segment is None:
        return Outcome("unknown_segment")
    return Outcome(code or ("fits" if meant == text else "tidied"), meant, segment)


def _meant(field: Field, text: str) -> tuple[str, Code | None]:
    """The text as it was probably meant, and why if more than tidying was needed."""
    seen, code = mended(text.strip(), partial(_may_stand, field))
    tidy = _tidied(field, seen)
    if field.mail is not None:
        found, slip = unslipped(field.mail, tidy), _DOMAIN
    elif {"digit", "latin"}.issubset(field.letters):
        found, slip = amid_digits(tidy), _LETTER
    else:
        return tidy, code
    return found, code or (None if found == tidy else slip)


def _tidied(field: Field, text: str) -> str:
    """Without what does not count: separators, then a prefix if what is left has the right length."""
    tidy = "".join(letter for letter in text.strip() if letter not in field.drop)
    for prefix in field.prefixes:
        rest = tidy.removeprefix(prefix)
        if rest != tidy and field.shortest <= len(rest) <= field.longest < len(tidy):
            return rest
    return tidy


def _may_stand(field: Field, letter: str) -> bool:
    return fits(field, letter) or letter in field.drop or any(letter in each for each in field.prefixes)


def _fault(field: Field, text: str) -> Code | None:
    if not text:
        return "missing_field"
    return next((code for code, holds in _CHECKS.items() if not holds(field, text)), None)


def _segment(field: Field, text: str) -> Names | None:
    """Whom the longest beginning that is listed was given to."""
    found = [
        (len(start), each.name) for each in field.segment for start in each.starts if text.startswith(start)
    ]
    return max(found, key=lambda each: each[0])[1] if found else None


def _begins(field: Field, text: str) -> bool:
    right = not field.first or is_one_of(field.first, text[0])
    return right and (not field.starts or text.startswith(field.starts))


_DOMAIN: Code = "domain_slip"
_LETTER: Code = "letter_for_digit"
_CHECKS: dict[Code, Callable[[Field, str], bool]] = {
    "characters": lambda field, text: all(fits(field, letter) for letter in text),
    "too_short": lambda field, text: len(text) >= field.shortest,
    "too_long": lambda field, text: len(text) <= field.longest,
    "wrong_start": _begins,
    "no_mail": lambda field, text: field.mail is None or is_mail(text),
}

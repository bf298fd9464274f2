"""A recipient against its rule: ok, suspect or invalid, in which field and why. Nothing is silently mended.

What is found fits `recipient.checked`; the words themselves stay with whoever asked.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from mingdan.ledger.fact import Id, Label
from mingdan.ledger.recipient.hint import Code, Result, distance
from mingdan.ledger.recipient.mask import mask
from mingdan.ledger.recipient.outcome import Outcome
from mingdan.ledger.recipient.parts import Written, pairs
from mingdan.ledger.recipient.place import places
from mingdan.ledger.recipient.rule import REGION, SERVER, Field, Names, Rule, is_place
from mingdan.ledger.recipient.text import judged


class Check(Struct, frozen=True, kw_only=True):
    """`rule`, `result` and `field` are what the ledger records; `meant` is private, `echo` is masked.

    `meant` are the whole words as they fit the rule, where they differ and somebody knows; `segment` is
    whom the beginning of a number was given to.
    """

    rule: Id
    result: Result
    field: Label
    hint: Code
    meant: str | None
    echo: str
    segment: Names | None = None


def check(rule: Rule, words: str) -> Check:
    """What a rule finds of a recipient's words. Total: any text is judged, none is refused."""
    first = rule.field[0]
    if len(rule.field) == 1:
        return _told(rule, words, first.name, judged(first, words))
    parts = _parts(rule, words)
    if isinstance(parts, str):
        return _told(rule, words, first.name, Outcome(parts))
    found = _fields(rule, parts)
    field = max(found, key=lambda name: distance(found[name].code))
    return _told(rule, words, field, found[field]._replace(meant=_meant(words, parts, found)))


def _told(rule: Rule, words: str, field: str, found: Outcome) -> Check:
    return Check(
        rule=rule.id,
        result=found.result,
        field=field,
        hint=found.code,
        meant=None if found.meant == words or found.result == "invalid" else found.meant,
        echo=mask(words, rule.names),
        segment=found.segment,
    )


def _fields(rule: Rule, parts: Mapping[str, str]) -> dict[str, Outcome]:
    """What was found of each field of the rule."""
    found = {each.name: _field(rule, each, parts.get(each.name, "")) for each in rule.field}
    if rule.regions and found[REGION].code == found[SERVER].code == "fits":
        found |= places(rule.regions, parts[REGION], parts[SERVER])
    return found


def _field(rule: Rule, field: Field, text: str) -> Outcome:
    if not text.strip():
        return Outcome("fits" if field.optional else "missing_field", text)
    return Outcome("fits", text) if is_place(rule, field) else judged(field, text)  # places: both together


def _meant(words: str, parts: Mapping[str, str], found: Mapping[str, Outcome]) -> str | None:
    """The whole words with each field as it was meant; None where of one of them nobody knows."""
    meant = {name: found[name].meant for name in parts}
    if meant == parts:
        return words
    return None if None in meant.values() else msgspec.json.encode(meant).decode()


def _parts(rule: Rule, words: str) -> dict[str, str] | Code:
    """The fields of a JSON object of texts, each once and each the rule's, or why it is none."""
    found = pairs(words)
    if found is None or len(dict(found)) < len(found):
        return "no_object"
    if not set(rule.names).issuperset(dict(found)):
        return "unknown_field"  # which one is not told: its name is the buyer's words, too
    parts = {name: each for name, each in found if isinstance(each, str) and not isinstance(each, Written)}
    return parts if len(parts) == len(found) else "no_text"

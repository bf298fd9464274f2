"""What a recipient rule says of the words that goods are credited to, and whether it can mean something.

The words of a rule with one field are that field's text; with several they are a JSON object of these fields.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, Never

from msgspec import Meta, Struct

from mingdan.ledger.fact import Id, Label

REGION, SERVER = "region", "server"
Letters = Literal["digit", "latin", "han"]
Length = Annotated[int, Meta(ge=1, le=200)]


class _Said(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the parts of a rule share: immutable, strict."""


class Names(_Said, frozen=True, kw_only=True, rename={"zh_cn": "zh-CN"}):
    """The same in every language."""

    zh_cn: Label
    en: Label


class Segment(_Said, frozen=True, kw_only=True):
    """Whom the beginnings of a number were given to."""

    name: Names
    starts: Annotated[tuple[str, ...], Meta(min_length=1)]


class Mail(_Said, frozen=True, kw_only=True):
    """`known` domains are compared with slips of one letter; `slips` are wrong endings and the right ones."""

    known: tuple[str, ...] = ()
    slips: dict[str, str] = {}


class Field(_Said, frozen=True, kw_only=True):
    """A closed set of checks on one text. Lengths are characters, after what may be dropped is dropped.

    `any_of` are other rules' fields: the text must fit one of them, and nothing else is said here.
    """

    name: Label
    optional: bool = False
    letters: tuple[Letters, ...] = ()
    also: str = ""  # single characters that may stand beside the letters
    shortest: Length = 1
    longest: Length = 64
    first: tuple[Letters, ...] = ()
    starts: tuple[str, ...] = ()  # it begins with one of these
    drop: str = ""  # single characters that people write between and that do not count
    prefixes: tuple[str, ...] = ()  # dropped where the rest has the right length
    segment: tuple[Segment, ...] = ()
    mail: Mail | None = None
    any_of: tuple[Field, ...] = ()


class Rule(_Said, frozen=True, kw_only=True):
    """`regions` are a game's regions with their servers, for the fields `region` and `server`."""

    id: Id
    name: Names
    field: Annotated[tuple[Field, ...], Meta(min_length=1)]
    regions: dict[str, tuple[str, ...]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(each.name for each in self.field)


def fits(field: Field, letter: str) -> bool:
    """Whether a character may stand in this field."""
    return letter in field.also or is_one_of(field.letters, letter)


def is_place(rule: Rule, field: Field) -> bool:
    """Whether a field's words are those of the rule's regions."""
    return bool(rule.regions) and field.name in (REGION, SERVER)


def is_one_of(letters: tuple[Letters, ...], letter: str) -> bool:
    return any(_ALPHABETS[each](letter) for each in letters)


def check_rule(rule: Rule) -> None:
    """Raises ValueError, naming the place, for a rule that cannot mean anything."""
    if len(set(rule.names)) < len(rule.names):
        _wrong("field", "two fields have the same name")
    if all(each.optional for each in rule.field):
        _wrong("field", "one field at least is not optional")
    if rule.regions:
        _check_regions(rule)
    for each in rule.field:
        _check_field(each, f"field {each.name!r}", placed=is_place(rule, each))


def _check_regions(rule: Rule) -> None:
    if not {REGION, SERVER}.issubset(rule.names):
        _wrong("regions", "they need the fields `region` and `server`")
    for region, servers in rule.regions.items():
        if not servers or any(not name or name != name.strip() for name in (region, *servers)):
            _wrong(f"regions, {region!r}", "a region and its servers have names, without spaces around")


def _check_field(field: Field, place: str, *, placed: bool) -> None:
    if placed or field.any_of:
        if field != Field(name=field.name, optional=field.optional and not placed, any_of=field.any_of):
            _wrong(place, "its words are listed elsewhere: it states nothing more")
        if placed and field.any_of:
            _wrong(place, "its words are those of [regions]: no any_of")
        return
    if not field.letters and not field.also:
        _wrong(place, "state the `letters` it is made of, or `any_of`")
    if field.shortest > field.longest:
        _wrong(place, "`shortest` is longer than `longest`")
    if field.mail is not None:
        _check_mail(field.mail, place)


def _check_mail(mail: Mail, place: str) -> None:
    for each in (*mail.known, *mail.slips, *mail.slips.values()):
        if each != each.lower():
            _wrong(f"{place}, mail", f"{each!r} is compared in small letters")
    for wrong, right in mail.slips.items():
        if right in mail.slips or any(known.endswith(f".{wrong}") for known in mail.known):
            _wrong(f"{place}, slips", f"{wrong!r} cannot be both wrong and right")


def _wrong(place: str, why: str) -> Never:
    raise ValueError(f"{place}: {why}")


_ALPHABETS: dict[Letters, Callable[[str], bool]] = {
    "digit": "0123456789".__contains__,
    "latin": lambda letter: letter.isascii() and letter.isalpha(),
    "han": lambda letter: letter == "〇" or "㐀" <= letter <= "䶿" or "一" <= letter <= "鿿",
}

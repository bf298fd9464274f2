"""The recipient rules there are: those that come with mingdan and a workspace's own, read strictly.

Whatever is wrong with a file is a Misuse that names it and the place in it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from mingdan.ledger.errors import Misuse, Unavailable
from mingdan.ledger.fact import Id
from mingdan.ledger.recipient.rule import Field, Rule, check_rule

FOLDER = "recipients"  # of a workspace
_SHIPPED = Path(__file__).parent / "rules"


class _Sheet(NamedTuple):
    """A file's rule, and for each field the ids of the rules that its words may follow."""

    file: Path
    rule: Rule
    any_of: Mapping[str, tuple[str, ...]]


def rules_in(folder: Path | None) -> Mapping[str, Rule]:
    """Every rule by its id: the shipped ones, then those of a folder, if there is one.

    Raises Misuse for a file that states no rule or an id that another has, Unavailable for an unreadable one.
    """
    files = [*_files(_SHIPPED), *(_files(folder) if folder else ())]
    sheets = _by_id(map(_sheet, files))
    rules = {id_: sheet.rule for id_, sheet in sheets.items()}
    return MappingProxyType({id_: _resolved(sheet, rules) for id_, sheet in sheets.items()})


def rule_named(rules: Mapping[str, Rule], name: str) -> Rule:
    """Raises Misuse where there is no such rule."""
    if name not in rules:
        raise Misuse(
            "there is no such recipient rule",
            next_step="see `mingdan recipient rules`, or put its file into recipients/ of the workspace",
            rule=name[:80],
        )
    return rules[name]


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error


def _sheet(file: Path) -> _Sheet:
    try:
        return _parsed(file, tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise _unreadable(file, error) from error
    except (ValueError, RecursionError) as error:  # torn TOML, no UTF-8, no such field, or no sense
        raise _malformed(file, error) from error


def _parsed(file: Path, table: dict[str, object]) -> _Sheet:
    fields = msgspec.convert(table.get("field", []), list[dict[str, object]])
    named = [msgspec.convert(each.pop("any_of", ()), tuple[Id, ...]) for each in fields]
    rule = msgspec.convert(table | {"field": fields}, Rule)
    any_of = {field.name: ids for field, ids in zip(rule.field, named, strict=True) if ids}
    if not any_of:
        check_rule(rule)
    return _Sheet(file, rule, any_of)


def _by_id(sheets: Iterable[_Sheet]) -> dict[str, _Sheet]:
    known: dict[str, _Sheet] = {}
    for sheet in sheets:
        other = known.setdefault(sheet.rule.id, sheet)
        if other is not sheet:
            raise Misuse(
                "two recipient rules have the same id",
                next_step="give the rule in this file an id of its own",
                file=sheet.file,
                rule=sheet.rule.id,
                other=other.file,
            )
    return known


def _resolved(sheet: _Sheet, rules: Mapping[str, Rule]) -> Rule:
    """The rule with the forms it refers to in it."""
    if not sheet.any_of:
        return sheet.rule
    try:
        fields = tuple(
            replace(each, any_of=tuple(_form(rules, id_) for id_ in sheet.any_of.get(each.name, ())))
            for each in sheet.rule.field
        )
        rule = replace(sheet.rule, field=fields)
        check_rule(rule)
    except ValueError as error:
        raise _malformed(sheet.file, error) from error
    return rule


def _form(rules: Mapping[str, Rule], id_: str) -> Field:
    """The one field of a rule that refers to no other: so none can refer to itself."""
    fields = rules[id_].field if id_ in rules else ()
    if len(fields) != 1 or not (fields[0].letters or fields[0].also):
        raise ValueError(f"any_of: {id_!r} is no rule with one field that states its letters")
    return fields[0]


def _malformed(file: Path, reason: Exception) -> Misuse:
    return Misuse(
        "a recipient rule cannot be followed",
        next_step="mend the place named; docs/recipients.md lists every key",
        file=file,
        reason=reason,
    )


def _unreadable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"the recipient rules cannot be read: {error.strerror}", next_step="make them readable", file=path
    )

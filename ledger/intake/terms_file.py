"""A promise policy as a TOML file, read strictly into the version it proposes.

Whatever is wrong is a Misuse that names the file and the key. The reference is docs/policies.md.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Never
from zoneinfo import available_timezones

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.errors import MalformedEntry, Misuse, Unavailable
from mingdan.ledger.fact import NAME, Id
from mingdan.ledger.intake.duration import parse_duration
from mingdan.ledger.intake.moment import clock
from mingdan.ledger.market.compensation import check_expression
from mingdan.ledger.market.promise import Published
from mingdan.ledger.policy import DEFAULT

_REFERENCE = "docs/policies.md lists every key; nothing was recorded"
_NAMED = re.compile(r"`(?:\$\.)?([^`$]+)`$|field `([^`]+)`")
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # a line may end


class Proposal(Struct, frozen=True, kw_only=True):
    """A version as its file states it. `version` and `since` are None where publishing settles them.

    Those of `terms` count for nothing: `published` puts the right ones in.
    """

    policy: str
    version: int | None
    since: int | None
    terms: Published

    def under(self, policy: str | None) -> Proposal:
        """The same terms for another policy, if one is named. Raises Misuse."""
        if policy is None:
            return self
        if re.fullmatch(NAME, policy) is None:
            raise Misuse("no policy has such an id", next_step=f"it looks like {NAME}", id=policy)
        return replace(self, policy=policy)

    def published(self, version: int, since: int) -> Published:
        """The fact to record; what the file leaves out is taken from here (`since` in ms UTC)."""
        return replace(
            self.terms,
            version=version if self.version is None else self.version,
            since=since if self.since is None else self.since,
        )


def read_terms(path: Path) -> Proposal:
    """The proposal in a file. Raises Misuse, or Unavailable where it cannot be read."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Misuse("a policy file is UTF-8", next_step="save it in UTF-8", file=path) from error
    except OSError as error:
        raise Unavailable(
            f"the policy file cannot be read: {error.strerror}", next_step="name a file to read", file=path
        ) from error
    return parse_terms(text, str(path))


def parse_terms(text: str, file: str = "policy") -> Proposal:
    """The proposal that a text states; `file` is what errors call it. Raises Misuse."""
    try:
        return _proposal(tomllib.loads(text))
    except _Wrong as error:
        raise Misuse(
            "this policy cannot be promised",
            next_step=error.next_step,
            file=file,
            key=error.key,
            reason=error.reason,
        ) from error
    except (ValueError, RecursionError) as error:
        raise Misuse("this is no TOML", next_step=_REFERENCE, file=file, reason=error) from error


class _Wrong(ValueError):
    """What is wrong with the value of a key."""

    def __init__(self, key: str, reason: str, next_step: str) -> None:
        super().__init__(reason)
        self.key, self.reason, self.next_step = key, reason, next_step


def _proposal(table: dict[str, object]) -> Proposal:
    policy = _converted({"id": table.pop("id", DEFAULT.id)}, _Name).id
    zone = table.get("zone")
    if isinstance(zone, str) and zone not in available_timezones():
        _wrong("zone", f"{zone!r} is no zone of the tz database, like Asia/Shanghai")
    stated = {name: _stated(name, value, str(zone)) for name, value in table.items()}
    terms: Published = _converted({"since": 0, "stage_limits": {}, "version": 1} | stated, Published)
    _check(terms)
    return Proposal(
        policy=policy,
        version=terms.version if "version" in stated else None,
        since=terms.since if "since" in stated else None,
        terms=terms,
    )


def _stated(key: str, value: object, zone: str) -> object:
    """A key's value as the fact holds it."""
    match key, value:
        case "stage_limits", dict():
            return {stage: _span(f"stage_limits.{stage}", limit) for stage, limit in value.items()}
        case "text", str():
            return value.strip("\n")  # how the quotes are set is no part of the terms
        case "since", str() | date():
            return _instant(value if isinstance(value, str) else value.isoformat(), zone)
        case _:
            return _span(key, value) if key in DURATIONS else value


def _span(key: str, value: object) -> object:
    try:
        return parse_duration(value) if isinstance(value, str) else value
    except ValueError as error:
        _wrong(key, str(error))


def _instant(text: str, zone: str) -> int:
    """Milliseconds UTC of ISO 8601; without an offset it is local to the policy's zone."""
    try:
        return clock(("iso",), zone)(text)
    except ValueError as error:
        _wrong("since", f"{text!r} is no instant: {error}")


def _converted(table: dict[str, object], wanted: Any) -> Any:
    try:
        return msgspec.convert(table, wanted)
    except msgspec.ValidationError as error:
        named = _NAMED.search(str(error))
        _wrong("" if named is None else named[1] or named[2], str(error))


def _check(terms: Published) -> None:
    """What the types of the fact do not say."""
    if len(set(terms.pauses)) < len(terms.pauses):
        _wrong("pauses", "a pause is listed twice")
    if "\n" in terms.title:
        _wrong("title", "a title is one line")
    for key in ("title", "text"):
        if _UNSEEN.search(getattr(terms, key)):
            _wrong(key, "text has no control and no reordering characters")
    if terms.compensation is not None:
        try:
            check_expression(terms.compensation)
        except MalformedEntry as error:
            _wrong("compensation", f"{error.message}: {error.evidence['got']}", error.next_step)


def _wrong(key: str, reason: str, next_step: str = _REFERENCE) -> Never:
    raise _Wrong(key, reason, next_step)


class _Name(Struct):
    id: Id


DURATIONS = ("answer_within", "complete_after", "due_in", "notice_within", "pay_within")

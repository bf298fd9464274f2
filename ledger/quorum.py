"""Whom a reader trusts to say that a log shows everyone the same (c2sp.org/tlog-policy), and who said so.

An unmet quorum is told, never hidden and never a reason to stop; a note its log did not sign is nothing.
Long: the policy's file, every rule a line of it can break, and the judgement by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import Broken, Malformed, Unwitnessed
from mingdan.ledger.note import COSIGNATURE, ED25519, Note, VerifierKey, open_note, parse_note

NONE = "none"  # the quorum that needs nobody
MOST = 64  # logs, witnesses and groups each; the specification asks for 32, a note holds 100 signatures

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_UNENDED = re.compile(rb"\A\Z|[^\n]\Z")
_NAME = re.compile(r"[^\x00-\x20\x7f]+")
_NEED = re.compile("[1-9][0-9]{0,2}")


@dataclass(frozen=True)
class Log:
    """A log's key, whose name is the log's origin, and where it is found."""

    key: VerifierKey
    url: str | None = None

    def __post_init__(self) -> None:
        _check_key(self.key, ED25519, "a log's key is of kind 0x01: its base64 starts with A")
        _check_url(self.url)


@dataclass(frozen=True)
class Witness:
    """A cosigner under the name this policy gives it; `url` is its submission prefix."""

    name: str
    key: VerifierKey
    url: str | None = None

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_key(self.key, COSIGNATURE, "a witness's key is of kind 0x04: its base64 starts with B")
        _check_url(self.url)


@dataclass(frozen=True)
class Group:
    """Witnesses and groups of which `need` must have cosigned."""

    name: str
    need: int
    members: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not 1 <= self.need <= len(self.members):
            raise Malformed("a group needs at least one and at most all of its members", need=self.need)


@dataclass(frozen=True)
class TrustPolicy:
    """The logs and witnesses a reader knows; `parties` stand after those they refer to."""

    logs: tuple[Log, ...] = ()
    parties: tuple[Witness | Group, ...] = ()
    quorum: str = NONE

    def __post_init__(self) -> None:
        groups = [party for party in self.parties if isinstance(party, Group)]
        if max(len(self.logs), len(groups), len(self.witnesses)) > MOST:
            raise Malformed(f"a policy has at most {MOST} logs, witnesses and groups each")
        _check_distinct([log.key.public for log in self.logs], "two logs have the same key")
        _check_distinct([each.key.public for each in self.witnesses.values()], "two witnesses have one key")
        _check_distinct([party.name for party in self.parties], "a name is defined twice")
        _check_distinct([name for group in groups for name in group.members], "a name is a member twice")
        above = {NONE}
        for party in self.parties:
            _check_defined(party.members if isinstance(party, Group) else (), above - {NONE})
            above.add(party.name)
        _check_defined([self.quorum], above)

    def asking_nobody(self) -> Self:
        """The same keys, and no witness asked for: what is left to check where too few cosigned."""
        return replace(self, quorum=NONE)

    @classmethod
    def parse(cls, text: bytes, file: Path | None = None) -> Self:
        """Reads a policy. Raises Malformed with its file, the line at fault and what to write."""
        try:
            return cls._parsed(text)
        except Malformed as error:
            error.evidence = error.evidence if file is None else {"file": file} | error.evidence
            raise

    @classmethod
    def _parsed(cls, text: bytes) -> Self:
        torn = _FORBIDDEN.search(text) or _UNENDED.search(text)
        if torn:
            raise Malformed(
                "a policy is lines, each ended by a line feed, with no control character but that and tab",
                next_step="remove control characters and carriage returns, and end the last line too",
                line=text.count(b"\n", 0, torn.start()) + 1,
            )
        lines = text.decode("utf-8", "surrogateescape").split("\n")[:-1]  # names are octets to the format
        logs, parties, quorums = [], [], []
        for number, line in enumerate(lines, 1):
            words = re.split("[ \t]+", line.strip(" \t"))
            if words == [""] or words[0].startswith("#"):
                continue
            try:
                match _item(words):
                    case Log() as log:
                        logs.append(log)
                    case str() as quorum:
                        quorums.append(quorum)
                    case party:
                        parties.append(party)
                _check_distinct(["quorum"] * len(quorums), "a second quorum line")
                policy = cls(tuple(logs), tuple(parties), *quorums)  # each line may only refer to those above
            except Malformed as error:
                raise _at_line(number, words[0], error) from error
        if not quorums:
            step = "end it with the line: quorum none"
            raise Malformed("a policy without a quorum", next_step=step, line=len(lines) + 1)
        return policy

    def print(self) -> bytes:
        """The policy as we write it: logs, parties, quorum; `parse` reads it back."""
        lines = [["log", str(log.key), log.url] for log in self.logs]
        for party in self.parties:
            match party:
                case Witness(name, key, url):
                    lines.append(["witness", name, str(key), url])
                case Group(name, need, members):
                    lines.append(["group", name, _need(need, len(members)), *members])
        lines.append(["quorum", self.quorum])
        text = "".join(" ".join(filter(None, words)) + "\n" for words in lines)
        return text.encode("utf-8", "surrogateescape")

    @cached_property
    def witnesses(self) -> Mapping[str, Witness]:
        """The witnesses by name, in the policy's order."""
        return {party.name: party for party in self.parties if isinstance(party, Witness)}

    def satisfied(self, cosigners: Collection[VerifierKey]) -> bool:
        """Whether cosignatures by these keys make the quorum. One more never unmakes it."""
        met = {NONE}
        for party in self.parties:
            match party:
                case Witness(name, key) if key in cosigners:
                    met.add(name)
                case Group(name, need, members) if len(met.intersection(members)) >= need:
                    met.add(name)
        return self.quorum in met


@dataclass(frozen=True)
class Standing:
    """Who of so many known witnesses cosigned a note, at what unix second each, and whether that is enough.

    `freshness` is the newest time T such that the cosignatures made at T or later are a quorum by themselves:
    a quorum vouches that this was the log's head at T. None where no quorum is asked for, or none is met.
    """

    cosigned: Mapping[str, int]
    witnesses: int
    met: bool
    freshness: int | None

    @property
    def newest(self) -> int | None:
        return max(self.cosigned.values(), default=None)

    @property
    def oldest(self) -> int | None:
        return min(self.cosigned.values(), default=None)

    def __str__(self) -> str:
        return f"{len(self.cosigned)} of {self.witnesses}"


@dataclass(frozen=True)
class Accepted:
    """A checkpoint its log signed, the note it came in, and how its witnesses stand."""

    checkpoint: Checkpoint
    note: Note
    standing: Standing


def count(note: Note, policy: TrustPolicy) -> Standing:
    """How the policy's witnesses stand to a note that was opened with their keys."""
    times = {signed.key: signed.at for signed in note.verified if signed.at is not None}
    cosigned = {name: times[each.key] for name, each in policy.witnesses.items() if each.key in times}
    return Standing(cosigned, len(policy.witnesses), policy.satisfied(times), _freshness(times, policy))


def accept(note: bytes, policy: TrustPolicy) -> Accepted:
    """Opens a checkpoint of any log of the policy. Raises Broken unless that log signed it.

    Any signature by a known key that does not verify breaks the note; an unmet quorum is only told.
    """
    keys = [log.key for log in policy.logs]
    text, _ = parse_note(note)
    checkpoint = Checkpoint.parse(text)
    if checkpoint.origin not in (key.name for key in keys):
        raise Broken(
            "a checkpoint of a log this policy does not know",
            next_step="add its line to the policy if you trust it: log <vkey>",
            origin=checkpoint.origin,
        )
    opened = open_note(note, [*keys, *(each.key for each in policy.witnesses.values())])
    if checkpoint.origin not in (signed.key.name for signed in opened.verified if signed.key in keys):
        raise Broken("the log itself did not sign this checkpoint", origin=checkpoint.origin)
    return Accepted(checkpoint, opened, count(opened, policy))


def check_quorum(accepted: Accepted, policy: TrustPolicy) -> None:
    """Raises Unwitnessed where too few of the witnesses that this policy asks for cosigned."""
    if not accepted.standing.met:
        raise Unwitnessed(
            "too few of the witnesses you ask for cosigned",
            next_step="ask again later, for a newer checkpoint; the log may show others another history",
            quorum=policy.quorum,
            cosigned=str(accepted.standing),
        )


def _freshness(times: Mapping[VerifierKey, int], policy: TrustPolicy) -> int | None:
    if policy.quorum == NONE:
        return None
    fits = (t for t in times.values() if policy.satisfied([key for key, at in times.items() if at >= t]))
    return max(fits, default=None)


def _item(words: list[str]) -> Log | Witness | Group | str:
    match words:
        case ["log", vkey, *url] if len(url) <= 1:
            return Log(VerifierKey.parse(vkey), *url)
        case ["witness", name, vkey, *url] if len(url) <= 1:
            return Witness(name, VerifierKey.parse(vkey), *url)
        case ["group", name, need, *members]:
            return Group(name, _needed(need, len(members)), tuple(members))
        case ["quorum", name]:
            return name
        case _:
            raise Malformed("not a line of a policy")


def _needed(need: str, members: int) -> int:
    if need in _WORDS:
        return members if need == "all" else 1
    return int(need) if _NEED.fullmatch(need) else 0  # which no group may need


def _need(need: int, members: int) -> str:
    return {1: "any", members: "all"}.get(need, str(need))


def _at_line(number: int, word: str, error: Malformed) -> Malformed:
    form = _FORMS.get(word) or "one of: " + ", ".join(_FORMS.values())
    evidence = ", ".join(f"{name}={_shown(str(value))}" for name, value in error.evidence.items())
    return Malformed(error.message, next_step=f"write {form}", line=number, got=evidence or _shown(word))


def _check_key(key: VerifierKey, kind: int, message: str) -> None:
    if key.kind != kind:
        raise Malformed(message, key=str(key))


def _check_url(url: str | None) -> None:
    if url is None:
        return
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets that do not close, a port beyond all ports
        sound = False
    if not sound or not url.isprintable() or " " in url:
        raise Malformed("an address is http:// or https://, a host and a path", url=url)


def _check_name(name: str) -> None:
    if name == NONE or not _NAME.fullmatch(name):
        raise Malformed("a name has no spaces, and none is the quorum that needs nobody", name=name)


def _check_distinct(names: Collection[object], message: str) -> None:
    if len(set(names)) != len(names):
        raise Malformed(message)


def _check_defined(names: Iterable[str], defined: Collection[str]) -> None:
    for name in names:
        if name not in defined:
            raise Malformed("a name that no line above defines", name=name)


def _shown(text: str) -> str:
    return text[:200].encode("utf-8", "backslashreplace").decode()


_WORDS = ("all", "any")
_FORMS = {
    "log": "log <vkey> [<url>]",
    "witness": "witness <name> <vkey> [<url>]",
    "group": "group <name> all|any|<k> <member>...",
    "quorum": "quorum <name>|none",
}

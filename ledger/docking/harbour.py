"""The docks of a workspace: a TOML file for each connection to a shop, read strictly; its secret lies apart.

A secret is for the owner's eyes alone, and stands in no error and no log.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from mingdan.ledger.docking.acg_faka import AcgFaka
from mingdan.ledger.docking.dock import Account, Dialect
from mingdan.ledger.docking.dujiao_next import DujiaoNext
from mingdan.ledger.docking.fulu import Fulu
from mingdan.ledger.docking.kayixin import Kayixin
from mingdan.ledger.errors import Misuse, NotFound, Unavailable
from mingdan.ledger.fact import LEDGER, NAME, Id

FOLDER = "docking"


class Terms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a dock's file says. `secret` names a file, from the file's own folder; `patience` is in seconds.

    `shows` is whether the platform shows the buyer at once what this shop hands over.
    """

    protocol: str
    platform: Id
    upstream: Id
    url: Annotated[str, Meta(pattern=r"\Ahttps?://[A-Za-z0-9.-]+(:[0-9]{1,5})?\Z")]
    key: Annotated[str, Meta(pattern=r"\A[\x21-\x7e]{1,200}\Z")]
    secret: Annotated[str, Meta(min_length=1)]
    callback: Annotated[str, Meta(pattern=r"\Ahttps?://[!-~]+\Z")] | None = None
    patience: Annotated[int, Meta(ge=1, le=120)] = 15
    shows: bool = False


class Dock(Struct, frozen=True, kw_only=True):
    """A connection: the platform that sends, the shop behind it, and the language that both speak."""

    name: str
    dialect: Dialect
    platform: str
    upstream: str
    url: str
    account: Account
    callback: str | None = None
    patience: float = 15  # seconds
    shows: bool = False

    @property
    def protocol(self) -> str:
        return self.dialect.name


def docks_in(workspace: Path) -> dict[str, Dock]:
    """The docks of a workspace by their names; none where it has no such folder. Raises as `read_dock`."""
    files = sorted((workspace / FOLDER).glob("*.toml"))
    return {dock.name: dock for dock in map(read_dock, files)}


def dock_named(docks: Mapping[str, Dock], name: str) -> Dock:
    """Raises NotFound."""
    try:
        return docks[name]
    except KeyError as error:
        known = ", ".join(docks) or f"none: write {FOLDER}/NAME.toml, see docs/docking.md"
        raise NotFound("no such dock", next_step=f"the docks are {known}", dock=name) from error


def read_dock(path: Path) -> Dock:
    """The dock that a file describes; its name is the file's. Raises Misuse, or Unavailable to be read."""
    if re.fullmatch(NAME, path.stem) is None or path.suffix != ".toml":
        raise Misuse("a dock's file is named after it", next_step=f"NAME.toml, with {NAME}", file=path)
    terms = _terms(path)
    if LEDGER in (terms.platform, terms.upstream) or terms.platform == terms.upstream:
        raise _wrong(path, "platform and upstream are two parties, and neither is the ledger")
    if terms.protocol not in DIALECTS:
        raise _wrong(path, f"protocol is one of {', '.join(DIALECTS)}, not {terms.protocol}")
    dialect = DIALECTS[terms.protocol]
    if terms.callback is not None and not dialect.tells.callbacks:
        raise _wrong(path, f"{terms.protocol} has no callback that could be believed: leave `callback` out")
    return Dock(
        name=path.stem,
        dialect=dialect,
        platform=terms.platform,
        upstream=terms.upstream,
        url=terms.url,
        account=Account(terms.key, _secret(path.parent / terms.secret)),
        callback=terms.callback,
        patience=terms.patience,
        shows=terms.shows,
    )


def _terms(path: Path) -> Terms:
    try:
        return msgspec.convert(tomllib.loads(_text(path)), Terms)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _wrong(path, str(error)) from error


def _secret(path: Path) -> str:
    """The first line of a file that its owner alone may read."""
    secret = _text(path).strip()
    if path.stat().st_mode & 0o077:  # too late to undo, in time to be noticed
        raise Misuse("others may read this secret", next_step=f"chmod 600 {path}", file=path)
    if not secret or "\n" in secret:
        raise Misuse("a secret is one line", next_step="put the shop's secret alone into it", file=path)
    return secret


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Misuse("this file is not UTF-8", next_step="save it in UTF-8", file=path) from error
    except OSError as error:
        raise Unavailable(
            f"it cannot be read: {error.strerror}", next_step="make it, and readable for you", file=path
        ) from error


def _wrong(path: Path, reason: str) -> Misuse:
    return Misuse("this is no dock", next_step="docs/docking.md lists every key", file=path, reason=reason)


DIALECTS: dict[str, Dialect] = {each.name: each for each in (DujiaoNext(), Kayixin(), Fulu(), AcgFaka())}

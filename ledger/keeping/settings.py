"""What `mingdan.toml` says of a workspace: read strictly, so that a slip of the pen is named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from mingdan.ledger.errors import Misuse, Unavailable, WrongWorkspace
from mingdan.ledger.keeping.schema import VERSION
from mingdan.ledger.policy import Policy
from mingdan.ledger.risk import RiskRule

SETTINGS = "mingdan.toml"

# Both stand in pages and in headers: nothing in them may end a value there.
_ADDRESS = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")
_MAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the file says. `origin` is the log's public address without scheme and slash.

    `intake` is where pages send what link holders say: "/" is beside the pages, "" nowhere, else an address.
    `contact` is how the operator is reached: a mail address, a web address, or "".
    """

    version: int
    origin: str
    title: str = "明单 mingdan"
    database: str | None = None
    languages: tuple[str, ...] = ("zh-CN", "en")
    zone: str = "Asia/Shanghai"
    fresh_within: int = 86_400  # seconds a checkpoint's word stays fresh
    publish_within: int = 86_400  # seconds in which a receipt promises that its entry is published
    intake: str = ""
    contact: str = ""
    policy: tuple[Policy, ...] = (Policy(),)
    risk: tuple[RiskRule, ...] = ()

    def __post_init__(self) -> None:
        if len({rule.id for rule in self.risk}) < len(self.risk):
            raise ValueError("two risk rules have the same id")
        if self.intake not in ("", "/") and not _ADDRESS.fullmatch(self.intake):
            raise ValueError(f"intake is / or an address like https://intake.example.com, not {self.intake}")
        if self.contact and not (_ADDRESS.fullmatch(self.contact) or _MAIL.fullmatch(self.contact)):
            raise ValueError(f"contact is a mail address or a web address, not {self.contact}")


def print_settings(
    origin: str,
    title: str | None,
    database: str | None,
    intake: str = "",
    contact: str = "",
    languages: Sequence[str] = (),
) -> str:
    """The file of a new workspace, its default promises spelled out to be changed."""
    lines = [f"version = {VERSION}", f"origin = {_quoted(origin)}"]
    lines += [f"title = {_quoted(title)}"] if title else []
    lines += [f"database = {_quoted(database)}"] if database else []
    lines += [f"languages = [{', '.join(map(_quoted, languages))}]"] if languages else []
    lines += [f"intake = {_quoted(intake)}"] if intake else []
    lines += [f"contact = {_quoted(contact)}"] if contact else []
    return _HEADER + "\n".join(lines) + "\n" + _POLICY + _RISK


def parse_settings(text: str) -> Settings:
    """Raises TOMLDecodeError and ValidationError, which name the place."""
    return msgspec.convert(tomllib.loads(text), Settings)


def read_settings(folder: Path) -> Settings:
    """The settings of the workspace in a folder. Raises WrongWorkspace where there is none that fits."""
    try:
        settings = parse_settings((folder / SETTINGS).read_text("utf-8"))
    except FileNotFoundError as error:
        raise WrongWorkspace(
            "there is no workspace in this folder",
            next_step="make one with `mingdan -C DIR init`, or name it with -C",
            folder=folder,
        ) from error
    except OSError as error:
        raise Unavailable(
            f"the settings cannot be read: {error.strerror}",
            next_step="make the folder and mingdan.toml readable",
            file=folder / SETTINGS,
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise WrongWorkspace(
            "the settings of this workspace do not fit this version",
            next_step="mend the line named",
            file=folder / SETTINGS,
            reason=error,
        ) from error
    check_version(settings.version, "this workspace")
    check_database(settings.database)
    return settings


def check_version(made: int, what: str) -> None:
    """Raises WrongWorkspace where another version made it."""
    if made != VERSION:
        raise WrongWorkspace(
            f"{what} was made by another version of mingdan",
            next_step=f"use the mingdan that made it; this one reads version {VERSION}",
            expected=VERSION,
            got=made,
        )


def check_database(database: str | None) -> None:
    """Raises Misuse for what is no PostgreSQL URL; none means the embedded stores."""
    if database is None:
        return
    try:
        name = make_url(database).drivername
    except ArgumentError as error:
        raise Misuse("not a database URL", next_step="give postgresql+psycopg://user@host/name") from error
    if name != "postgresql+psycopg":
        raise Misuse(
            "only PostgreSQL may stand in for the embedded stores",
            next_step="give postgresql+psycopg://user@host/name, or leave --database out",
            got=name,
        )


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")  # else JSON's string is TOML's too


_HEADER = "# mingdan workspace: see README. The key is in keys/, the site in site/.\n"
_POLICY = """
# The promises orders are placed under; durations in milliseconds.
[[policy]]
id = "default"
clock_start = "paid"
due_in = 86400000
notice_within = 600000
stage_limit = 1800000
pay_within = 900000
complete_after = 259200000
answer_within = 43200000
"""
_RISK = """
# What holds a paid order until a person has reviewed it; the first rule that applies counts: docs/risk.md.
# More than five orders with the same contact within ten minutes.
[[risk]]
id = "velocity"
kind = "velocity"
field = "contact"
most = 5
within = 600000
review_within = 1800000
on_timeout = "release"

# A recipient that looks mistyped, and that the buyer has not confirmed.
[[risk]]
id = "vague-recipient"
kind = "recipient"
review_within = 7200000
on_timeout = "refund"

# An order of more than 5,000 yuan; amounts are fen.
[[risk]]
id = "amount"
kind = "amount"
above = 500000
currency = "CNY"
review_within = 3600000
on_timeout = "refund"
"""

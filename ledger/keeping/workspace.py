"""A workspace: the folder with a ledger's settings, stores, key and site, and the version that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from mingdan.ledger.errors import Broken, MalformedProof, MingdanError, Misuse, Unavailable, WrongWorkspace
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.clock import Clock, now_ms
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.keys import make_key, read_key, write_private
from mingdan.ledger.keeping.log import CHECKPOINT, VKEY
from mingdan.ledger.keeping.schema import STEP
from mingdan.ledger.keeping.settings import (
    SETTINGS,
    Settings,
    check_database,
    check_version,
    parse_settings,
    print_settings,
    read_settings,
)
from mingdan.ledger.keeping.staging import Staging, Step, environment
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.note import Signer, VerifierKey
from mingdan.ledger.policy import Policy
from mingdan.ledger.quorum import Log, TrustPolicy
from mingdan.ledger.receipt import ROLE, Promise, print_receipt

KEY = "keys/log.key"
RECEIPT_KEY = "keys/receipts.key"
TRUST = "trust.policy"
_ORIGIN = re.compile(r"[a-z0-9]([a-z0-9.:-]*[a-z0-9])?(/[a-z0-9._-]+)*\Z")


class Workspace:
    """An open workspace. The connections of `store` and `vault` are made on first use; `close` ends them."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.store = Store(open_engine(self.url("ledger"), "mingdan_ledger"))
        self.vault = Vault(open_engine(self.url("vault"), "mingdan_vault"))

    def close(self) -> None:
        self.store.close()
        self.vault.close()

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def is_published(self) -> bool:
        """Whether there is a site here: an intake of its own has none."""
        return (self.site / CHECKPOINT).exists()

    def published(self) -> Path:
        """The site's folder. Raises Misuse where nothing is published yet."""
        if not self.is_published:
            raise Misuse("there is no site here yet", next_step="run `mingdan publish` first", site=self.site)
        return self.site

    @property
    def policies(self) -> Mapping[str, Policy]:
        return {policy.id: policy for policy in self.settings.policy}

    def url(self, store: str) -> str:
        """The database URL of one of the three stores: ledger, vault, views."""
        return self.settings.database or f"sqlite:///{self.folder / store}.db"

    def book(self, clock: Clock = now_ms, reached: Step = lambda _: None) -> Book:
        return Book(self.store, self.vault, self.policies, clock=clock, reached=reached)

    def staging(self, reached: Step = lambda _: None) -> Staging:
        return Staging(self.folder / "staging", self.site, reached)

    def signer(self) -> Signer:
        """The log's own key. Raises Unavailable where it cannot be read or is none."""
        return read_key(self.folder / KEY)

    def vkey(self) -> VerifierKey:
        """The log's key as its site has it: who takes facts in need not hold the private one.

        Raises Unavailable where nothing is published here, Broken where what is there is no key of this log.
        """
        path = self.site / VKEY
        with environment("the log's published key cannot be read"):
            said = path.read_bytes()
        try:
            key = VerifierKey.parse(said.decode("utf-8", "replace").strip())
        except MalformedProof as error:
            raise Broken("the published key is damaged", file=path, reason=error.message) from error
        if key.name != self.settings.origin:
            raise Broken("the published key is another log's", file=path, origin=key.name)
        return key

    def receipt_signer(self) -> Signer:
        """The key that receipts are signed with: each role has its own."""
        return read_key(self.folder / RECEIPT_KEY)

    def promise(self, receipts: Sequence[Receipt]) -> bytes:
        """The log's signed word that what these receipts name is published in time."""
        within = 1000 * self.settings.publish_within
        promises = [
            Promise(each.index, each.recorded + within, bytes.fromhex(each.leaf)) for each in receipts
        ]
        return print_receipt(self.settings.origin, promises, self.receipt_signer())

    def trust(self) -> TrustPolicy:
        """The keys this site goes by: its own and its witnesses', from `trust.policy` where there is one."""
        own = Log(self.signer().key)
        path = self.folder / TRUST
        with environment("the trust policy cannot be read"):
            policy = TrustPolicy.parse(path.read_bytes(), path) if path.exists() else TrustPolicy()
        return policy if own.key in (log.key for log in policy.logs) else replace(policy, logs=(own,))


def workspace_in(folder: Path) -> Workspace:
    """The workspace in a folder as its settings tell it: no store is opened, so nothing need be writable.

    Raises WrongWorkspace where there is none, or one of another version.
    """
    return Workspace(folder, read_settings(folder))


def open_workspace(folder: Path) -> Workspace:
    """The workspace in a folder, once its stores are there and of this version. Raises WrongWorkspace."""
    workspace = workspace_in(folder)
    for name in () if workspace.settings.database else ("ledger.db", "vault.db"):  # SQLite would make one
        path = folder / name
        if not path.exists() or not path.stat().st_size:
            raise WrongWorkspace(
                "a store of this workspace is missing", next_step="restore it from a backup", file=path
            )
    try:
        check_version(workspace.store.version(), "this ledger")
        _check_step(workspace.vault.step())
    except MingdanError:
        workspace.close()
        raise
    return workspace


def _check_step(made: str | None) -> None:
    """Raises WrongWorkspace where the vault's tables are not those of this version."""
    if made != STEP:
        raise WrongWorkspace(
            "the vault of this workspace is of another version",
            next_step="make a backup, then run `mingdan database migrate`",
            expected=STEP,
            got=made,
        )


@contextmanager
def using_workspace(folder: Path) -> Iterator[Workspace]:
    """An open workspace for the length of a block; what the machine refuses meanwhile names its place."""
    try:
        with closing(open_workspace(folder)) as workspace:
            yield workspace
    except Unavailable as error:
        if not error.evidence.keys() & {"file", "folder", "path"}:
            error.evidence["workspace"] = folder
        raise


def create_workspace(
    folder: Path,
    *,
    origin: str,
    title: str | None = None,
    database: str | None = None,
    intake: str = "",
    contact: str = "",
    languages: Sequence[str] = (),
) -> Workspace:
    """Makes a workspace: settings, stores and a fresh log key (0600). Raises Misuse over an existing one.

    The settings come last: a folder without them is no workspace, so after a crash it is simply made again.
    """
    if not _ORIGIN.match(origin):
        raise Misuse(
            "the origin is the log's address without scheme and trailing slash",
            next_step="give for example --origin orders.example.com/log",
            got=origin,
        )
    check_database(database)
    if (folder / SETTINGS).exists():
        raise Misuse(
            "there is a workspace here already", next_step="choose another folder with -C", folder=folder
        )
    written = print_settings(origin, title, database, intake, contact, languages)
    workspace = Workspace(folder, _settings(written))
    with environment("the workspace cannot be made"), closing(workspace):
        folder.mkdir(parents=True, exist_ok=True)
        if database is None:
            (folder / "vault.db").touch(0o600)  # SQLite's own would be for everyone to read
        workspace.store.create()
        workspace.vault.create()
        _make_key(workspace)
        if not (folder / RECEIPT_KEY).exists():
            make_key(folder / RECEIPT_KEY, origin + ROLE)
        write_private(folder / SETTINGS, written.encode())
    return open_workspace(folder)


def _settings(written: str) -> Settings:
    """The settings of a new workspace, whose values somebody has just given. Raises Misuse."""
    try:
        return parse_settings(written)
    except msgspec.ValidationError as error:
        raise Misuse("this is no setting", next_step="see docs/link-holder.md", reason=str(error)) from error


def _make_key(workspace: Workspace) -> None:
    """A fresh key for a fresh ledger: a key that may have signed is never written over, nor done without."""
    path, origin = workspace.folder / KEY, workspace.settings.origin
    if path.exists():
        if workspace.signer().name != origin:
            raise Misuse(
                "the key in this folder is another log's",
                next_step="init with its origin, or choose another folder with -C",
                origin=workspace.signer().name,
            )
    elif workspace.store.max_notification_id():
        raise Misuse(
            "this database holds a ledger already, and its key is not here",
            next_step=f"put its key into {KEY}, or choose another database",
        )
    else:
        make_key(path, origin)

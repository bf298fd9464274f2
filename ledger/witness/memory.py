"""What a witness never forgets: for each log the largest tree it cosigned, kept before it answers.

A memory put back from a backup is a rollback in itself: make a new witness with a new key instead.
Order of an answer: judged, kept (synced to disk), signed. A crash between leaves a tree kept that nobody
heard of; the log asks again from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    event,
    func,
    select,
)
from sqlalchemy.dialects import sqlite

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import MalformedProof, Misuse, Unavailable, WrongWorkspace
from mingdan.ledger.keeping.database import create, open_engine, reading
from mingdan.ledger.keeping.keys import make_key, read_key, write_private
from mingdan.ledger.keeping.staging import environment
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.note import COSIGNATURE, Signer
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.witness.request import Head, Request, judge, malformed

MEMORY = "witness.db"
KEY = "keys/witness.key"
LOGS = "logs.policy"
STEPS = ("judged", "kept")

Clock = Callable[[], int]  # unix seconds
Step = Callable[[str], None]  # called at each of STEPS; tests die there


class Memory:
    """The newest cosigned checkpoint of each origin. Any number of threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.reader = reading(engine)

    def create(self) -> None:
        with converted("the memory cannot be made"):
            create(self.engine, _metadata, "mingdan_witness")

    def close(self) -> None:
        self.engine.dispose()

    def latest(self, origin: str) -> Head:
        """The tree cosigned last for this log; the empty one before the first."""
        with converted("the memory cannot be read"), self.reader.begin() as db:
            found = db.execute(_LATEST, {"origin": origin}).first()
        return Head() if found is None else Head(*found)

    def swap(self, old: int, checkpoint: Checkpoint, note: bytes) -> bool:
        """Keeps the checkpoint if the latest of its log still has the size `old`: one statement.

        False, and nothing changed, where another request was first.
        """
        row = {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root, "note": note}
        with converted("the checkpoint was not kept"), self.engine.begin() as db:
            return db.execute(_SWAP, row | {"old": old}).rowcount == 1


class Witness:
    """A key, the logs it follows and its memory; `policy` names the logs."""

    def __init__(
        self,
        signer: Signer,
        policy: TrustPolicy,
        memory: Memory,
        clock: Clock,
        reached: Step = lambda _: None,
    ) -> None:
        self.signer = signer
        self.memory = memory
        self.clock = clock
        self.reached = reached
        self.trusted = {
            origin: [log.key for log in policy.logs if log.key.name == origin]
            for origin in {log.key.name for log in policy.logs}
        }

    def close(self) -> None:
        self.memory.close()

    def add_checkpoint(self, body: bytes) -> str:
        """The cosignature line for a request. Raises Declined, or Unavailable where it cannot be kept."""
        try:
            request = Request.parse(body)
        except MalformedProof as error:
            raise malformed(error) from error
        checkpoint = judge(request, self.trusted, self.memory.latest)
        self.reached("judged")
        while not self.memory.swap(request.old, checkpoint, request.note):
            judge(request, self.trusted, self.memory.latest)  # another was first: now this one is declined
        self.reached("kept")
        return self.signer.sign(checkpoint.text, self.clock()).line


def now() -> int:
    return int(time.time())


def create_witness(folder: Path, *, name: str, policy: TrustPolicy, clock: Clock = now) -> Witness:
    """Makes a witness: an empty memory, a fresh key (0600), the logs it follows. Raises Misuse over one.

    The logs come last: a folder without them is no witness, so after a crash it is simply made again.
    """
    if (folder / LOGS).exists():
        raise Misuse("there is a witness here already", next_step="choose another folder", folder=folder)
    with environment("the witness cannot be made"):
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / KEY).exists():
            _check_remembers(folder)
        memory = _memory(folder)
        memory.create()
        memory.close()
        _make_key(folder / KEY, name)
        write_private(folder / LOGS, policy.print())
    return open_witness(folder, clock)


def open_witness(folder: Path, clock: Clock = now, reached: Step = lambda _: None) -> Witness:
    """The witness in a folder. Raises WrongWorkspace where there is none, or one without its memory."""
    if not (folder / LOGS).exists():
        raise WrongWorkspace(
            "there is no witness in this folder", next_step="make one, or name another folder", folder=folder
        )
    _check_remembers(folder)
    with environment("the witness cannot be read"):
        policy = TrustPolicy.parse((folder / LOGS).read_bytes())
        signer = _cosigner(folder / KEY)
    return Witness(signer, policy, _memory(folder), clock, reached)


def _memory(folder: Path) -> Memory:
    # In one file: a copy without what lies beside it must not be a memory of less.
    return Memory(open_engine(f"sqlite:///{folder / MEMORY}", "mingdan_witness", one_file=True))


def _check_remembers(folder: Path) -> None:
    path = folder / MEMORY
    if not path.exists() or not path.stat().st_size:  # SQLite would make an empty one
        raise WrongWorkspace(
            "this witness has lost its memory: it could cosign a fork of what it cosigned before",
            next_step="make a new witness with a new key; an older copy of the memory will not do",
            file=path,
        )


def _make_key(path: Path, name: str) -> None:
    """A fresh key; one that a crash left behind is kept, for it may have signed."""
    if not path.exists():
        make_key(path, name, COSIGNATURE)
    elif read_key(path).name != name:
        raise Misuse(
            "the key in this folder is another witness's",
            next_step="give its name, or choose another folder",
            name=read_key(path).name,
        )


def _cosigner(path: Path) -> Signer:
    signer = read_key(path)
    if signer.kind != COSIGNATURE:
        raise Unavailable(
            "the witness's key is not one for cosignatures", next_step="restore it from a backup", file=path
        )
    return signer


_metadata = MetaData()
_cosigned = Table(
    "cosigned",
    _metadata,
    Column("origin", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),  # as the log signed it: the evidence, should it fork
    CheckConstraint("size >= 0"),
)
_GUARDS = (
    """CREATE TRIGGER IF NOT EXISTS cosigned_update_refused BEFORE UPDATE ON cosigned
    WHEN NEW.origin <> OLD.origin OR NEW.size < OLD.size OR NEW.size = OLD.size AND NEW.root <> OLD.root
    BEGIN SELECT RAISE(ABORT, 'a witness never goes back'); END""",
    """CREATE TRIGGER IF NOT EXISTS cosigned_delete_refused BEFORE DELETE ON cosigned
    BEGIN SELECT RAISE(ABORT, 'a witness forgets nothing'); END""",
)
for guard in _GUARDS:
    event.listen(_cosigned, "after_create", DDL(guard))  # type: ignore[no-untyped-call]

_LATEST = select(_cosigned.c.size, _cosigned.c.root).where(_cosigned.c.origin == bindparam("origin"))
_HELD = select(_cosigned.c.size).where(_cosigned.c.origin == bindparam("origin")).scalar_subquery()
_NEXT = sqlite.insert(_cosigned).from_select(
    ["origin", "size", "root", "note"],
    select(*map(bindparam, ("origin", "size", "root", "note"))).where(
        func.coalesce(_HELD, 0) == bindparam("old")
    ),
)
_SWAP = _NEXT.on_conflict_do_update(
    index_elements=[_cosigned.c.origin],
    set_={name: _NEXT.excluded[name] for name in ("size", "root", "note")},
).execution_options(preserve_rowcount=True)  # whether it was swapped

"""The published folder in a bucket, file by file: the folder stays the source, the bucket follows it.

Order: the place is claimed, what never changes, pages, figures, the checkpoint in the place of just the one
that was there, and only then what is outgrown goes. A run that died anywhere is finished by the next.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from mingdan.ledger.checkpoint import open_checkpoint
from mingdan.ledger.errors import MingdanError, Misuse, StoreConflict
from mingdan.ledger.keeping.checkpoints import checkpoint_at
from mingdan.ledger.keeping.log import CHECKPOINT, LOG
from mingdan.ledger.keeping.staging import environment
from mingdan.ledger.keeping.workspace import Workspace
from mingdan.ledger.note import parse_note
from mingdan.site.hosting import is_immutable, stored_headers
from mingdan.site.journal import Journal

if TYPE_CHECKING:
    from mingdan.site.bucket import Bucket, Held

Progress = Callable[[str, int, int], None]
Prints = Mapping[str, str]  # path -> a hash of its bytes and its headers; empty where nobody knows

VKEY = LOG + "vkey"
PARALLEL = 16  # uploads at a time


class Mirrored(Struct, frozen=True):
    """What a run did: files uploaded and removed, and the tree's size that the bucket shows."""

    to: str
    uploaded: int
    removed: int
    size: int


class Plan(Struct, frozen=True):
    """What is uploaded, turn after turn, and what goes once the checkpoint is there."""

    turns: tuple[tuple[str, ...], ...]
    outgrown: tuple[str, ...]


def bucket_in(address: str) -> Bucket:
    """The bucket at s3://BUCKET/PREFIX, by the environment's credentials. Raises Misuse."""
    try:
        from mingdan.site.bucket import bucket_at  # noqa: PLC0415  # an extra, loaded where it is asked for
    except ModuleNotFoundError as error:
        raise Misuse("a bucket needs obstore", next_step="pip install 'mingdan[s3]'") from error
    return bucket_at(address, os.environ)


def plan_of(there: Prints, here: Prints) -> Plan:
    """What leads from what is there to what is here; the checkpoint apart."""
    differing = sorted(path for path in here if path != CHECKPOINT and there.get(path) != here[path])
    turns = (tuple(path for path in differing if _turn(path) == turn) for turn in range(3))
    return Plan(tuple(turns), tuple(sorted(there.keys() - here.keys() - {CHECKPOINT})))


def mirror(
    workspace: Workspace, bucket: Bucket, *, progress: Progress = lambda _what, _done, _all: None
) -> Mirrored:
    """Makes the bucket hold the published folder, byte for byte and with its headers.

    Raises StoreConflict where another log or publisher is there, and Unavailable where the bucket says no.
    """
    with workspace.staging().locked():  # the folder must hold still
        return _Mirroring(workspace, bucket, progress).run()


class _Mirroring:
    def __init__(self, workspace: Workspace, bucket: Bucket, progress: Progress) -> None:
        self.store = workspace.store
        self.site = workspace.published()
        self.key = workspace.signer().key
        self.bucket = bucket
        self.progress = progress
        self.note = self._content(CHECKPOINT)
        self.size = open_checkpoint(self.note, self.key)[0].size
        self.journal = Journal(workspace.folder / "mirrors", bucket.address)

    def run(self) -> Mirrored:
        held = self.bucket.read(CHECKPOINT)
        self._check_succession(held)
        here = dict(self._prints())
        there = self.journal.known(_hash(held.content) if held else "")
        if there is None:  # nobody knows what is there
            self._claim(held)
            there = dict.fromkeys(_ours(self.bucket.paths(), here), "")
        plan = plan_of(there, here)
        before, after = (_hash(held.content) if held else ""), _hash(self.note)
        with self.journal.begun(there | dict.fromkeys(sum(plan.turns, ()), ""), {before, after}):
            self._upload(plan, here)
            swapped = self._swap(held)
            self.bucket.remove(plan.outgrown)
        self.journal.settle(here, after)
        uploaded = sum(map(len, plan.turns)) + swapped
        return Mirrored(self.bucket.address, uploaded, len(plan.outgrown), self.size)

    def _check_succession(self, held: Held | None) -> None:
        """That the checkpoint there is one that this ledger signed, and no later one than ours."""
        if held is None:
            return
        try:
            size = open_checkpoint(held.content, self.key)[0].size
        except MingdanError as error:
            raise self._conflict("the bucket has another log's checkpoint", _ELSEWHERE) from error
        if size > self.size:
            raise self._conflict("the bucket is ahead of this site", _AHEAD, size=size, ours=self.size)
        signed = checkpoint_at(self.store, size)
        if signed is None or parse_note(signed)[0] != parse_note(held.content)[0]:
            raise self._conflict("the bucket has a checkpoint not signed from this ledger", _FORK, size=size)

    def _claim(self, held: Held | None) -> None:
        """Makes sure that the place is this log's: its key lies there, or it is empty and gets it first."""
        ours = self._content(VKEY)
        there = self.bucket.read(VKEY)
        if there is None and held is None and next(self.bucket.paths(), None) is not None:
            raise self._conflict("something else is stored there", _ELSEWHERE)
        if there is None and not self.bucket.create(VKEY, ours):
            there = self.bucket.read(VKEY)
        if there is not None and there.content != ours:
            raise self._conflict("another log is published there", _ELSEWHERE)

    def _upload(self, plan: Plan, here: Prints) -> None:
        done, total = 0, sum(map(len, plan.turns))
        with _workers() as workers:
            for turn in plan.turns:
                for path in workers.map(self._put, turn):
                    self.journal.note(path, here[path])
                    done += 1
                    self.progress("uploading", done, total)

    def _put(self, path: str) -> str:
        content = self._content(path)
        if not is_immutable("/" + path):
            self.bucket.write(path, content)
        elif not self.bucket.create(path, content):
            held = self.bucket.read(path)
            if held is not None and held.content != content:
                raise self._conflict("other bytes lie where bytes never change", _FORK, path=path)
            self.bucket.write(path, content)  # the same bytes, with the headers of today
        return path

    def _swap(self, held: Held | None) -> bool:
        """Puts our checkpoint in the place of the one that was there when this run began; whether it had to.

        An answer that was lost on its way looks like a lost race: whose checkpoint is there then tells.
        """
        if held is not None and held.content == self.note:
            return False
        if held is None:
            swapped = self.bucket.create(CHECKPOINT, self.note)
        else:
            swapped = self.bucket.replace(CHECKPOINT, self.note, held)
        if not swapped:
            there = self.bucket.read(CHECKPOINT)
            if there is None or there.content != self.note:
                raise self._conflict("another publisher was first", _AGAIN, size=self.size)
        return True

    def _prints(self) -> Iterator[tuple[str, str]]:
        paths = sorted(path for path in self.site.rglob("*") if path.is_file())
        for done, path in enumerate(paths, 1):
            name = path.relative_to(self.site).as_posix()
            yield name, _print(name, self._content(name))
            self.progress("comparing", done, len(paths))

    def _content(self, path: str) -> bytes:
        with environment("the published folder cannot be read"):
            return (self.site / path).read_bytes()

    def _conflict(self, what: str, step: str, **evidence: object) -> StoreConflict:
        return StoreConflict(what, next_step=step, bucket=self.bucket.address, **evidence)


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """A pool that begins nothing more once something has failed."""
    pool = ThreadPoolExecutor(PARALLEL, "upload")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _ours(listed: Iterable[str], here: Prints) -> Iterator[str]:
    """Of what is there, the files in folders that the site has, or in the place of one of its own."""
    folders = {path.partition("/")[0] for path in here if "/" in path}
    return (path for path in listed if path in here or ("/" in path and path.partition("/")[0] in folders))


def _turn(path: str) -> int:
    """What pages rest on comes before them, and what a log says of itself after."""
    return 0 if is_immutable("/" + path) else 2 if path.startswith(LOG) else 1


def _print(path: str, content: bytes) -> str:
    headers = sorted(stored_headers("/" + path).items())
    return sha256(repr(headers).encode() + b"\0" + content).hexdigest()


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


_AGAIN = "run `mingdan publish` again"
_AHEAD = "publish where it was published from, or here once this ledger has those entries"
_ELSEWHERE = "choose another prefix; nothing was overwritten"
_FORK = "keep both: one log must never sign two; find out which ledger was restored or copied"

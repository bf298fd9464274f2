"""A publication on its way: written beside the site, synced as a whole, then moved in file by file.

Crash order: while files are written the site is untouched; once the manifest stands, everything needed is on
disk and `apply` moves it in, as often as it takes, the checkpoint last; only then are outgrown files deleted.
A disk that fills up while staging leaves the published site whole.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from mingdan.ledger.errors import StoreConflict, Unavailable

Step = Callable[[str], None]


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a complete staging is: the checkpoint it leads to, and what goes once that is in place."""

    previous: int
    size: int
    last: str  # the file that makes the rest visible
    note: bytes
    deletes: list[str]


class Staging:
    """The folder `root` holds one publication for the folder `site`; both on one file system."""

    def __init__(self, root: Path, site: Path, reached: Step = lambda _: None) -> None:
        self.root = root
        self.site = site
        self.reached = reached
        self.count = 0  # files staged since `begin`
        self._made: set[str] = set()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One publisher at a time. Raises StoreConflict where another is at work."""
        with environment("the site cannot be published"):
            self.root.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root.parent / "publish.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with environment("the site cannot be published"):
                _lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def begin(self) -> None:
        """An empty staging; what an unfinished one left is discarded."""
        self.discard()
        with environment("the staging folder cannot be made"):
            (self.root / "files").mkdir(parents=True)

    def write(self, path: str, content: bytes) -> None:
        """Stages one file for `path` under the site."""
        with environment("the publication could not be staged; the published site is unchanged", path):
            folder, _, _ = path.rpartition("/")
            if folder not in self._made:
                (self.root / "files" / folder).mkdir(parents=True, exist_ok=True)
                self._made.add(folder)
            descriptor = os.open(self.root / "files" / path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            try:
                _write_all(descriptor, content)
            finally:
                os.close(descriptor)
        self.count += 1

    def offer(self, path: str, content: bytes) -> bool:
        """Stages a file unless the site has these very bytes already; whether it was staged."""
        if _content(self.site / path) == content:
            return False
        self.write(path, content)
        return True

    def read(self, path: str) -> bytes:
        """A file as the site will have it: the staged one, else the published one."""
        for folder in (self.root / "files", self.site):
            content = _content(folder / path)
            if content is not None:
                return content
        raise Unavailable(
            "a published file is missing",
            next_step="delete the site folder and publish again: every file is made anew from the ledger",
            path=path,
        )

    def holds(self, path: str) -> bool:
        """Whether the site will have this file, unless it is deleted."""
        return _stands(self.root / "files" / path) or _stands(self.site / path)

    def complete(self, manifest: Manifest) -> None:
        """Syncs what was staged, then sets up the manifest: from here on the publication happens."""
        with environment("the publication could not be synced; the published site is unchanged"):
            _sync(self.root)
            fresh = self.root / "manifest.new"
            with fresh.open("wb") as file:
                file.write(msgspec.json.encode(manifest))
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(self.root / "manifest")
            _sync(self.root)

    def pending(self) -> Manifest | None:
        """The manifest of a complete staging that was not moved in entirely, or None."""
        content = _content(self.root / "manifest")
        if content is None:
            return None
        try:
            return msgspec.json.decode(content, type=Manifest)
        except msgspec.DecodeError as error:
            raise Unavailable(
                "the manifest of an unfinished publication is damaged",
                next_step="delete the staging and site folders and publish again: "
                "every file is made anew from the ledger",
                path=self.root / "manifest",
                reason=error,
            ) from error

    def apply(self, manifest: Manifest) -> None:
        """Moves everything in, the checkpoint last, then deletes what is outgrown. May be repeated."""
        with environment("the publication was interrupted; run `mingdan publish` again to finish it"):
            self.site.mkdir(parents=True, exist_ok=True)
            for path in self._staged():
                if path != manifest.last:
                    _move(self.root / "files" / path, self.site / path)
                    self.reached("file-moved")
            _sync(self.site)
            self.reached("files-moved")
            if (self.root / "files" / manifest.last).exists():
                _move(self.root / "files" / manifest.last, self.site / manifest.last)
            _sync(self.site)
            self.reached("checkpoint-moved")
            for path in manifest.deletes:
                (self.site / path).unlink(missing_ok=True)
                _prune((self.site / path).parent)
                self.reached("file-deleted")
            self.discard()
            self.reached("staging-removed")

    def discard(self) -> None:
        """Removes the staging, its manifest first: half a staging must never look complete."""
        with environment("the staging folder cannot be removed"):
            (self.root / "manifest").unlink(missing_ok=True)
            if self.root.exists():
                shutil.rmtree(self.root)
        self._made.clear()
        self.count = 0

    def _staged(self) -> Iterator[str]:
        files = self.root / "files"
        for folder, folders, names in os.walk(files):
            folders.sort()
            for name in sorted(names):
                yield os.path.relpath(os.path.join(folder, name), files)  # noqa: PTH118  # walk gives text


@contextmanager
def environment(what: str, path: str = "", *, step: str = "") -> Iterator[None]:
    """Turns the file system's errors into ours, once; `path` names the file where the system does not."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"{what}: {error.strerror}",
            next_step=step or "make room or make the folder writable, then run the command again",
            path=error.filename or path,
        ) from error


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreConflict(
            "another publisher is at work here", next_step="wait for it, then run `mingdan publish` again"
        ) from error


def _content(path: Path) -> bytes | None:
    """A file's bytes; None where there is no such file."""
    with environment(_UNREADABLE, str(path), step=_MAKE_READABLE):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def _stands(path: Path) -> bool:
    """Whether there is such a file. From Python 3.14 on `Path.exists` says no where it may not look."""
    with environment(_UNREADABLE, str(path), step=_MAKE_READABLE):
        try:
            path.stat()
        except FileNotFoundError:
            return False
        return True


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)


def _prune(folder: Path) -> None:
    """Removes a folder that deleting emptied, and those above it."""
    with contextlib.suppress(OSError):  # it is not empty, or was removed before
        while True:
            folder.rmdir()
            folder = folder.parent


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync(folder: Path) -> None:
    """One sync for all files of this file system, instead of one for each of them."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if _syncfs is None or _syncfs(descriptor) != 0:
            os.sync()
    finally:
        os.close(descriptor)


_UNREADABLE = "a file of the publication cannot be read"
_MAKE_READABLE = "make the file and its folder readable, then run the command again"
_syncfs = getattr(ctypes.CDLL(None), "syncfs", None)

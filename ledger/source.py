"""Where published files are read from: a folder here; anything else that answers with bytes does as well."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from mingdan.ledger.errors import Broken

LARGEST = 64 * 2**20  # bytes of one file; a bundle has 16 MB at most
MISSING = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class Listed(NamedTuple):
    """A path below the source; what is not `plain` is a link, a device, or an empty folder, ending in `/`."""

    path: str
    plain: bool = True


class Source(Protocol):
    """Files by their path below the site; hashable, and fit to be sent to another process."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, or None where there is none."""
        ...

    def files(self) -> Iterator[Listed] | None:
        """All there is, folder by folder in order, or None where nobody can tell."""
        ...


@dataclass(frozen=True)
class Folder:
    """A folder of this machine; links in it are listed and never followed."""

    root: Path

    def read(self, path: str) -> bytes | None:
        try:
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                content = file.read(LARGEST + 1)
        except MISSING:
            return None
        except OSError as error:
            raise Broken(f"a published file cannot be read: {error.strerror}", file=path) from error
        if len(content) > LARGEST:
            raise Broken("a published file is too large", file=path, largest=LARGEST)
        return content

    def files(self) -> Iterator[Listed]:
        return _walk(self.root, "")


def _walk(folder: Path, under: str) -> Iterator[Listed]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise Broken(f"a folder cannot be read: {error.strerror}", file=under or str(folder)) from error
    if not entries and under:
        yield Listed(under, plain=False)
    for entry in entries:
        path = f"{under}{entry.name}"
        if not entry.name.isprintable():  # none of ours; and none that may be shown as it is
            yield Listed(ascii(path)[1:-1], plain=False)
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, f"{path}/")
        else:
            yield Listed(path, plain=entry.is_file(follow_symlinks=False))

"""What a bucket holds, as far as this workspace knows: noted before it is done, and again when it is.

Believed only while the bucket shows the checkpoint that it was written for; lost or torn, it is made anew
from the bucket's own list.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from mingdan.ledger.keeping.staging import environment


class Journal:
    """One file for each bucket: its address and checkpoints in the first line, then paths with their hashes.

    It names every tracking link, as the site's folder does: 0600.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self.path = folder / sha256(address.encode()).hexdigest()[:16]
        self.address = address
        self._file: BinaryIO | None = None

    def known(self, checkpoint: str) -> dict[str, str] | None:
        """Paths with their hashes; None unless it was written for a bucket that shows this checkpoint."""
        content = b""
        with environment(_UNREADABLE), suppress(FileNotFoundError):
            content = self.path.read_bytes()
        lines = content.split(b"\n")[:-1]  # a crash may have torn the last one
        try:
            address, checkpoints = _HEAD(lines[0])
            noted = dict(map(_LINE, lines[1:]))
        except (IndexError, ValueError, msgspec.MsgspecError):
            return None
        return noted if address == self.address and checkpoint in checkpoints else None

    @contextmanager
    def begun(self, noted: Mapping[str, str], checkpoints: Collection[str]) -> Iterator[None]:
        """Notes what is there and what may come to be, for as long as the bucket shows one of these."""
        self._write(noted, checkpoints)
        with environment(_UNWRITABLE), self.path.open("ab") as self._file:
            yield

    def note(self, path: str, print_: str) -> None:
        """Notes one file that is there now. One that a crash loses is uploaded again."""
        assert self._file is not None, "begin first"
        self._file.write(_line(path, print_))

    def settle(self, noted: Mapping[str, str], checkpoint: str) -> None:
        """Notes that the bucket holds just this."""
        self._write(noted, [checkpoint])

    def _write(self, noted: Mapping[str, str], checkpoints: Collection[str]) -> None:
        with environment(_UNWRITABLE):
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            fresh = self.path.with_suffix(".new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(_line(self.address, sorted(checkpoints)))
                file.writelines(_line(path, print_) for path, print_ in noted.items())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)


def _line(*values: object) -> bytes:
    return msgspec.json.encode(values) + b"\n"


_HEAD = msgspec.json.Decoder(tuple[str, list[str]]).decode
_LINE = msgspec.json.Decoder(tuple[str, str]).decode
_UNREADABLE = "what is known of the bucket cannot be read"
_UNWRITABLE = "what is known of the bucket cannot be noted"

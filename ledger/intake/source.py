"""A file to import: opened once, unpacked by its first bytes and never by its name, read twice.

Every way in which it can be torn ends in MalformedSource with the place; a file that changes between the
two readings is noticed.
"""

from __future__ import annotations

import io
import lzma
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple, Protocol, Self

import zstandard

from mingdan.ledger.errors import MalformedSource

LONGEST = 1 << 20  # characters of a line
_CHUNK = 1 << 16
_PACKED = 1 << 10  # bytes unpacked at once: four bytes of zstandard can stand for 128 KiB
_UNREAD = "name a file that is there and may be read, not a folder; nothing was recorded"
_TORN = "nothing was recorded; get the whole file again, or correct the mapping"
_ENDLESS = "nothing was recorded; get the whole file again, or if it is whole end its last line"
_ESCAPED = re.compile("[\udc80-\udcff]")  # how Python holds a byte that is not of the encoding


class Row(NamedTuple):
    """One row as it stands: its number among the rows, the line it begins in, its cells by column."""

    number: int
    line: int
    cells: Mapping[str, str]


class SourceFile:
    """An open file. `sha256` (hex) is of the file as it lies, packed or not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.raw = path.open("rb")
            self.sha256 = file_digest(self.raw, "sha256").hexdigest()
        except OSError as error:
            raise MalformedSource(
                "the file cannot be read", next_step=_UNREAD, file=str(path), reason=str(error)
            ) from error
        self._found = self._stat()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.raw.close()

    def changed(self) -> bool:
        """Whether somebody wrote to the file since it was opened."""
        return self._stat() != self._found

    def chunks(self) -> Iterator[bytes]:
        """The unpacked bytes from the start."""
        plain = self._plain()
        while chunk := plain.read(_CHUNK):
            yield chunk

    def lines(self, encoding: str) -> Iterator[str]:
        """The unpacked lines from the start, each with the end it has: LF, CR LF or CR alone.

        Only packed may the last one have none: the packing says by itself that nothing is cut off.
        """
        plain = self._plain()
        whole = isinstance(plain, _Unpacked)
        raw = io.BufferedReader(plain, _CHUNK)
        text = io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline="")
        number, name = 0, encoding.removesuffix("-sig")
        try:
            while line := text.readline(LONGEST + 1):
                number += 1
                if len(line) > LONGEST:
                    raise self.torn("a line of more than 1,048,576 characters", line=number)
                if "\0" in line:
                    raise self.torn("a NUL character: not the encoding, or not text", line=number)
                if not line.isascii() and (byte := _ESCAPED.search(line)):
                    raise self.torn(f"not {name}", line=number, got=f"{ord(byte[0]) & 0xFF:02x}")
                if not whole and line[-1] not in "\r\n":
                    raise self.torn(
                        "the last line has no end: the file may be cut", next_step=_ENDLESS, line=number
                    )
                yield line
        except UnicodeDecodeError as error:  # what cannot be escaped byte by byte, like half a UTF-16 unit
            got = error.object[error.start : error.end].hex()
            raise self.torn(f"not {name}", after_line=number, got=got) from error

    def torn(self, what: str, *, next_step: str = "", **place: object) -> MalformedSource:
        """The error for damage: what was found and where."""
        return MalformedSource(what, next_step=next_step or _TORN, file=str(self.path), **place)

    def _plain(self) -> io.RawIOBase:
        self.raw.seek(0)
        start = self.raw.read(6)
        self.raw.seek(0)
        for magic, frame in _PACKINGS:
            if start.startswith(magic):
                return _Unpacked(self, frame)
        return _Plain(self)

    def _stat(self) -> tuple[int, int]:
        found = os.fstat(self.raw.fileno())
        return found.st_size, found.st_mtime_ns


class _Plain(io.RawIOBase):
    """The bytes as they lie. Closing it leaves the file open."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            return self.source.raw.readinto(buffer)
        except OSError as error:
            raise self.source.torn("the file cannot be read", reason=str(error)) from error


class _Frame(Protocol):
    """What the three packers' decompressors share."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, packed: bytes, /) -> bytes: ...


class _Unpacked(_Plain):
    """The bytes of packed frames one after the other, zeros between them allowed, nothing else.

    The libraries' own file objects pass over a zstandard frame that is cut and over rubbish after xz.
    """

    def __init__(self, source: SourceFile, frame: Callable[[], _Frame]) -> None:
        super().__init__(source)
        self._new = frame
        self._frame = frame()
        self._packed = b""
        self._ready = memoryview(b"")

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            while not self._ready and self._more():
                self._ready = memoryview(self._frame.decompress(self._packed))
                self._packed = self._frame.unused_data if self._frame.eof else b""
        except (EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
            at = self.source.raw.tell()
            raise self.source.torn("the packed file is torn", by_byte=at, reason=str(error)) from error
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _more(self) -> bool:
        """Whether there is something to unpack; at the end of a frame the next one begins."""
        while True:
            self._packed = self._packed or self.source.raw.read(_PACKED)
            if not self._packed and not self._frame.eof:
                raise EOFError("it ends in the middle")
            if not self._packed or not self._frame.eof:
                return bool(self._packed)
            self._packed = self._packed.lstrip(b"\0")
            if self._packed:
                self._frame = self._new()
                return True


_PACKINGS: tuple[tuple[bytes, Callable[[], _Frame]], ...] = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31)),
    (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ)),
    (b"\x28\xb5\x2f\xfd", lambda: zstandard.ZstdDecompressor().decompressobj()),
)

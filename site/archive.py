"""A zip that can be written in one way only: plain files, sorted, stored, all of one time.

Accepts exactly what `print_archive` prints, so that nothing hides between, behind or inside its files.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import NamedTuple
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.source import LARGEST

MAGIC = b"PK"
NEXT = "do not trust this copy; check the file as it was first handed over, and ask for it again"


class Archive(NamedTuple):
    """The files by path, and the time (ms UTC, to two seconds) that all of them bear."""

    files: dict[str, bytes]
    at: int


def print_archive(files: Mapping[str, bytes], at: int) -> bytes:
    """The zip's bytes; `at` (ms UTC) is the time of every file, to two seconds.

    Stored, not deflated: each version of zlib deflates otherwise.
    """
    written = BytesIO()
    with ZipFile(written, "w", ZIP_STORED) as archive:
        for path in sorted(files):
            member = ZipInfo(path, _moment(at))
            member.create_system, member.external_attr = _UNIX, _PLAIN
            archive.writestr(member, files[path])
    return written.getvalue()


def parse_archive(content: bytes) -> Archive:
    """Raises MalformedProof for what is no zip, Broken for one that `print_archive` would write otherwise.

    All sizes are known to be small before anything is read: no stored file is larger than the zip itself.
    """
    _check_directory(content)
    try:
        with ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(members, len(content))
            files = {each.filename: _content(archive, each) for each in members}
    except _FOREIGN as error:
        raise MalformedProof("not a zip", reason=str(error)) from error
    if not members:
        raise MalformedProof("an empty zip")
    at = _instant(members[0])
    if print_archive(files, at) != content:
        raise Broken("a zip that we would write otherwise", next_step=NEXT, files=len(files))
    return Archive(files, at)


def _check_directory(content: bytes) -> None:
    """The directory's own size, before the library reads it into objects."""
    if len(content) > LARGEST:
        raise Broken("larger than any pack", largest=LARGEST, actual=len(content))
    end = content[-_END.size :]
    if not content.startswith(MAGIC) or len(end) < _END.size or not end.startswith(_ENDS):
        raise MalformedProof("not a zip", start=repr(content[:20]))
    *_, size, _start, _comment = _END.unpack(end)
    if size > _LARGEST_DIRECTORY or content[-_END.size - _LOCATOR : -_END.size].startswith(_ENDS_FAR):
        raise Broken("more files than any pack has", next_step=NEXT, largest=_LARGEST_DIRECTORY, actual=size)


def _check_members(members: list[ZipInfo], size: int) -> None:
    names = Counter(each.filename for each in members)
    for each in members:
        name = ascii(each.orig_filename)[1:-1][:200]
        if not _PATH.fullmatch(each.orig_filename) or {".", ".."} & {*each.orig_filename.split("/")}:
            raise Broken("a path that leads out of its folder, or is none of ours", next_step=NEXT, file=name)
        if names[each.filename] > 1:
            raise Broken("two files of one name", next_step=NEXT, file=name)
        if (each.create_system, each.external_attr) != (_UNIX, _PLAIN):
            raise Broken("no plain file", next_step=NEXT, file=name)
        if each.compress_type != ZIP_STORED or each.file_size != each.compress_size or each.flag_bits:
            raise Broken("a file that is compressed or encrypted", next_step=NEXT, file=name)
    if sum(each.file_size for each in members) > size:
        raise Broken("files larger than the zip they lie in", next_step=NEXT, largest=size)


def _content(archive: ZipFile, member: ZipInfo) -> bytes:
    try:
        return archive.read(member)
    except _FOREIGN as error:
        raise Broken("a file was altered", next_step=NEXT, file=member.filename, reason=str(error)) from error


def _moment(at: int) -> tuple[int, int, int, int, int, int]:
    """In UTC, and within the years that a zip can tell."""
    moment = datetime.fromtimestamp(min(max(at // 1000, _FIRST), _LAST), UTC)
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)


def _instant(member: ZipInfo) -> int:
    try:
        return int(datetime(*member.date_time, tzinfo=UTC).timestamp()) * 1000
    except ValueError as error:
        raise Broken("a time that is none", next_step=NEXT, file=member.filename) from error


_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._~-]*(/[A-Za-z0-9_][A-Za-z0-9._~-]*)*")
_FOREIGN = (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, struct.error)
_UNIX = 3
_PLAIN = 0o100644 << 16
_FIRST, _LAST = 315_532_800, 4_354_819_198  # seconds: 1980-01-01 to 2107-12-31, as MS-DOS tells time
_END = struct.Struct("<4s4H2LH")  # APPNOTE.TXT 4.3.16: the end of the directory, without a comment
_ENDS = b"PK\x05\x06"
_ENDS_FAR = b"PK\x06\x07"  # 4.3.15: another end of it elsewhere, for larger files than ours
_LOCATOR = 20
_LARGEST_DIRECTORY = 2**20

"""A zip of ours reads back as it was written, and every other zip is refused with a reason."""

from __future__ import annotations

import struct
import warnings
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.site.archive import parse_archive, print_archive

AT = 1_793_491_200_000
FILES = {"a.txt": b"first", "o/ab/page.en.html": b"<p>second</p>", "z": b""}
PLAIN = 0o100644 << 16
LINK = 0o120777 << 16

names = st.from_regex(r"[a-z][a-z0-9.-]{0,8}(/[a-z][a-z0-9.-]{0,8}){0,2}", fullmatch=True)


def zipped(*members: tuple[str, bytes], compression: int = ZIP_STORED, mode: int = PLAIN) -> bytes:
    """A zip as anybody may write one; a name twice is what Python warns of."""
    written = BytesIO()
    with warnings.catch_warnings(), ZipFile(written, "w", compression) as archive:
        warnings.simplefilter("ignore", UserWarning)
        for name, content in members:
            member = ZipInfo(name, (2026, 11, 1, 0, 0, 0))
            member.create_system, member.external_attr = 3, mode
            member.compress_type = compression
            archive.writestr(member, content)
    return written.getvalue()


@given(st.dictionaries(names, st.binary(max_size=50), min_size=1, max_size=5), st.integers(0, 2**53))
def test_a_zip_gives_back_its_files_and_their_time(files, at):
    content = print_archive(files, at)

    found = parse_archive(content)

    assert found.files == files
    assert print_archive(files, found.at) == content


def test_the_order_in_which_files_are_handed_in_changes_nothing():
    assert print_archive(FILES, AT) == print_archive(dict(reversed(FILES.items())), AT)


@pytest.mark.parametrize("bit", range(8))
def test_no_bit_of_a_zip_can_be_flipped_unnoticed(bit):
    content = print_archive(FILES, AT)
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << bit

        with pytest.raises((Broken, MalformedProof)):
            parse_archive(bytes(flipped))


def test_an_altered_file_is_named():
    content = print_archive(FILES, AT).replace(b"second", b"sekond")

    with pytest.raises(Broken, match="a file was altered") as caught:
        parse_archive(content)

    assert caught.value.evidence["file"] == "o/ab/page.en.html"


@given(st.binary(max_size=200))
def test_any_other_bytes_are_no_zip(content):
    with pytest.raises(MalformedProof):
        parse_archive(content)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(100)])
def test_a_torn_or_empty_zip_is_none(content):
    with pytest.raises(MalformedProof):
        parse_archive(content)


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "a/../../x",
        "/etc/x",
        "a//x",
        "a/./x",
        "./x",
        "a/",
        "C:x",
        "a\\x",
        "a\nx",
        "账单",
        ".x",
        "a\u202ex",
    ],
)
def test_a_path_that_is_none_of_ours_is_refused_before_it_is_read(name):
    with pytest.raises(Broken, match="a path that leads out"):
        parse_archive(zipped(("a.txt", b"x"), (name, b"y")))


@pytest.mark.parametrize("mode", [LINK, 0o100755 << 16, 0o040755 << 16, 0, PLAIN | 0x10])
def test_a_link_or_anything_else_but_a_plain_file_is_refused(mode):
    with pytest.raises(Broken, match="no plain file"):
        parse_archive(zipped(("a.txt", b"/etc/passwd"), mode=mode))


def test_two_files_of_one_name_are_refused():
    with pytest.raises(Broken, match="two files of one name"):
        parse_archive(zipped(("a.txt", b"x"), ("a.txt", b"y")))


def test_a_bomb_is_refused_before_it_unfolds():
    bomb = zipped(("a.txt", bytes(2**24)), compression=ZIP_DEFLATED)

    assert len(bomb) < 2**15
    with pytest.raises(Broken, match="compressed"):
        parse_archive(bomb)


def test_a_file_said_to_be_larger_than_its_zip_is_refused():
    content = bytearray(zipped(("a.txt", b"x")))
    directory = content.index(b"PK\x01\x02")
    content[directory + 20 : directory + 28] = struct.pack("<2L", 2**30, 2**30)

    with pytest.raises(Broken, match="larger than the zip"):
        parse_archive(bytes(content))


def test_a_directory_of_more_files_than_a_pack_has_is_not_even_read():
    many = zipped(*((f"file-{number:05}", b"") for number in range(20_000)))

    with pytest.raises(Broken, match="more files than any pack has"):
        parse_archive(many)


@pytest.mark.parametrize("more", [b"x", b"\0", b"PK\x05\x06"])
def test_nothing_hides_before_behind_or_in_the_comment_of_a_zip(more):
    content = print_archive(FILES, AT)
    commented = content[:-2] + struct.pack("<H", len(more)) + more

    for hiding in (more + content, content + more, commented):
        with pytest.raises((Broken, MalformedProof)):
            parse_archive(hiding)


def test_files_in_another_order_are_written_otherwise():
    with pytest.raises(Broken, match="write otherwise"):
        parse_archive(zipped(("b", b"x"), ("a", b"y")))

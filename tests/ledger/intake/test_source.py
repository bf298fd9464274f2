import gzip
import lzma

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.intake.source import LONGEST, SourceFile

TEXT = "order,time\n" + "".join(f"{number},2024-01-01\n" for number in range(20_000))
PACK = {
    "plain": bytes,
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}
PACKED = ["gzip", "xz", "zstd"]


def lines(path, encoding="utf-8"):
    with SourceFile(path) as file:
        return [*file.lines(encoding)]


def written(tmp_path, content, name="history.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("packing", PACK)
def test_a_file_is_unpacked_by_its_first_bytes_whatever_its_name(tmp_path, packing):
    path = written(tmp_path, PACK[packing](TEXT.encode()), "history.dat")

    assert "".join(lines(path)) == TEXT


@pytest.mark.parametrize("packing", PACKED)
def test_packed_files_joined_are_read_one_after_the_other(tmp_path, packing):
    path = written(tmp_path, PACK[packing](b"a\n") + PACK[packing](b"b\n"))

    assert lines(path) == ["a\n", "b\n"]


@pytest.mark.parametrize("packing", PACKED)
def test_a_packed_file_that_is_cut_short_is_torn(tmp_path, packing):
    packed = PACK[packing](TEXT.encode())

    for cut in (len(packed) - 1, len(packed) - 9, len(packed) // 2):
        with pytest.raises(MalformedSource, match="torn"):
            lines(written(tmp_path, packed[:cut]))


@pytest.mark.parametrize("packing", PACKED)
def test_a_packed_file_with_something_after_its_end_is_torn(tmp_path, packing):
    with pytest.raises(MalformedSource, match="torn"):
        lines(written(tmp_path, PACK[packing](b"a\n") + b"and more"))


@pytest.mark.parametrize("packing", PACKED)
def test_a_packed_file_with_a_changed_byte_never_reads_as_another_text(tmp_path, packing):
    packed = PACK[packing](TEXT[:200].encode())

    for place in range(len(packed)):
        changed = bytearray(packed)
        changed[place] ^= 0x10
        try:
            read = "".join(lines(written(tmp_path, bytes(changed))))
        except MalformedSource:
            continue
        assert read == TEXT[:200], place  # a byte of the header that says nothing about the content


@pytest.mark.parametrize("packing", PACKED)
def test_zeros_after_a_packed_file_are_padding(tmp_path, packing):
    assert lines(written(tmp_path, PACK[packing](b"a\n") + bytes(2048))) == ["a\n"]


def test_it_is_read_from_the_start_every_time(tmp_path):
    with SourceFile(written(tmp_path, gzip.compress(b"a\nb\n"))) as file:
        first, second = [*file.lines("utf-8")], b"".join(file.chunks())

    assert "".join(first).encode() == second == b"a\nb\n"


def test_its_hash_is_of_the_file_as_it_lies(tmp_path):
    with SourceFile(written(tmp_path, b"abc")) as file:
        assert file.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_change_while_it_is_open_is_noticed(tmp_path):
    path = written(tmp_path, b"abc")
    with SourceFile(path) as file:
        before = file.changed()
        path.write_bytes(b"abcd")
        after = file.changed()

    assert (before, after) == (False, True)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_ends_in_lf_crlf_or_cr_alone(tmp_path, end):
    path = written(tmp_path, f"a{end}b{end}".encode())

    assert lines(path) == [f"a{end}", f"b{end}"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_last_line_without_its_end_is_torn(tmp_path, end):
    with pytest.raises(MalformedSource, match="last line has no end") as refused:
        lines(written(tmp_path, f"a{end}b{end}c".encode()))

    assert refused.value.evidence["line"] == 3
    assert "end its last line" in refused.value.next_step


@pytest.mark.parametrize("packing", PACKED)
def test_a_packed_file_is_whole_where_its_packing_ends_whatever_its_last_line(tmp_path, packing):
    assert lines(written(tmp_path, PACK[packing](b"a\nb"))) == ["a\n", "b"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "cp1252"])
def test_the_encoding_is_what_the_mapping_says(tmp_path, encoding):
    text = "Côte\n" if encoding == "cp1252" else "卡盟\n"

    assert lines(written(tmp_path, text.encode(encoding)), encoding) == [text]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_broken_utf_8_names_its_line_and_bytes(tmp_path, end):
    content = end.join([b"a"] * 5000 + [b"caf\xe9,1"] + [b"z"] * 5000)

    with pytest.raises(MalformedSource, match="not utf-8") as refused:
        lines(written(tmp_path, content))

    assert (refused.value.evidence["line"], refused.value.evidence["got"]) == (5001, "e9")


def test_a_line_without_an_end_is_not_read_into_memory(tmp_path):
    with pytest.raises(MalformedSource, match="a line of more than") as refused:
        lines(written(tmp_path, b"a\n" + b"x" * (LONGEST + 2)))

    assert refused.value.evidence["line"] == 2


def test_a_nul_character_is_no_text(tmp_path):
    with pytest.raises(MalformedSource, match="NUL") as refused:
        lines(written(tmp_path, b"a\nb\0\n"))

    assert refused.value.evidence["line"] == 2


def test_a_small_packed_file_that_unpacks_to_much_is_streamed(tmp_path):
    packed = zstandard.ZstdCompressor().compress(b"x" * 999 + b"\n" + (b"y" * 999 + b"\n") * 50_000)

    with SourceFile(written(tmp_path, packed)) as file:
        sizes = [len(chunk) for chunk in file.chunks()]

    assert sum(sizes) == 50_001_000
    assert max(sizes) <= 1 << 16


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(MalformedSource, match="cannot be read"):
        SourceFile(tmp_path / "missing.csv")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(MalformedSource, match="cannot be read"):
        SourceFile(tmp_path)


@given(
    st.text(st.characters(exclude_characters="\0", codec="utf-8")),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_the_lines_are_the_text(tmp_path_factory, text, end):
    path = written(tmp_path_factory.mktemp("source"), (text + end).encode())

    assert "".join(lines(path)) == text + end


@given(st.lists(st.tuples(st.text("ab,é", min_size=1), st.sampled_from(["\n", "\r\n", "\r"])), min_size=1))
def test_however_a_plain_file_is_cut_it_is_torn_or_ends_with_a_whole_line(tmp_path_factory, written_lines):
    content = "".join(line + end for line, end in written_lines).encode()
    folder = tmp_path_factory.mktemp("cut")
    whole = {"".join(line + end for line, end in written_lines[:n]) for n in range(len(written_lines) + 1)}

    for cut in range(len(content)):
        try:
            read = "".join(lines(written(folder, content[:cut])))
        except MalformedSource:
            continue
        assert read in whole or read + "\n" in whole  # of CR LF the half is an end too

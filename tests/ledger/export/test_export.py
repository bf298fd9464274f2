"""Which entries leave, and that a file is there whole or not at all."""

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.errors import Broken, Misuse, Unavailable
from mingdan.ledger.export.export import FORMATS as KINDS
from mingdan.ledger.export.export import Exported, export, placed, standard_output
from mingdan.ledger.export.leaving import About, of_site, of_store
from mingdan.ledger.market import sku

from ..test_replay import Shelf
from .written import FORMATS, ORDER, ORIGIN, exported, sealed

TOLD = [(ORDER, e.Paid()), ("sku/card", sku.Opened()), ("sku/other", sku.Opened()), (ORDER, e.Expired())]


class Stopped(Exception):
    pass


def test_json_lines_are_the_entries_byte_for_byte(market):
    rows = [row.entry for rows in market.store.scan(0) for row in rows]

    content = exported("jsonl", of_store(market.store, 0, len(rows)))

    assert content == b"".join(raw + b"\n" for raw in rows)


def test_entries_after_a_position_are_told(market):
    assert [each.position for each in of_store(market.store, 3, 6)] == [4, 5, 6]


@pytest.mark.parametrize(
    ("streams", "expected"), [((ORDER,), 2), (("sku",), 2), (("sku/card", "order"), 3), (("party",), 0)]
)
def test_streams_are_asked_for_by_name_or_by_kind(streams, expected):
    assert len(exported("jsonl", sealed(*TOLD), streams=streams).splitlines()) == expected


@pytest.mark.parametrize("name", ["shop", "order/7", "sku/", ""])
def test_what_can_be_no_stream_is_refused(name):
    with pytest.raises(Misuse, match="no stream can have this name"):
        exported("jsonl", sealed(*TOLD), streams=(name,))


@pytest.mark.parametrize(("name", "left_out"), [("jsonl", 0), ("xes", 2)])
def test_what_a_format_has_no_place_for_is_counted(tmp_path, name, left_out):
    with placed(tmp_path / "file") as file:
        found = export(file, name, sealed(*TOLD), About(ORIGIN, 4))

    assert found == Exported(name, ORIGIN, 4 - left_out, left_out, 4)


def test_a_published_log_gives_the_same_entries_each_proven():
    told = sealed(*[(ORDER, e.Noted(label=str(n))) for n in range(300)])
    shelf = Shelf([each.raw for each in told])

    assert [*of_site(shelf.log, 0)] == told
    assert [*of_site(shelf.log, 298)] == told[298:]


def test_an_entry_that_a_site_altered_is_not_exported():
    shelf = Shelf([each.raw for each in sealed(*TOLD)])
    (path,) = (name for name in shelf.files if "entries" in name)
    shelf.files[path] = shelf.files[path].replace(b"order.paid", b"order.maid")

    with pytest.raises(Broken):
        list(of_site(shelf.log, 0))


def test_a_file_is_as_it_was_where_an_export_fails(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def fail():
        with placed(path) as file:
            file.write(b"half")
            raise Stopped

    with pytest.raises(Stopped):
        fail()

    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_where_nothing_can_be_written_the_machine_says_no(tmp_path):
    with pytest.raises(Unavailable, match="cannot be written"), placed(tmp_path / "no" / "where"):
        pass


def test_only_text_goes_to_standard_output():
    with pytest.raises(Misuse, match="no text"):
        standard_output("parquet")


def test_progress_is_told_against_what_there_is():
    seen = []
    told = [each._replace(position=2_000 + at) for at, each in enumerate(sealed(*TOLD))]

    with open("/dev/null", "wb") as out:  # noqa: PTH123
        export(out, "jsonl", told, About(ORIGIN, 3_000, since=1_000), lambda *at: seen.append(at))

    assert seen == [(1_000, 2_000)]


def test_every_format_is_among_those_that_are_tested():
    assert set(FORMATS) == set(KINDS)

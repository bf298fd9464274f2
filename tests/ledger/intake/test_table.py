import pytest

from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.intake.language import Source
from mingdan.ledger.intake.source import SourceFile
from mingdan.ledger.intake.table import csv_rows, json_rows


def table(tmp_path, content, wanted=("id", "note"), **said):
    path = tmp_path / "history"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = Source(name="shop", shape="table", format="csv", case="id", **said)
    with SourceFile(path) as file:
        return [*csv_rows(file, source, frozenset(wanted))]


def objects(tmp_path, content, wanted=("id",)):
    path = tmp_path / "history"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = Source(name="shop", shape="table", format="jsonl", case="id")
    with SourceFile(path) as file:
        return [*json_rows(file, source, frozenset(wanted))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_follow_the_header_whatever_ends_a_line(tmp_path, end):
    rows = table(tmp_path, end.join(["id,note", "1,a", "2,b", ""]))

    assert rows == [(1, 2, {"id": "1", "note": "a"}), (2, 3, {"id": "2", "note": "b"})]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quoted_cells_hold_delimiters_quotes_and_line_ends(tmp_path, end):
    (first, second) = table(tmp_path, end.join(["id,note", f'1,"a, ""b""{end}c"', "2,d", ""]))

    assert first.cells["note"] == f'a, "b"{end}c'
    assert (second.number, second.line) == (2, 4)


def test_the_delimiter_is_what_the_mapping_says(tmp_path):
    (row,) = table(tmp_path, "id\tnote\n1\ta,b\n", delimiter="\t")

    assert row.cells == {"id": "1", "note": "a,b"}


def test_without_quotes_a_quotation_mark_is_a_character(tmp_path):
    (row,) = table(tmp_path, 'id,note\n1,5" pipe\n', quote="")

    assert row.cells["note"] == '5" pipe'


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    (row,) = table(tmp_path, "\ufeffid,note\n1,a\n")

    assert row.cells["id"] == "1"


def test_only_the_columns_that_the_mapping_reads_are_taken(tmp_path):
    (row,) = table(tmp_path, "id,note,more,more\n1,a,b,c\n")

    assert row.cells == {"id": "1", "note": "a"}


def test_blank_lines_are_no_rows(tmp_path):
    rows = table(tmp_path, "id,note\n\n1,a\n\n")

    assert [(row.number, row.line) for row in rows] == [(1, 3)]


def test_columns_that_the_file_lacks_are_named_before_a_row_is_read(tmp_path):
    with pytest.raises(MalformedSource, match="columns that the file lacks") as refused:
        table(tmp_path, "id,Note\n1,a,too many\n", wanted=("id", "note", "when"))

    assert (refused.value.evidence["columns"], refused.value.evidence["has"]) == ("note, when", "id, Note")


def test_a_column_that_stands_twice_is_not_chosen_from(tmp_path):
    with pytest.raises(MalformedSource, match="a column twice") as refused:
        table(tmp_path, "id,note,note\n1,a,b\n")

    assert refused.value.evidence["columns"] == "note"


@pytest.mark.parametrize(("row", "got"), [("2,b,c", 3), ("2", 1)])
def test_a_row_with_another_number_of_columns_is_torn(tmp_path, row, got):
    with pytest.raises(MalformedSource, match="number of columns") as refused:
        table(tmp_path, f"id,note\n1,a\n{row}\n")

    assert {name: refused.value.evidence[name] for name in ("row", "line", "expected", "got")} == {
        "row": 2, "line": 3, "expected": 2, "got": got,
    }  # fmt: skip


@pytest.mark.parametrize("row", ['2,"b', '2,"b" c'])
def test_a_quote_that_is_not_closed_is_torn(tmp_path, row):
    with pytest.raises(MalformedSource, match="not delimited text") as refused:
        table(tmp_path, f"id,note\n1,a\n{row}\n3,c\n")

    assert (refused.value.evidence["row"], refused.value.evidence["line"]) == (2, 3)


CUT = {
    "in its last column": "2,bc",
    "before its line end": "2,bcd",
    "in quotes": '2,"b',
    "after the end of a quoted line": '2,"b\nc',
}


@pytest.mark.parametrize("rest", CUT.values(), ids=CUT)
def test_a_table_whose_last_row_has_no_line_end_is_torn_and_the_row_is_named(tmp_path, rest):
    with pytest.raises(MalformedSource, match="last line has no end") as refused:
        table(tmp_path, f"id,note\n1,a\n{rest}")

    assert refused.value.evidence["row"] == 2
    assert "if it is whole end its last line" in refused.value.next_step


def test_a_header_without_a_line_end_is_torn_and_no_row(tmp_path):
    with pytest.raises(MalformedSource, match="last line has no end") as refused:
        table(tmp_path, "id,note")

    assert refused.value.evidence["line"] == 1
    assert "row" not in refused.value.evidence


@pytest.mark.parametrize("rest", ['{"id": 2}', '{"id": 2', "  "], ids=["whole", "cut", "blank"])
def test_an_object_whose_line_has_no_end_is_torn_and_the_row_is_named(tmp_path, rest):
    with pytest.raises(MalformedSource, match="last line has no end") as refused:
        objects(tmp_path, f'{{"id": 1}}\n{rest}')

    assert (refused.value.evidence["row"], refused.value.evidence["line"]) == (2, 2)


def test_an_empty_file_has_no_header(tmp_path):
    with pytest.raises(MalformedSource, match="empty"):
        table(tmp_path, "")


def test_json_objects_are_rows_and_their_numbers_stay_as_written(tmp_path):
    content = '{"id": "a", "amount": 12.10}\n\n{"id": 7, "amount": null, "paid": true}\n'
    rows = objects(tmp_path, content, wanted=("id", "amount", "paid"))

    assert rows == [(1, 1, {"id": "a", "amount": "12.10"}), (2, 3, {"id": "7", "paid": "true"})]


def test_fields_of_nested_objects_are_named_with_a_dot(tmp_path):
    (row,) = objects(
        tmp_path, '{"id": 1, "buyer": {"of": {"city": "昆明"}}}\n', wanted=("id", "buyer.of.city")
    )

    assert row.cells == {"id": "1", "buyer.of.city": "昆明"}


@pytest.mark.parametrize(
    "line",
    ['{"id": 1', "[1]", '"id"', "7", '{"id": }', '{"id": "\\ud800"}', '{"id": 1} {"id": 2}', "nonsense"],
)
def test_a_line_that_is_no_json_object_is_torn(tmp_path, line):
    with pytest.raises(MalformedSource, match="not a JSON object") as refused:
        objects(tmp_path, f'{{"id": 0}}\n{line}\n')

    assert (refused.value.evidence["row"], refused.value.evidence["line"]) == (2, 2)


def test_an_escaped_nul_is_no_text(tmp_path):
    with pytest.raises(MalformedSource, match="NUL") as refused:
        objects(tmp_path, '{"id": "a\\u0000"}\n')

    assert refused.value.evidence["row"] == 1


@pytest.mark.parametrize(
    "nested",
    ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000],
    ids=["arrays", "objects"],
)
def test_a_line_nested_without_end_is_torn(tmp_path, nested):
    with pytest.raises(MalformedSource, match="not a JSON object") as refused:
        objects(tmp_path, f'{{"id": 0}}\n{{"id": {nested}}}\n')

    assert (refused.value.evidence["row"], refused.value.evidence["line"]) == (2, 2)
    assert refused.value.next_step

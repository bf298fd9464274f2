"""docs/export.md, executed: its commands run, its tables say what the code does, errors say what to do."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mingdan.cli import app
from mingdan.ledger.errors import Misuse
from mingdan.ledger.export.export import FORMATS
from mingdan.ledger.export.objects import TYPES, attributes_of
from mingdan.ledger.intake.mapping import NOT_IMPORTED

ROOT = Path(__file__).parent.parent
TOLD = (ROOT / "docs" / "export.md").read_text("utf-8")
COMMANDS = [shlex.split(each) for each in re.findall(r"^\$ mingdan (.+)$", TOLD, re.MULTILINE)]


def ran(folder: Path, *arguments: object) -> bytes:
    """What a command prints, the error it raises aside."""
    placed = [re.sub(r"^(shop|copy)(?=/|$)", rf"{folder}/\1", str(each)) for each in arguments]
    done = CliRunner().invoke(app, placed)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout_bytes


def cells(line: str) -> list[str]:
    return [each.strip() for each in line.strip("|").split("|")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("export")
    for name in ("shop", "copy"):
        ran(made, "-C", name, "init", "--origin", f"{name}.example.com/log")
    ran(made, "-C", "shop", "record", ROOT / "docs" / "first-order.jsonl")
    return made


@pytest.fixture(scope="module")
def executed(folder):
    return [(each, ran(folder, *each, *([] if "7" in each else ["--json"]))) for each in COMMANDS]


def test_every_format_is_shown_and_its_command_runs(executed):
    exports = [(each, told) for each, told in executed if "--out" in each]

    assert [each[each.index("--format") + 1] for each, _ in exports] == [*FORMATS]
    for _, told in exports:
        answer = json.loads(told)
        assert (answer["entries"], answer["position"], answer["origin"]) == (7, 7, "shop.example.com/log")
        assert Path(answer["file"]).stat().st_size > 0


def test_what_was_exported_is_imported_as_documented(executed):
    (report,) = [json.loads(told) for each, told in executed if "import" in each]

    assert (report["recorded"], report["refused"], report["orders"]) == (7, 0, 1)
    assert report["source"] == "shop.example.com/log"


def test_without_a_file_lines_go_to_standard_output(folder):
    lines = ran(folder, "-C", "shop", "export", "--format", "jsonl", "--since", 5).splitlines()

    assert [json.loads(each)["seq"] for each in lines] == [6, 7]


@pytest.mark.usefixtures("executed")
def test_an_imported_order_is_shown_by_the_name_of_its_stream_there(folder):
    first = json.loads(ran(folder, "-C", "shop", "export", "--format", "jsonl").splitlines()[0])

    assert ran(folder, "-C", "copy", "show", first["stream"])


def test_a_foreign_file_without_a_mapping_is_refused_with_the_way_out(folder):
    with pytest.raises(Exception, match="not a file that mingdan exported") as caught:
        ran(folder, "-C", "copy", "import", ROOT / "docs" / "first-order.jsonl")

    assert "--mapping" in caught.value.next_step


def test_a_site_is_asked_for_with_a_key_one_trusts(folder, tmp_path):
    with pytest.raises(Misuse, match="whom do you trust"):
        ran(folder, "-C", tmp_path, "export", "--format", "jsonl", "--site", tmp_path)


def test_the_table_of_formats_has_a_column_for_each():
    header = next(line for line in TOLD.splitlines() if line.startswith("| | `jsonl`"))

    assert [each.strip("`") for each in cells(header)[1:]] == [*FORMATS]


def test_the_table_of_objects_is_what_the_code_says():
    rows = [cells(line) for line in TOLD.splitlines() if re.match(r"\| `[a-z]+` \| (its|`)", line)]
    written = {row[0].strip("`"): re.findall(r"`(\w+)`", row[2]) for row in rows}

    assert written == {name: sorted(attributes_of(name)) for name in TYPES}


def test_what_is_left_out_is_named():
    assert all(f"`{kind}`" in TOLD for kind in NOT_IMPORTED)

"""docs/article.md: each demand of the article with what meets it, and every thing named there exists."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import pytest
from msgspec.structs import fields

from mingdan.ledger.event import KINDS
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.workspace import create_workspace
from mingdan.ledger.market import fold, guard, speaking
from mingdan.ledger.rules import RULES
from mingdan.projections import views
from mingdan.projections.conduct import Conduct
from mingdan.projections.figures import Figures
from mingdan.projections.market import Market
from mingdan.site.publish import publish

ROOT = Path(__file__).parent.parent
COLUMNS = ("event", "rule", "view", "page", "test")
END = 1_793_491_200_000
UNKNOWN = "26"  # the design lists no demand under this number


def rows() -> dict[str, dict[str, list[str]]]:
    """The names in each column, by the number of the demand."""
    found = {}
    for line in (ROOT / "docs" / "article.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].isdecimal():
            assert cells[0] not in found, f"{cells[0]} stands twice"
            found[cells[0]] = dict(
                zip(COLUMNS, (re.findall(r"`([^`]+)`", cell) for cell in cells[2:]), strict=True)
            )
    return found


ROWS = rows()
NAMED = [(number, row) for number, row in ROWS.items() if number != UNKNOWN]
SHAPES = {"conduct": Conduct, "figures": Figures, "market": Market}


def is_rule(name: str) -> bool:
    return name in RULES or name in fold.RULES or name in speaking.RULES or name in guard.RULES


def is_code(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    return bool(module) and hasattr(import_module(f"mingdan.{module}"), attribute)


def is_view(name: str) -> bool:
    shape, dot, field = name.partition(".")
    if not dot:
        return name in views.metadata.tables
    return shape in SHAPES and field in {each.name for each in fields(SHAPES[shape])}


def is_test(name: str) -> bool:
    file, _, function = name.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return any(isinstance(each, ast.FunctionDef) and each.name == function for each in ast.walk(tree))


def test_the_forty_five_demands_stand_in_order():
    assert list(ROWS) == [str(number) for number in range(1, 46)]
    assert not any(ROWS[UNKNOWN].values())


@pytest.mark.parametrize(("number", "row"), NAMED, ids=[number for number, _ in NAMED])
def test_a_demand_is_met_by_an_event_a_rule_a_view_a_page_and_a_test(number, row):
    assert [column for column in COLUMNS if not row[column]] == [], number


@pytest.mark.parametrize("row", [row for _, row in NAMED], ids=[number for number, _ in NAMED])
def test_every_thing_that_is_named_exists(row):
    assert [name for name in row["event"] if name not in KINDS] == []
    assert [name for name in row["rule"] if not (is_code(name) if "." in name else is_rule(name))] == []
    assert [name for name in row["view"] if not is_view(name)] == []
    assert [name for name in row["test"] if not is_test(name)] == []


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """What a simulated market publishes."""
    folder = tmp_path_factory.mktemp("article") / "market"
    workspace = create_workspace(folder, origin="article.example/log")
    simulate(workspace.book(), 60, 1, end=END)
    publish(workspace, clock=lambda: END)
    workspace.close()
    return workspace.site


def test_every_page_that_is_named_is_published(site):
    published = [path.relative_to(site).as_posix() for path in site.rglob("*.html")]
    patterns = {page for row in ROWS.values() for page in row["page"]}

    assert {page for page in patterns if not any(fnmatchcase(path, page) for path in published)} == set()

"""The published rules are all of the code that folds and counts."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mingdan.projections.rulebook import ROOT, RULES, rulebook

AROUND = {  # how entries are kept and rows written: no figure turns on it
    "ledger/claim.py",
    "ledger/duty/duty.py",
    "ledger/errors.py",
    "ledger/map.py",
    "ledger/stream.py",
    "ledger/tree.py",
    "projections/catch_up.py",
    "projections/views.py",
}


def imported(name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / name).read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mingdan."):
            folder = "/".join(node.module.split(".")[1:])
            found = [f"{folder}.py", *(f"{folder}/{alias.name}.py" for alias in node.names)]
            yield from (each for each in found if (ROOT / each).is_file())


def reached(*starts: str) -> set[str]:
    found: set[str] = set()
    ahead = set(starts)
    while ahead:
        found |= ahead
        ahead = {name for each in ahead for name in imported(each)} - found
    return found


def test_every_module_that_folds_or_counts_is_in_the_published_rules():
    used = reached("projections/catch_up.py", "projections/census.py")

    kept = {name for name in used if name.startswith("ledger/keeping/")}
    assert used - kept - AROUND == set(RULES)


def test_the_published_text_is_each_module_word_for_word():
    text = rulebook("Asia/Shanghai").decode()

    assert text.startswith("# days end in Asia/Shanghai\n")
    for name in RULES:
        assert f"# ==== {name}\n{(ROOT / name).read_text()}" in text

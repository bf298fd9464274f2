"""The reference in docs/ is what the code says, and the README's promises hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import fields

from mingdan.ledger.market.compensation import NAMES
from mingdan.ledger.market.promise import Published, StageLimits
from mingdan.site.reference import FILES

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", FILES)
def test_the_reference_is_what_the_code_says(name):
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")

    assert written == FILES[name](), "run `make docs`"


def test_every_key_of_a_policy_and_every_name_of_its_expression_is_documented():
    written = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1] for line in written.splitlines() if line.startswith("| `")}
    keys = {"id", *(field.name for field in fields(Published))}

    assert rows == keys | NAMES.keys()
    assert all(f"`{stage.name}`" in written for stage in fields(StageLimits))

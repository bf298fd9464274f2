"""The reference in docs/ is what the code says, and the README's promises hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from mingdan.site.reference import FILES

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", FILES)
def test_the_reference_is_what_the_code_says(name):
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")

    assert written == FILES[name](), "run `make docs`"

"""One operator for all lies, and a press in a room of its own for each; a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from .lies import Scene
from .operator import Operator, operating, write
from .press import Press
from .published import Published
from .table import Lie


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with operating(tmp_path_factory.mktemp("operator")) as made:
        yield made


@pytest.fixture
def press(operator: Operator, tmp_path: Path) -> Iterator[Press]:
    with closing(Press(operator.market, tmp_path / "press")) as made:
        yield made


@pytest.fixture
def published(request: pytest.FixtureRequest, operator: Operator, press: Press, tmp_path: Path) -> Published:
    lie: Lie = request.param
    with operator.witnesses(lie.after, tmp_path / "witnesses") as witnesses:
        told = lie.tell(Scene(operator, press, witnesses))
    write(told.site, tmp_path / "site")
    return Published(operator, lie, told, tmp_path)

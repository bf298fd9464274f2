"""A stage on which nothing has been told, for what would change the story of a module."""

import pytest

from .stage import Stage


@pytest.fixture
def empty(tmp_path):
    return Stage(tmp_path)

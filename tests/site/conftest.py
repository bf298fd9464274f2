"""Every story and both languages in turn, and the site that has every kind of page."""

from pathlib import Path

import pytest

from .gallery import hung
from .stories import STORIES, Story, told


@pytest.fixture(params=STORIES)
def story(request: pytest.FixtureRequest) -> Story:
    return told(STORIES[request.param])


@pytest.fixture(params=["zh-CN", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hung(tmp_path_factory.mktemp("gallery"))

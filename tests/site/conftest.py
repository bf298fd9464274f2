"""Every story and both languages in turn."""

import pytest

from .stories import STORIES, Story, told


@pytest.fixture(params=STORIES)
def story(request: pytest.FixtureRequest) -> Story:
    return told(STORIES[request.param])


@pytest.fixture(params=["zh-CN", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return request.param

import re
from itertools import product
from pathlib import Path

import pytest

import mingdan.site.page as module

from .test_badge import contrast

STATIC = Path(module.__file__).parent / "static"
STYLE = STATIC / "page.css"
SCHEMES = [
    dict(re.findall(r"--(\w+): (#\w{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE.read_text(), re.DOTALL)
][:2]


def test_the_stylesheets_ask_nobody_for_anything():
    assert [path for path in STATIC.glob("*.css") if re.search(r"url\(|@import", path.read_text())] == []


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_words_read_well_in_both_schemes(scheme):
    colors = SCHEMES[scheme]

    for words, ground in product(("ink", "soft", "link", "calm", "alert"), ("paper", "card")):
        assert contrast(colors[words], colors[ground]) >= 4.5, (words, ground)

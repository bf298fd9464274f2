"""Whether everybody can use the pages, as far as a machine can tell: axe-core goes over each of them."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from mingdan.site.page import path_in

from .gallery import pages
from .stories import EDITION
from .visiting import UNFOLD, visiting

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {
    "preload": False,  # the style is on the page; asking for it again is what its policy forbids
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": STANDARDS},
}


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme", "language"), [(320, "light", "zh-CN"), (1280, "dark", "en")])
def test_axe_objects_to_nothing(chromium: Browser, gallery, width, scheme, language):
    axe, window, objections = Axe(), {"width": width, "height": 800}, []
    with visiting(chromium, gallery, viewport=window, color_scheme=scheme) as visit:
        for path in pages(gallery):
            page = visit(path_in(path, language, EDITION.languages))
            page.evaluate(UNFOLD)
            found = axe.run(page, options=OPTIONS).response["violations"]
            objections += [(path, each["id"], [node["target"] for node in each["nodes"]]) for each in found]

    assert objections == []


def test_axe_would_object(chromium: Browser, gallery):
    with visiting(chromium, gallery) as visit:
        page = visit("index.html")
        page.evaluate("document.querySelector('h1').outerHTML = '<img src=static/mark.svg>'")
        found = Axe().run(page, options=OPTIONS).response["violations"]

    assert {each["id"] for each in found} == {"image-alt", "page-has-heading-one"}

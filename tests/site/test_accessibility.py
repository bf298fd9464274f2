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
}
WHOLE = OPTIONS | {"runOnly": {"type": "tag", "values": STANDARDS}}
COLOURS = OPTIONS | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LAYOUT = OPTIONS | {"runOnly": {"type": "rule", "values": ["scrollable-region-focusable", "target-size"]}}
WINDOWS = (
    (320, "light", WHOLE),
    (768, "light", LAYOUT),
    (1280, "light", LAYOUT),
    (1280, "dark", COLOURS),
)


@pytest.mark.slow
def test_axe_objects_to_nothing(chromium: Browser, gallery, language):
    """Every rule in one window; in the others those whose answer depends on the width, or on the colours.

    These look alike in every language, and so the windows are gone through in one.
    """
    axe, objections = Axe(), []
    with visiting(chromium, gallery) as visit:
        for path in pages(gallery):
            page = visit(path_in(path, language, EDITION.languages))
            page.evaluate(UNFOLD)
            for width, scheme, options in WINDOWS if language == "zh-CN" else WINDOWS[:1]:
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme)
                found = axe.run(page, options=options).response["violations"]
                seen = [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]
                objections += [(path, width, scheme, *each) for each in seen]

    assert objections == []


def test_axe_would_object(chromium: Browser, gallery):
    with visiting(chromium, gallery) as visit:
        page = visit("index.html")
        page.evaluate("document.querySelector('h1').outerHTML = '<img src=static/mark.svg>'")
        found = Axe().run(page, options=WHOLE).response["violations"]

    assert {each["id"] for each in found} == {"image-alt", "page-has-heading-one"}

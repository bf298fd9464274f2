"""What a reader's own browser makes of wide tables, of drawings and of the longest names."""

from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser

import mingdan.site.page as module
from mingdan.projections.figures import Figures
from mingdan.site.merchant_page import merchant_pages
from mingdan.site.platform_page import platform_page
from mingdan.site.sku_page import sku_pages

from .conducted import LONGEST, MERCHANT, SKU, hostile, rich
from .registered import FULL
from .stories import EDITION
from .test_chromium import PHONE, opened, scrolls

STATIC = Path(module.__file__).parent / "static"
PAGES = ["p/yunka/index", "p/yunka/m/index", "p/yunka/s/index"]
BELOW = [f"p/yunka/m/{MERCHANT}/index", f"p/yunka/s/{SKU}/index"]
LONG = [f"p/yunka/m/{LONGEST}/index", f"p/yunka/s/{LONGEST}/index"]


def laid(folder: Path, figures: Figures) -> Path:
    """A site of one platform and what is below it, without its badge."""
    copytree(STATIC, folder / "static")
    for language in EDITION.languages:
        mark = "" if language == EDITION.languages[0] else f".{language}"
        pages = {
            f"p/yunka/index{mark}.html": platform_page(EDITION, language, figures).replace(b"<img", b"<i"),
            **dict(merchant_pages(EDITION, language, figures, FULL)),
            **dict(sku_pages(EDITION, language, figures, FULL)),
        }
        for path, page in pages.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(page)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return laid(tmp_path_factory.mktemp("rich") / "site", rich())


def test_every_page_of_figures_fits_a_narrow_phone(chromium: Browser, folder):
    wide = [path for path, page in opened(chromium, folder, PAGES + BELOW, viewport=PHONE) if scrolls(page)]

    assert wide == []


def test_the_longest_names_fit_a_narrow_phone(chromium: Browser, tmp_path):
    site = laid(tmp_path / "site", hostile(LONGEST))

    assert [
        path for path, page in opened(chromium, site, PAGES + LONG, viewport=PHONE) if scrolls(page)
    ] == []


def test_a_wide_table_is_scrolled_by_the_keyboard(chromium: Browser, folder):
    with chromium.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto((folder / "p/yunka/index.html").as_uri())
        boxes = page.locator(".scroll").all()
        box = next(each for each in boxes if each.evaluate("box => box.scrollWidth > box.clientWidth"))
        box.evaluate(
            "box => { window.moved = new Promise(done => box.onscroll = () => done(box.scrollLeft)) }"
        )
        box.focus()
        page.keyboard.press("ArrowRight")

        assert page.evaluate("() => window.moved") > 0

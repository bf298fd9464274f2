"""What a reader's own browser makes of the register's pages, opened from a folder without any server."""

from pathlib import Path
from shutil import copytree

import pytest

import mingdan.site.page as module
from mingdan.ledger.market import party
from mingdan.site.exception_page import exception_pages
from mingdan.site.page import path_in
from mingdan.site.party_page import party_pages
from mingdan.site.supply_page import supply_pages

from .registered import (
    INCIDENTS,
    LONG,
    MARKET,
    PARTIES,
    SKUS,
    census,
    decided,
    listed,
    register,
    registered,
    reported,
)
from .stories import EDITION
from .test_chromium import PHONE, SCREENS, opened, scrolls

WIDEST = "w" * 64
PAGES = [
    "exceptions/index",
    "supply/index",
    "parties/index",
    "parties/huanan-daili/index",
    f"parties/{WIDEST}/index",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The register's pages with names as long and ids as wide as they may be."""
    site = tmp_path_factory.mktemp("register")
    copytree(Path(module.__file__).parent / "static", site / "static")
    wide = [
        registered(WIDEST, "supplier", decided(party.Expelled, -3, "w" * 200), public="w" * 200),
        listed(WIDEST, title=LONG, platform=WIDEST),
        reported("x" * 64, scope=[WIDEST]),
    ]
    known = register(*PARTIES, *SKUS, *INCIDENTS, *wide)
    for language in EDITION.languages:
        for path, content in (
            *exception_pages(EDITION, language, known, MARKET),
            *supply_pages(EDITION, language, known, census()),
            *party_pages(EDITION, language, known),
        ):
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_bytes(content)
    return site


def test_every_page_of_the_register_fits_a_narrow_phone_and_the_console_stays_silent(chromium, folder):
    wide = [path for path, page in opened(chromium, folder, PAGES, viewport=PHONE) if scrolls(page)]

    assert wide == []


def test_stale_stock_is_drawn_in_another_colour_than_stock(chromium, folder):
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto((folder / path_in("supply/index.html", "zh-CN", EDITION.languages)).as_uri())
        colour = "getComputedStyle(document.querySelector('.state.{}')).color"

        assert page.evaluate(colour.format("stale")) != page.evaluate(colour.format("there"))


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_pages_of_the_register_can_be_looked_at_in_build_screens(chromium, folder, width, scheme):
    window = {"width": width, "height": 800}
    for path, page in opened(chromium, folder, PAGES[:-1], viewport=window, color_scheme=scheme):
        name = path.replace("/", "-").removesuffix(".html")
        page.screenshot(path=SCREENS / f"{name}-{width}-{scheme}.png", full_page=True)

        assert not scrolls(page)

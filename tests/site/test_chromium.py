"""What a reader's own browser makes of the pages, opened from a folder without any server."""

import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser, Page, Request

import mingdan.site.page as module
from mingdan.site.badge import on_time_badge
from mingdan.site.index_page import index_page
from mingdan.site.order_page import words_script
from mingdan.site.page import path_in
from mingdan.site.platform_page import platform_page

from .stories import EDITION, HANDLE, NOON, STORIES, some_figures, told

STATIC = Path(module.__file__).parent / "static"
SCREENS = Path(__file__).parents[2] / "build" / "screens"
PAGES = [f"o/{name}/{HANDLE}" for name in STORIES] + ["index", "p/yunka/index"]
SHOWN = [f"o/{name}/{HANDLE}" for name in ("delivered", "held", "failed", "odd")] + PAGES[-2:]
PHONE = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site: every story's page, a platform with its badge, the front page."""
    site = tmp_path_factory.mktemp("site")
    copytree(STATIC, site / "static")
    for language in EDITION.languages:
        words, script = words_script(EDITION, language)
        (site / words).write_bytes(script)
        pages = {f"o/{name}/{HANDLE}.html": told(STORIES[name]).page(EDITION, language) for name in STORIES}
        pages["index.html"] = index_page(EDITION, language, [some_figures()])
        pages["p/yunka/index.html"] = platform_page(EDITION, language, some_figures())
        badge = "badge/platform/yunka/on-time.svg"
        pages[badge], _, _ = on_time_badge(some_figures(), EDITION, language)
        for path, page in pages.items():
            place = site / path_in(path, language, EDITION.languages)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(page)
    return site


def opened(
    chromium: Browser, folder: Path, names: Iterable[str], **options: object
) -> Iterator[tuple[str, Page]]:
    """Each page in each language, all of it unfolded; what the browser complains of fails the test."""
    complaints: list[str] = []
    with chromium.new_context(**options) as context:
        page = context.new_page()
        page.clock.set_fixed_time(NOON / 1000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.extend(failure(request)))
        page.on("request", lambda request: complaints.extend([request.url] * request.url.startswith("http")))
        for name, language in product(names, EDITION.languages):
            path = path_in(f"{name}.html", language, EDITION.languages)
            page.goto((folder / path).as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            yield path, page

    assert complaints == []


def failure(request: Request) -> list[str]:
    """An icon that had not come when the next page was opened is nobody's failure."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.failure} {request.url}"]


def scrolls(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_every_page_fits_a_narrow_phone_and_the_console_stays_silent(chromium, folder):
    wide = [path for path, page in opened(chromium, folder, PAGES, viewport=PHONE) if scrolls(page)]

    assert wide == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_pages_can_be_looked_at_in_build_screens(chromium, folder, width, scheme):
    window = {"width": width, "height": 800}
    for path, page in opened(chromium, folder, SHOWN, viewport=window, color_scheme=scheme):
        name = path.replace(f"/{HANDLE}", "").replace("/", "-").removesuffix(".html")
        shot = page.screenshot(path=SCREENS / f"{name}-{width}-{scheme}.png", full_page=True)

        assert not scrolls(page)
        assert shot.startswith(b"\x89PNG")


def test_a_browser_gives_back_the_very_bytes(chromium: Browser, folder):
    entries = told(STORIES["cancelled"]).entries
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto((folder / f"o/cancelled/{HANDLE}.html").as_uri())
        found = page.evaluate(
            "[...document.querySelectorAll('pre[data-index]')].map(each => each.textContent)"
        )

    assert [each.encode() for each in found] == [row.entry for row, _ in entries]


def test_the_stylesheet_is_applied_from_a_folder(chromium: Browser, folder):
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto((folder / "index.html").as_uri())
        width = page.evaluate("getComputedStyle(document.body).maxWidth")

    assert width == "736px"


def test_an_order_is_evidence_on_one_sheet(chromium: Browser, folder, language):
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto((folder / path_in(f"o/delivered/{HANDLE}.html", language, EDITION.languages)).as_uri())
        sheets = page.pdf(format="A4", margin=dict.fromkeys(("top", "right", "bottom", "left"), "12mm"))

    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 1


def test_no_entry_of_the_timeline_is_hidden_in_print(chromium: Browser, folder):
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto((folder / f"o/delivered/{HANDLE}.html").as_uri())
        page.emulate_media(media="print")
        first = page.locator("#e1")

        assert first.is_visible()
        assert first.bounding_box()["height"] > 0

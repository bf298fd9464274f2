"""What a browser makes of every kind of page: by keyboard, without scripts, in forced colours, on paper."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from mingdan.site.page import path_in
from mingdan.site.qr_code import qr_code

from .gallery import ORDERS, pages
from .reading import Reading
from .stories import EDITION, HANDLE, told
from .visiting import PHONE, visiting

HEADINGS = "all => all.filter(each => each.checkVisibility()).map(each => each.textContent)"
EDGE = "(each, which) => parseFloat(getComputedStyle(each, '::before').borderTopWidth)"
SMALLEST = """() => Math.min(...[...document.querySelectorAll("body *")]
  .filter(each => each.checkVisibility() && [...each.childNodes].some(({data}) => data?.trim()))
  .map(each => parseFloat(getComputedStyle(each).fontSize)))"""
WATCH = {"width": 180, "height": 240}  # narrower than any phone, where tables stand as lists
ORDINARY = ["completed", "delivered", "disputed", "held", "paid"]
TALL = 12_500  # px: some twenty screens of a phone
MARGINS = dict.fromkeys(("top", "right", "bottom", "left"), "12mm")


def order(name: str, language: str = "zh-CN") -> str:
    return path_in(f"o/{name}/{HANDLE}.html", language, EDITION.languages)


def sheets(page: Page) -> int:
    """On how many sheets of A4 the page is printed."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", margin=MARGINS)))


# as it is written ---------------------------------------------------------------------------------------
def test_every_page_names_its_language_and_has_one_heading_and_a_way_past_its_head(gallery: Path, language):
    for path in whole(gallery):
        page = Reading((gallery / path_in(path, language, EDITION.languages)).read_bytes())
        (root, _), (main, _) = page.each("html")[0], page.each("main")[0]

        assert root["lang"] == language, path
        assert main["id"] == "main", path
        assert page.each("a")[0][0] == {"class": "skip", "href": "#main"}, path
        assert [len(page.all(tag)) for tag in ("h1", "main", "header")] == [1] * 3, path
        assert page.all("title")[0].endswith(f" – {EDITION.title}"), path


def whole(gallery: Path) -> list[str]:
    """All but the cards, which are shown inside of other pages."""
    return [path for path in pages(gallery) if not path.startswith("embed/")]


# by keyboard --------------------------------------------------------------------------------------------
def test_the_way_past_the_head_comes_into_sight_with_the_first_key(chromium: Browser, gallery):
    with visiting(chromium, gallery) as visit:
        page = visit("supply/index.html")
        skip = page.locator(".skip")
        before = skip.bounding_box()["x"]
        page.keyboard.press("Tab")

        assert before < 0 < skip.bounding_box()["x"]

        page.keyboard.press("Enter")

        assert page.url.endswith("#main")


def test_a_wide_table_is_scrolled_by_the_keyboard(chromium: Browser, gallery):
    with visiting(chromium, gallery, viewport=WATCH) as visit:
        page = visit("p/yunka/index.html")
        boxes = page.locator(".scroll").all()
        box = next(each for each in boxes if each.evaluate("box => box.scrollWidth > box.clientWidth"))
        box.evaluate(
            "box => { window.moved = new Promise(done => box.onscroll = () => done(box.scrollLeft)) }"
        )
        box.focus()
        page.keyboard.press("ArrowRight")

        assert page.evaluate("() => window.moved") > 0


# without scripts ----------------------------------------------------------------------------------------
@pytest.mark.slow
def test_no_page_tells_less_without_scripts(chromium: Browser, gallery):
    """But where a badge is put together: who has no scripts finds every badge on a page of its own."""
    scripted = [path for path in pages(gallery) if b"<script" in (gallery / path).read_bytes()]
    said = {}
    for scripts in (True, False):
        with visiting(chromium, gallery, java_script_enabled=scripts) as visit:
            said[scripts] = {
                path: visit(path).locator("h1, h2, h3, summary").evaluate_all(HEADINGS) for path in scripted
            }
    more = {path for path in scripted if said[True][path] != said[False][path]}

    assert more == {"badges/index.html"}
    assert set(said[False]["badges/index.html"]) < set(said[True]["badges/index.html"])


def test_a_browser_gives_back_the_very_bytes(chromium: Browser, gallery):
    entries = Reading((gallery / order("cancelled")).read_bytes()).entries
    with visiting(chromium, gallery) as visit:
        page = visit(order("cancelled"))
        found = page.evaluate(
            "[...document.querySelectorAll('pre[data-index]')].map(each => each.textContent)"
        )

    assert [each.encode() for each in found] == [raw for _, raw in entries]


def test_a_platform_is_read_on_a_phone_without_endless_scrolling_and_printed_whole(
    chromium: Browser, gallery, language
):
    with visiting(chromium, gallery, viewport=PHONE) as visit:
        page = visit(path_in("p/yunka/index.html", language, EDITION.languages))
        height = page.evaluate("document.documentElement.scrollHeight")
        page.emulate_media(media="print")
        rows = page.locator("tbody tr").evaluate_all("all => all.map(each => each.clientHeight)")

    assert height <= TALL
    assert len(rows) > 200
    assert min(rows) > 0


# in colours ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("list_of", [".steps", ".chain"])
def test_where_an_order_stands_is_told_by_more_than_a_colour(chromium: Browser, gallery, list_of):
    with visiting(chromium, gallery, forced_colors="active") as visit:
        marks = visit(order("forwarded")).locator(f"{list_of} li")
        edges = {mark.get_attribute("aria-current"): mark.evaluate(EDGE) for mark in marks.all()}

    assert max(edges.values()) > edges[None]


def test_the_style_is_applied_from_a_folder(chromium: Browser, gallery):
    with visiting(chromium, gallery) as visit:
        assert visit(order("paid")).evaluate("getComputedStyle(document.body).maxWidth") == "736px"


def test_stale_stock_is_drawn_in_another_colour_than_stock(chromium: Browser, gallery):
    with visiting(chromium, gallery) as visit:
        page = visit("supply/index.html")
        colour = "getComputedStyle(document.querySelector('.state.{}')).color"

        assert page.evaluate(colour.format("stale")) != page.evaluate(colour.format("there"))


# on paper -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ORDINARY)
def test_an_order_is_evidence_on_one_sheet(chromium: Browser, gallery, language, name):
    with visiting(chromium, gallery) as visit:
        assert sheets(visit(order(name, language))) == 1


def test_an_order_of_forty_entries_is_evidence_on_one_sheet(chromium: Browser, gallery, language, tmp_path):
    forty = told(ORDERS["long"][:41])
    (tmp_path / "static").symlink_to(gallery / "static")
    (tmp_path / "o/forty").mkdir(parents=True)
    (tmp_path / order("forty", language)).write_bytes(forty.page(EDITION, language))
    (tmp_path / f"o/forty/{HANDLE}.svg").write_bytes(qr_code(EDITION, HANDLE)[1])
    with visiting(chromium, tmp_path) as visit:
        assert sheets(visit(order("forty", language))) == 1


def test_no_word_is_printed_smaller_than_it_is_read(chromium: Browser, gallery):
    with visiting(chromium, gallery) as visit:
        page = visit(order("disputed"))
        page.emulate_media(media="print")
        pixels = page.evaluate(SMALLEST)

    assert pixels * 72 / 96 >= 7.5  # points


def test_the_code_of_the_link_is_drawn_in_print_and_not_fetched_before(chromium: Browser, gallery):
    with visiting(chromium, gallery) as visit:
        page = visit(order("paid"))
        code = page.locator(".qr")
        width = "code => code.naturalWidth"
        assert (code.is_visible(), code.evaluate(width)) == (False, 0)

        sheets(page)
        page.emulate_media(media="print")

        assert code.is_visible()
        assert code.evaluate(width) > 0


def test_no_entry_of_a_long_timeline_is_hidden_in_print(chromium: Browser, gallery):
    """Sixty-six entries take a second sheet."""
    with visiting(chromium, gallery) as visit:
        page = visit(order("long"))
        assert sheets(page) == 2
        page.emulate_media(media="print")
        heights = page.locator(".timeline li").evaluate_all("all => all.map(each => each.clientHeight)")

    assert len(heights) == len(ORDERS["long"])
    assert min(heights) > 0

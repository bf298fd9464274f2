import re

from msgspec.structs import replace

from mingdan.site.index_page import index_page, not_found_page

from .reading import Reading
from .stories import EDITION, empty_figures, some_figures


def test_the_front_page_lists_the_platforms_with_their_figures():
    reading = Reading(index_page(EDITION, "zh-CN", [some_figures(), empty_figures()]))

    assert reading.all("th", scope="row") == ["xinpingtai", "yunka"]
    assert reading.all("td") == ["暂无到期订单", "0", "0", "1", "97.3%", "1,204", "41", "1,310"]
    assert "p/yunka/index.html" in reading.attributes("href")


def test_the_front_page_says_how_fresh_it_is(language):
    text = Reading(index_page(EDITION, language, [])).text

    assert EDITION.root in text
    assert "16,412" in text
    assert "12:00" in text


def test_imported_platforms_are_called_so():
    text = Reading(index_page(EDITION, "en", [some_figures(imported=True)])).text

    assert "imported, not witnessed" in text


def test_a_ledger_without_platforms_says_so(language):
    assert len(Reading(index_page(EDITION, language, [])).all("p", class_="empty")) == 1


def test_every_link_of_the_front_page_is_relative(language):
    reading = Reading(index_page(EDITION, language, [some_figures()]))

    assert [link for link in reading.attributes("href") if re.match(r"[a-z]+:|/", link)] == []


def test_the_page_of_missing_pages_links_from_the_root_since_it_is_shown_at_any_depth(language):
    links = Reading(not_found_page(EDITION, language)).attributes("href")

    assert "/static/page.css" in links
    assert ("/index.html" if language == "zh-CN" else "/index.en.html") in links
    assert {"/404.html", "/404.en.html"} < set(links)
    assert [link for link in links if not link.startswith(("/", "#"))] == []


def test_the_root_of_a_site_below_a_path_is_that_path():
    below = replace(EDITION, origin="example.com/orders")

    assert "/orders/static/page.css" in Reading(not_found_page(below, "en")).attributes("href")


def test_a_title_of_a_site_stays_words():
    page = index_page(replace(EDITION, title="<b>明单</b>"), "en", [])

    assert b"<b>\xe6" not in page

"""What a link holder does in a real Chromium that runs no script: from the page to the record and back."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from mingdan.ledger.event import Completed
from mingdan.site.texts import texts

from .holding import Served, Shop, open_for_business

SAID = texts("zh-CN")


@pytest.fixture(scope="module")
def founded(tmp_path_factory) -> Shop:
    return Shop.founded(tmp_path_factory.mktemp("shop") / "w")


@pytest.fixture
def served(founded, tmp_path) -> Iterator[Served]:
    with open_for_business(founded.copied(tmp_path / "w")) as opened:
        yield opened


@pytest.fixture
def page(chromium: Browser, tmp_path) -> Iterator[Page]:
    """A phone without scripts; what it complains of fails the test."""
    complaints: list[str] = []
    with chromium.new_context(
        java_script_enabled=False, locale="zh-CN", viewport={"width": 320, "height": 800}
    ) as context:
        opened = context.new_page()
        opened.on("console", lambda message: complaints.append(message.text))
        yield opened
        picture = tmp_path / "page.png"
        opened.screenshot(path=picture, full_page=True)
        sys.stdout.write(f"what was shown: {picture}\n")
    assert [each for each in complaints if "status of 4" not in each] == []


def address(served: Served, handle: str, language: str = "") -> str:
    return f"{served.url}/o/{handle[:2]}/{handle}{language}.html"


def follow(page: Page, action: str, language: str = "zh-CN") -> None:
    page.click(f".asks a:text-is('{texts(language)[f'ask.{action}.name']}')")


def press(page: Page, action: str, language: str = "zh-CN") -> None:
    page.click(f"form button:text-is('{texts(language)[f'ask.{action}.send']}'):visible")


def test_a_nudge_from_the_page_is_recorded_once_and_then_the_page_says_so(served, page):
    handle = served.shop.handles["paid"]
    page.goto(address(served, handle))
    follow(page, "nudges")
    press(page, "nudges")

    assert SAID.say("counter.recorded", what=SAID["ask.nudges.name"]) in page.inner_text("h1")
    page.reload()
    page.go_back()
    press(page, "nudges")
    assert served.shop.kinds(handle).count("care.nudged") == 1

    served.shop.publish()
    page.click(f"text={SAID['counter.back']}")
    page.reload()  # a page is kept for a minute
    assert SAID["kind.care.nudged"] in page.inner_text(".timeline")


def test_a_dispute_is_chosen_from_lists_and_written_in_words(served, page):
    handle = served.shop.handles["delivered"]
    page.goto(address(served, handle, ".en"))
    follow(page, "disputes", "en")
    page.get_by_label(texts("en")["ask.claim"]).select_option("wrong-goods")
    page.get_by_label(texts("en")["ask.freezes"]).select_option("settlement")
    page.get_by_label(texts("en")["ask.message"]).last.fill("two lines\nof words")
    press(page, "disputes", "en")

    event = served.shop.entries(handle)[-1].event
    assert texts("en").say("counter.recorded", what=texts("en")["ask.disputes.name"]) in page.inner_text("h1")
    assert (event.claim, event.freezes) == ("wrong-goods", "settlement")
    assert "two lines\nof words" in served.shop.words(handle)


def test_what_is_refused_meanwhile_is_said_in_words_with_the_form_again(served, page):
    handle = served.shop.handles["delivered"]
    page.goto(address(served, handle))
    served.shop.tell(handle, "buyer", Completed(by="buyer"))
    follow(page, "confirmations")
    press(page, "confirmations")

    assert page.inner_text("h1") == SAID["counter.not_recorded"]
    assert SAID["rule.completed-twice"] in page.inner_text(".lead")
    assert page.locator("form button").is_visible()
    assert served.shop.kinds(handle).count("order.completed") == 1


def test_a_refused_form_can_be_sent_again_with_other_words(served, page):
    handle = served.shop.handles["paid"]
    page.goto(address(served, handle))
    follow(page, "corrections")
    page.get_by_label(SAID["ask.recipient"]).fill("   ")
    press(page, "corrections")
    assert page.inner_text("h1") == SAID["counter.not_recorded"]

    page.get_by_label(SAID["ask.recipient"]).fill("player-3333")
    press(page, "corrections")
    assert "player-3333" in served.shop.words(handle)
    assert "player-3333" not in page.content() + page.url


@pytest.mark.parametrize("action", ["nudges", "corrections", "disputes"])
def test_every_form_is_reached_by_keyboard_and_fits_a_phone(served, page, action):
    page.goto(address(served, served.shop.handles["paid"]))
    link = page.locator(f".asks a:text-is('{SAID[f'ask.{action}.name']}')")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("form")
    button = page.locator(f"form button:text-is('{SAID[f'ask.{action}.send']}')")

    assert button.is_visible()
    box = button.bounding_box()
    assert box["height"] >= 24
    assert box["x"] + box["width"] <= 320
    for field in page.locator("form :is(input, select, textarea):visible").all():
        assert field.bounding_box()["width"] <= 320 - 2 * 20

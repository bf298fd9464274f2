"""The pages with the lines of badges: complete without a script, which only adds choosing and copying."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace
from playwright.sync_api import Browser

from mingdan.projections.figures import Figures
from mingdan.site.badges_page import badges_pages
from mingdan.site.embed import embed_page
from mingdan.site.metric import METRICS, badge_files
from mingdan.site.names import NO_NAMES
from mingdan.site.pages import HERE
from mingdan.site.platform_page import platform_page
from mingdan.site.scope import Scope, scopes_of
from mingdan.site.snippet import LINES, card
from mingdan.site.voice import voice

from .counted import counted
from .market import served
from .reading import Reading
from .registered import NAME_OF_AN_ATTACKER
from .stories import EDITION, some_figures

HOME = f"https://{EDITION.address}/"
FRONT = "badges/index.html"
PLATFORM = "badges/platform/yunka/index.html"
OTHER = "yunka.en"  # a name may look as if it were in another language


def figures() -> list[Figures]:
    return [counted(), some_figures(scope=f"platform/{OTHER}")]


def scopes() -> list[Scope]:
    return [scope for each in figures() for scope in scopes_of(each)]


def pages(language: str = "zh-CN") -> dict[str, Reading]:
    return {path: Reading(content) for path, content in badges_pages(EDITION, language, scopes())}


def site(folder: Path) -> Path:
    for language in EDITION.languages:
        files = dict(badges_pages(EDITION, language, scopes()))
        files |= dict(embed_page(EDITION, language, scope) for scope in scopes())
        for place, each in enumerate(figures()):
            for scope in scopes_of(each):
                files |= dict(badge_files(EDITION, language, scope, place))
            path = f"p/{each.scope.partition('/')[2]}/index{'' if language == 'zh-CN' else '.en'}.html"
            files[path] = platform_page(EDITION, language, each)
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    for path in (HERE / "static").iterdir():
        (folder / "static").mkdir(exist_ok=True)
        (folder / "static" / path.name).write_bytes(path.read_bytes())
    return folder


@contextmanager
def elsewhere(folder: Path) -> Iterator[str]:
    """The address of somebody's own pages, which say nothing of who may frame what."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site(tmp_path_factory.mktemp("badges") / "site")


# without a script -------------------------------------------------------------------------------------
def test_every_scope_has_a_page_that_is_reached_from_the_front(language):
    made = pages(language)
    mark = "" if language == "zh-CN" else ".en"
    ways = {href for href in made[f"badges/index{mark}.html"].attributes("href") if "../badges/" in href}

    assert {f"../{path}" for path in made if path != f"badges/index{mark}.html"} == ways
    assert len(ways) == len(scopes())


def test_every_badge_of_a_scope_stands_there_with_all_its_lines():
    lines = pages()[PLATFORM].all("pre", class_="line")

    assert len(lines) == len(METRICS) * len(LINES) + 1
    for metric in METRICS:
        assert f"{HOME}badge/platform/yunka/{metric}.svg" in lines


def test_every_image_and_every_card_that_a_line_names_is_published(language, folder):
    named = {
        address.removeprefix(HOME)
        for reading in pages(language).values()
        for line in reading.all("pre", class_="line")
        for address in re.findall(r"https://[^\s\"()<>\]]+", line)
    }

    lacking = [path for path in named if not (folder / path).is_file()]
    assert [path for path in lacking if not re.match(r"p/yunka/[ms]/", path)] == []
    assert any(path.startswith("embed/") for path in named)


def test_the_markdown_is_an_image_that_links_to_the_figures():
    markdown = next(line for line in pages()[PLATFORM].all("pre") if line.startswith("[!["))
    reading = Reading(MarkdownIt().render(markdown).encode())

    assert reading.attributes("href") == [f"{HOME}p/yunka/index.html"]
    assert reading.attributes("src") == [f"{HOME}badge/platform/yunka/on-time.svg"]
    assert reading.attributes("alt") == ["准时送达"]


def test_the_frame_of_a_card_has_a_title():
    (frame,) = [line for line in pages()[PLATFORM].all("pre") if line.startswith("<iframe")]
    ((has, _),) = Reading(frame.encode()).each("iframe")

    assert has["title"] == "yunka 的履约情况"
    assert has["src"] == f"{HOME}embed/platform/yunka.html"


def test_every_image_says_what_it_shows(language):
    for reading in pages(language).values():
        assert all(has.get("alt") for has, _ in reading.each("img"))


def test_a_ledger_without_platforms_has_a_page_too(language):
    ((_, content),) = badges_pages(EDITION, language, [])

    assert len(Reading(content).all("p", class_="empty")) == 1


def test_a_name_cannot_leave_the_title_of_a_frame():
    named = voice(EDITION, "zh-CN").knowing(replace(NO_NAMES, parties={"yunka": NAME_OF_AN_ATTACKER}))
    ((has, _),) = Reading(card(named, scopes()[0]).encode()).each("iframe")

    assert has["title"] == f"{NAME_OF_AN_ATTACKER} 的履约情况"


def test_a_name_is_no_markup():
    attacked = scopes_of(counted(scope=f"platform/{NAME_OF_AN_ATTACKER}"))

    for _, content in badges_pages(EDITION, "en", list(attacked)):
        assert NAME_OF_AN_ATTACKER in Reading(content).text


def test_the_page_of_a_platform_leads_to_its_lines(language):
    mark = "" if language == "zh-CN" else ".en"
    links = Reading(platform_page(EDITION, language, counted())).attributes("href")

    assert f"../../badges/platform/yunka/index{mark}.html" in links


# with one ---------------------------------------------------------------------------------------------
def test_what_was_chosen_is_shown_with_its_lines(chromium: Browser, folder):
    with served(folder) as address, chromium.new_context() as context:
        page = context.new_page()
        page.goto(address + FRONT)
        page.select_option("[name=scope]", "platform/yunka/m/yeguang-shuka")
        page.select_option("[name=metric]", "p90")
        page.select_option("[name=language]", "en")
        chosen = "badge/platform/yunka/m/yeguang-shuka/p90.en.svg"

        lines = {name: page.locator(f"[data-line={name}]").inner_text() for name in (*LINES, "iframe")}
        assert lines["URL"] == HOME + chosen
        assert lines["Markdown"] == (
            f"[![9 in 10 delivered in]({HOME}{chosen})]({HOME}p/yunka/m/yeguang-shuka/index.en.html)"
        )
        assert 'title="yeguang-shuka, a merchant on yunka"' in lines["iframe"]
        assert page.get_attribute("#preview", "src") == f"../{chosen}"
        assert f'src="{HOME}embed/platform/yunka/m/yeguang-shuka.en.html"' in lines["iframe"]
        assert page.evaluate("preview.decode().then(() => preview.naturalHeight)") == 20


def test_the_frame_that_a_script_makes_has_the_names_that_are_shown(chromium: Browser, folder):
    with served(folder) as address, chromium.new_context() as context:
        page = context.new_page()
        page.goto(address + FRONT)
        option = page.locator("option[value='platform/yunka/m/yeguang-shuka']")
        option.evaluate(
            """option => { option.dataset.name = '夜光"数卡'; option.parentElement.label = '云卡' }"""
        )
        page.select_option("[name=scope]", "platform/yunka/m/yeguang-shuka")
        frame = page.locator("[data-line=iframe]").inner_text()

    assert Reading(frame.encode()).each("iframe")[0][0]["title"] == '云卡的商家：夜光"数卡'


def test_the_lines_that_a_script_makes_are_those_that_stand_on_the_page_of_the_scope(chromium, folder):
    with served(folder) as address, chromium.new_context() as context:
        page = context.new_page()
        page.goto(address + FRONT)
        made = set()
        for metric in METRICS:
            page.select_option("[name=metric]", metric)
            made |= {pre.text_content() for pre in page.locator("form .line").all()}

    assert made == set(pages()[PLATFORM].all("pre", class_="line"))


def test_a_metric_that_a_scope_lacks_cannot_be_chosen(chromium: Browser, folder):
    with served(folder) as address, chromium.new_context() as context:
        page = context.new_page()
        page.goto(address + FRONT)
        page.select_option("[name=metric]", "disputes")
        page.select_option("[name=scope]", "platform/yunka/s/vip-month")

        assert page.input_value("[name=metric]") == "on-time"
        assert page.locator("[name=metric] option:disabled").count() == 2


def test_a_line_is_copied(chromium: Browser, folder):
    with served(folder) as address, chromium.new_context() as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(address + PLATFORM)
        page.locator("button").nth(3).click()
        page.locator("button", has_text="已复制").wait_for()

        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{HOME}badge/platform/yunka/on-time.svg"


def test_a_card_is_framed_by_a_page_elsewhere_and_a_page_is_not(chromium: Browser, folder, tmp_path):
    with served(folder) as address, chromium.new_context() as context:
        framed = [f"{address}embed/platform/yunka.html", f"{address}{PLATFORM}"]
        (tmp_path / "shop.html").write_text("".join(f'<iframe src="{each}"></iframe>' for each in framed))
        page = context.new_page()
        with elsewhere(tmp_path) as shop:
            page.goto(f"{shop}shop.html")
        _, card, refused = page.frames

        assert card.locator(".figure").inner_text().startswith("97.3%")
        assert refused.locator("main").count() == 0

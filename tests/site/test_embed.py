"""Cards: small, without any script, framed by anybody, and saying what the page of their figures says."""

import re

import pytest
from msgspec.structs import replace

from mingdan.site.embed import embed_page
from mingdan.site.hosting import HEADERS, headers_of
from mingdan.site.scope import scopes_of

from .counted import counted
from .reading import Reading
from .registered import NAME_OF_AN_ATTACKER
from .stories import DAY, EDITION, NOON, empty_figures, some_figures

SCOPES = list(scopes_of(counted()))


def framing(path: str) -> list[str]:
    return re.findall(r"frame-ancestors ([^;]+)", headers_of(path)["Content-Security-Policy"])


def card(language: str = "zh-CN", place: int = 0) -> Reading:
    return Reading(embed_page(EDITION, language, SCOPES[place])[1])


def test_a_card_says_the_rate_with_its_n_and_what_stands_beside_it():
    told = card()

    assert told.all("p", class_="figure") == ["97.3% 准时送达 · n = 1,204"]
    assert dict(zip(told.all("dt"), told.all("dd"), strict=True)) == {
        "半数送达": "2 小时 58 分钟",
        "九成送达": "9 小时 37 分钟",
        "等待送达": "41 笔",
    }
    assert "截至 2026年11月22日 12:00（北京时间）" in told.text


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.path)
def test_a_card_is_small_and_has_no_script(language, scope):
    path, content = embed_page(EDITION, language, scope)

    assert len(content) <= 4 * 1024
    assert b"<script" not in content
    assert b" on" + b"load" not in content
    assert path == f"embed/{scope.path}{'' if language == 'zh-CN' else '.en'}.html"


def test_its_links_open_beside_the_page_that_frames_it(language):
    links = [has for has, _ in card(language).each("a")]

    assert [(has["target"], has["rel"]) for has in links] == [("_blank", "noopener")] * 2
    mark = "" if language == "zh-CN" else ".en"
    page = f"../../p/yunka/index{mark}.html"
    assert [has["href"] for has in links] == [page, f"{page}#basis"]


def test_a_card_of_few_orders_says_that_they_are_few():
    (few,) = [place for place, scope in enumerate(SCOPES) if scope.name == "mingcheng"]

    assert "不足 30 笔" in card(place=few).text
    assert "不足 30 笔" not in card().text


def test_a_card_of_nothing_due_says_so(language):
    _, content = embed_page(EDITION, language, next(scopes_of(empty_figures())))

    assert {"zh-CN": "还没有到期的订单", "en": "No order has come due yet"}[language] in content.decode()


def test_a_card_over_imported_history_says_so():
    _, content = embed_page(EDITION, "en", next(scopes_of(some_figures(imported=True))))

    assert "not witnessed" in Reading(content).text


@pytest.mark.parametrize(
    ("edition", "heard", "words"),
    [
        (EDITION, NOON - 31 * DAY, "Nothing has been heard of these orders for 30 days."),
        (replace(EDITION, witnessed=False), NOON, "Too few witnesses have signed this log"),
    ],
)
def test_a_card_that_is_not_to_be_trusted_today_says_why(edition, heard, words):
    _, content = embed_page(edition, "en", next(scopes_of(counted(heard=heard))))

    assert words in Reading(content).text
    assert words not in card("en").text


# where cards lie --------------------------------------------------------------------------------------
def of(platform: str, *merchants: str) -> list[str]:
    """The paths of the cards of a platform and its merchants in both languages, by their names."""
    group = counted().merchants["xinghe-dianka"]
    told = counted(scope=f"platform/{platform}", skus={}, merchants=dict.fromkeys(merchants, group))
    scopes = list(scopes_of(told))
    return [embed_page(EDITION, language, scope)[0] for scope in scopes for language in EDITION.languages]


def test_a_name_with_a_dot_is_a_name():
    assert of("yun.ka", "a.b") == [
        "embed/platform/yun.ka.html",
        "embed/platform/yun.ka.en.html",
        "embed/platform/yun.ka/m/a.b.html",
        "embed/platform/yun.ka/m/a.b.en.html",
    ]


def test_a_name_that_ends_as_a_card_does_takes_no_other_ones_place():
    paths = [path for name in ("yunka", "yunka.en", "yunka.html", "yunka.en.html") for path in of(name, "m")]
    folders = {path.rpartition("/")[0] for path in paths}

    assert len(set(paths)) == len(paths) == 16
    assert folders & {*paths} == set()
    assert "embed/platform/yunka.en~.html" in paths


def test_a_name_is_no_markup():
    _, content = embed_page(EDITION, "en", next(scopes_of(counted(scope=f"platform/{NAME_OF_AN_ATTACKER}"))))

    assert NAME_OF_AN_ATTACKER in Reading(content).text


# who may frame what -----------------------------------------------------------------------------------
def test_anybody_may_frame_a_card():
    assert framing("/embed/platform/yunka.html") == ["*"]


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/o/ab/x.html", "/p/yunka/index.html", "/verify.html", "/badge/a.svg"]
)
def test_nobody_may_frame_anything_else(path):
    assert framing(path) == ["'none'"]


def test_a_host_that_joins_headers_takes_the_first_policy_off_a_card():
    """Cloudflare joins what two rules say: both policies would hold, and the stricter one wins."""
    rules = dict(re.findall(r"^(/\S*)\n((?:  .*\n)+)", HEADERS, re.MULTILINE))
    lines = rules["/embed/*"].splitlines()

    off, said = (
        next(place for place, line in enumerate(lines) if line.startswith(start))
        for start in ("  ! Content-Security-Policy", "  Content-Security-Policy: ")
    )
    assert off < said
    assert "frame-ancestors 'none'" in rules["/*"]

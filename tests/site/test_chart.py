"""Drawings are well-formed, repeat the figures and no more, and are the same bytes every time."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.projections.figures import DueDay, Figures, rate
from mingdan.projections.incidence import Wait
from mingdan.projections.survival import COARSE, LEVELS, survival
from mingdan.projections.survival import WAITS as STATED
from mingdan.site.chart import columns, stairs
from mingdan.site.due_days import due_days
from mingdan.site.incidence import incidence
from mingdan.site.merchant_page import merchant_pages
from mingdan.site.number import count, percent, rounded
from mingdan.site.page import path_in
from mingdan.site.platform_page import platform_page
from mingdan.site.section import Section
from mingdan.site.sku_page import sku_pages
from mingdan.site.voice import voice

from .counted import GROUPS, LAST, SURVIVAL, WAITS, counted, far
from .counted import due_days as days
from .reading import Reading
from .registered import EMPTY
from .stories import DAY, EDITION, HOUR, MINUTE, some_figures
from .test_conduct_page import table

SPEECH = voice(EDITION, "zh-CN")
OUTCOMES = st.sampled_from(["delivered", "refunded", "cancelled", "open"])
MANY_WAITS = st.lists(st.tuples(st.integers(0, 4_000 * DAY), OUTCOMES), min_size=1)


def drawn(section: Section) -> ET.Element:
    """The one drawing of a section, which a parser of XML reads as a whole."""
    body = ET.fromstring(f"<body>{section.body}</body>")
    (svg,) = [each for each in body.iter("svg") if each.get("class") == "chart"]
    return svg


def path(svg: ET.Element, kind: str) -> str:
    (found,) = [each.get("d", "") for each in svg.iter("path") if each.get("class") == kind]
    return found


def bars(svg: ET.Element, kind: str) -> dict[int, int]:
    """Height by left edge."""
    return {int(left): int(height) for left, height in re.findall(r"M(\d+) 1000v-(\d+)", path(svg, kind))}


def heights(svg: ET.Element, kind: str) -> list[int]:
    return [1000 - int(each) for each in re.findall(r"V(\d+)", path(svg, kind))]


def ends(svg: ET.Element, kind: str) -> int:
    return int(re.findall(r"H(\d+)", path(svg, kind))[-1])


def days_of(figures: Figures) -> Section:
    return due_days(SPEECH, figures.days, figures.as_of)


def charts(reading: Reading) -> list[str | None]:
    """What the drawings of a page are named and described by."""
    return [has["aria-labelledby"] for has, _ in reading.each("svg") if has.get("class") == "chart"]


def page(language: str = "zh-CN") -> bytes:
    return platform_page(EDITION, language, counted())


def page_of_group(kind: str, name: str, language: str = "zh-CN") -> bytes:
    make = {"m": merchant_pages, "s": sku_pages}[kind]
    path = path_in(f"p/yunka/{kind}/{name}/index.html", language, EDITION.languages)
    return dict(make(EDITION, language, counted(), EMPTY))[path]


# the days ---------------------------------------------------------------------------------------------
def test_every_day_on_which_something_was_due_has_a_frame_filled_by_its_rate():
    svg, first = drawn(days_of(counted())), LAST - timedelta(days=89)
    due = {(date.fromisoformat(day.day) - first).days: day.strict for day in days()}

    assert bars(svg, "due") == {10 * place + 1: 1000 for place in due}
    assert bars(svg, "kept") == {
        10 * place + 1: 1000 * share.numerator // share.denominator for place, share in due.items()
    }


def test_a_day_without_orders_is_empty_and_a_day_of_nothing_in_time_is_not():
    svg = drawn(days_of(some_figures(days=(DueDay("2026-11-22", rate(0, 4)),))))

    assert bars(svg, "due") == {891: 1000}
    assert bars(svg, "kept") == {891: 0}
    assert bars(svg, "orders") == {891: 1000}


def test_a_day_that_is_not_among_those_shown_has_no_place():
    told = (DueDay("2026-08-24", rate(1, 1)), DueDay("2026-08-25", rate(1, 1)))

    assert bars(drawn(days_of(some_figures(days=told))), "due") == {1: 1000}


def test_the_table_of_the_days_says_what_the_figures_say():
    rows = table(Reading(page()), "每一天的笔数和准时率")

    assert rows == {
        day.day: [count(day.strict.denominator), count(day.strict.numerator), percent(day.strict)]
        for day in days()
    }
    assert len(rows) == 77


def test_a_platform_of_which_nothing_came_due_has_no_drawing_of_days():
    assert days_of(some_figures(days=())) == Section("days")


# the curves -------------------------------------------------------------------------------------------
def test_every_curve_ends_where_the_figures_do():
    svg, last = drawn(incidence(SPEECH, SURVIVAL)), SURVIVAL.curve[-1]

    for end in ("delivered", "refunded", "cancelled"):
        assert heights(svg, end)[-1] == 1000 * getattr(last, end) // (SURVIVAL.n * 10**6)


def test_nothing_is_drawn_beyond_what_was_watched():
    watched = survival([(MINUTE, "delivered"), (DAY, "open")])
    svg = drawn(incidence(SPEECH, watched))
    labels = {each.text: each.get("x") for each in svg.iter("text")}

    assert labels["1\u00a0天"] == f"{ends(svg, 'delivered') / 10}%"


def test_what_is_over_for_all_is_drawn_to_the_edge():
    over = survival([(MINUTE, "delivered"), (10 * MINUTE, "refunded")])

    assert ends(drawn(incidence(SPEECH, over)), "delivered") == 1_000


def test_the_axis_says_its_times():
    words = [each.text for each in drawn(incidence(SPEECH, SURVIVAL)).iter("text")]

    assert [word.replace("\u00a0", " ") for word in words if word and "%" not in word] == [
        "1 分钟",
        "10 分钟",
        "1 小时",
        "1 天",
        "30 天",
    ]


def test_the_axis_goes_as_far_as_orders_were_watched():
    words = [each.text for each in drawn(incidence(SPEECH, far().survival)).iter("text")]

    assert words[-1] == "3650\u00a0天"


def test_each_way_a_wait_ends_has_a_line_of_its_own_and_a_name_beside_it(language):
    reading = Reading(page(language))
    samples = [found for found, _ in reading.each("path") if found.get("d") == "M0 6H32"]

    assert [sample["class"] for sample in samples] == ["delivered", "refunded", "cancelled"]


def test_the_table_of_the_waits_says_what_the_figures_say():
    rows = table(Reading(page()), "等到某个时间，有多少订单有了结果")

    assert len(rows) == len(SURVIVAL.shares) > 7
    for name, share in SURVIVAL.shares.items():
        assert rows[SPEECH.calendar.duration(STATED[name]).replace("\u00a0", " ")] == [
            percent(share.delivered),
            "–" if share.error is None else f"±{rounded(share.error)}",
            percent(share.refunded),
            percent(share.cancelled),
            count(share.left),
            percent(share.kaplan_meier),
        ]


def test_a_quantile_that_is_not_reached_says_until_when_it_was_not():
    told = incidence(SPEECH, survival([(MINUTE, "delivered"), (9 * HOUR, "open"), (9 * HOUR, "open")]))

    assert told.body.replace("\u00a0", " ").count("9 小时内未达到") == 3


def test_kaplan_meier_is_called_what_it_is(language):
    words = {"zh-CN": "Kaplan–Meier 估计（偏乐观）", "en": "promises too much"}[language]

    assert words in Reading(page(language)).text


@given(MANY_WAITS)
def test_a_curve_only_rises_and_never_leaves_its_plot(waits: list[Wait]):
    told = survival(waits)
    assume(told.curve)
    svg = drawn(incidence(SPEECH, told))

    for end in ("delivered", "refunded", "cancelled"):
        assert heights(svg, end) == sorted(heights(svg, end))
        assert all(0 <= height <= 1000 for height in heights(svg, end))
        places = [int(each) for each in re.findall(r"H(\d+)", path(svg, end))]
        assert places == sorted(places)
        assert places[-1] <= 1_000


# all of them ------------------------------------------------------------------------------------------
def test_a_drawing_is_an_image_with_a_name_and_a_description(language):
    reading = Reading(page(language))
    charts = [has for has, _ in reading.each("svg") if has.get("class") == "chart"]
    named = [name for has in charts for name in (has["aria-labelledby"] or "").split()]

    assert [has["role"] for has in charts] == ["img", "img"]
    assert named == ["days-title", "days-desc", "incidence-title", "incidence-desc"]
    assert set(named) <= set(reading.attributes("id"))
    assert all(reading.all("title")[1:])
    assert all(reading.all("desc"))


@pytest.mark.parametrize(("kind", "name"), [("m", "xinghe-dianka"), ("s", "vip-month")])
def test_a_group_has_its_own_bars_and_its_own_curves(language, kind, name):
    reading = Reading(page_of_group(kind, name, language))

    assert charts(reading) == ["days-title days-desc", "incidence-title incidence-desc"]


def test_a_group_of_which_nothing_came_due_has_curves_alone():
    nothing = GROUPS["merchants"]["xinghe-dianka"]
    told = counted(merchants={"xinghe-dianka": replace(nothing, days=())})
    page = dict(merchant_pages(EDITION, "zh-CN", told, EMPTY))["p/yunka/m/xinghe-dianka/index.html"]

    assert [
        has["aria-labelledby"] for has, _ in Reading(page).each("svg") if has.get("class") == "chart"
    ] == ["incidence-title incidence-desc"]


@pytest.mark.parametrize("levels", [COARSE, LEVELS])
def test_a_coarse_curve_ends_where_the_fine_one_does(levels):
    curve = survival(WAITS, levels).curve

    assert len(curve) <= levels
    assert curve[-1] == SURVIVAL.curve[-1]


def test_drawings_are_the_same_bytes_every_time(language):
    assert page(language) == page(language)


def test_no_drawing_names_a_colour(language):
    svgs = re.findall(rb"<svg.*?</svg>", page(language), re.DOTALL)

    assert not [svg for svg in svgs if re.search(rb"#[0-9a-f]{3}|rgb|(fill|stroke|style)=", svg)]


@pytest.mark.parametrize("made", [columns("a", []), stairs("a", [], 7)])
def test_nothing_to_draw_is_a_drawing_too(made):
    assert ET.fromstring(made).get("class") == "a"

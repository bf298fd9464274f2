import re

import pytest

from mingdan.projections.figures import Backlog, Disputes, Standing
from mingdan.site.incidence import reached
from mingdan.site.merchant_page import merchant_pages
from mingdan.site.number import count, percent, rounded
from mingdan.site.platform_page import path_of_platform, platform_page
from mingdan.site.voice import voice

from .counted import GROUPS, counted
from .reading import Reading
from .registered import EMPTY
from .stories import DAY, EDITION, NOON, empty_figures, promised, some_figures
from .test_conduct_page import table

SPEECH = voice(EDITION, "zh-CN")


def page_of(language: str = "zh-CN", **fields: object) -> Reading:
    return Reading(platform_page(EDITION, language, some_figures(**fields)))


def rows_of(reading: Reading) -> dict[str, str]:
    return {name: cells[0] for name, *cells in rows_with_cells(reading)}


def rows_with_cells(reading: Reading) -> list[list[str]]:
    """The cells of every row of a table, its name first."""
    rows: list[list[str]] = []
    for tag, has, pieces in reading.elements:
        text = "".join(pieces).replace("\u00a0", " ")
        if tag == "th" and has.get("scope") == "row":
            rows.append([text])
        elif tag == "td":
            rows[-1].append(text)
    return rows


def cells_told(told: Standing) -> list[str]:
    share, waits = told.on_time.strict, told.survival
    rate = "–"
    if share.interval is not None:
        shown = f"{percent(share)} {count(share.numerator)} / {count(share.denominator)}"
        rate = f"{shown}{rounded(share.interval.low)} – {rounded(share.interval.high)}"
    spans = [reached(SPEECH, waits, wait).replace("\u00a0", " ") for wait in (waits.p50, waits.p90)]
    return [count(told.orders), rate, *spans]


def cells_of(reading: Reading, name: str) -> list[str]:
    return next(cells for head, *cells in rows_with_cells(reading) if head == name)


def test_every_cell_of_a_wide_table_names_its_column_for_a_phone_on_which_rows_stand_alone():
    reading = Reading(platform_page(EDITION, "zh-CN", counted()))
    named = [has for has, _ in reading.each("td") if "data-name" in has]

    assert {"全部订单", "准时率", "半数订单送达", "九成订单送达"} <= {has["data-name"] for has in named}
    assert {has.get("class") for has, _ in reading.each("table")} == {"platforms", "bars"}


def test_the_headline_is_the_rate_with_its_n():
    assert page_of().all("p", class_="figure") == ["97.3% n = 1,204"]


def test_the_headline_says_how_far_it_may_lie_from_the_truth_and_of_when():
    told = "95% 置信区间 96.2% – 98.0%（Wilson 区间）。截至 2026年11月22日 12:00。"

    assert told in page_of().all("p", class_="note")


def test_the_rate_is_told_of_what_came_due_lately_too():
    reading = Reading(platform_page(EDITION, "zh-CN", counted()))
    windows = {"最近 7 天": counted().windows["7d"], "最近 30 天": counted().windows["30d"]}

    for name, told in windows.items():
        share = told.strict
        assert cells_of(reading, name) == [
            count(share.denominator),
            percent(share),
            f"{rounded(share.interval.low)} – {rounded(share.interval.high)}",
            count(told.late),
            count(told.undelivered),
        ]


@pytest.mark.parametrize(
    ("kind", "caption"),
    [("merchants", "各商家"), ("skus", "各商品"), ("forms", "各类商品"), ("tiers", "各渠道")],
)
def test_every_group_is_told_with_its_n_rate_and_quantiles(kind, caption):
    rows = table(Reading(platform_page(EDITION, "zh-CN", counted())), caption)

    assert sorted(rows.values()) == sorted(cells_told(told) for told in GROUPS[kind].values())


def test_the_groups_that_are_none_come_last_and_have_no_page():
    page = Reading(platform_page(EDITION, "zh-CN", counted()))

    assert list(table(page, "各商家")) == [
        "xinghe-dianka",
        "yeguang-shuka",
        "mingcheng",
        "其他（合并统计）",
        "不明",
    ]
    assert [href for href in page.attributes("href") if "/m/other" in href or "/m/unknown" in href] == []


def test_a_merchant_has_the_headline_of_its_own_orders():
    pages = dict(merchant_pages(EDITION, "zh-CN", counted(), EMPTY))
    reading = Reading(pages["p/yunka/m/mingcheng/index.html"])

    assert reading.all("p", class_="figure") == ["0.0% n = 12"]
    assert "不足 30 笔" in reading.text
    assert reading.attributes("href").count("../../../../badges/platform/yunka/m/mingcheng/index.html") == 1


def test_the_headline_says_that_the_undelivered_count():
    text = page_of().text

    assert "1,204 笔订单的承诺时间已到，1,171 笔在承诺时间之前有送达记录。" in text
    assert "没送到的、被拦下的、退了款的、商家取消的，都算在分母里。" in text


def test_what_was_late_or_never_came_stands_beside_the_rate():
    lines = dict(zip(page_of().all("dt"), page_of().all("dd"), strict=True))

    assert lines["晚到"] == "21 笔"
    assert lines["到期未送达"] == "12 笔"
    assert lines["宽限到当天结束"] == "98.0%（1,180 / 1,204）"


def test_a_rate_of_few_orders_is_called_so():
    assert "不足 30 笔" in page_of(on_time=promised(29, 29)).text
    assert "不足 30 笔" not in page_of().text


def test_durations_say_whom_they_leave_out():
    reading = page_of()

    assert rows_of(reading)["50% 的订单"] == "2 小时 39 分钟"
    assert "只含已送达的 1,240 笔" in reading.text
    assert "70 笔缺少起点或终点" in reading.text


def test_the_backlog_has_count_money_and_age():
    assert "还有 41 笔在等，最久的一笔已等 9 天。涉及金额 ¥4,029.00、USD 12.50。" in page_of().text


def test_the_ages_are_classes_without_gaps():
    rows = rows_of(page_of())

    ages = [
        "1 小时以内",
        "1 小时到 6 小时",
        "6 小时到 1 天",
        "1 天到 2 天",
        "2 天到 7 天",
        "7 天到 30 天",
        "超过 30 天",
    ]
    assert [rows[age] for age in ages] == ["21", "9", "6", "0", "3", "2", "0"]


def test_bars_are_measured_by_the_longest():
    bars = re.findall(r'<rect width="(\d+)%"', platform_page(EDITION, "en", some_figures()).decode())

    assert bars[:3] == ["100", "43", "29"]


def test_stages_stand_in_the_order_of_the_road_and_the_small_ones_last():
    stages = {"activation": 17, "dispatch": 12, "other": 11, "stock": 10, "unknown": 13}
    told = Backlog(63, {}, NOON - DAY, {}, stages, {})

    assert list(table(page_of(backlog=told), "停在哪一环")) == [
        "库存核验",
        "订单分派",
        "上游激活",
        "去向不明",
        "其他（合并统计）",
    ]


def test_the_holders_and_the_causes_are_told_the_most_first_and_the_small_ones_last():
    reading = page_of()

    assert list(table(reading, "现在由谁处理").values()) == [["17"], ["12"], ["12"]]
    assert list(table(reading, "现在由谁处理"))[-1] == "其他（合并统计）"
    assert table(reading, "卡在什么原因") == {
        "没有记录原因": ["20"],
        "风控拦截：下单过频": ["11"],
        "上游故障": ["10"],
    }


def test_of_a_backlog_too_small_to_be_told_apart_only_the_whole_is_told():
    few = page_of(backlog=Backlog(9, {}, NOON - DAY, {"1h": 9}, {}, {}, {}))

    assert "还有 9 笔在等" in few.text
    assert [
        each for each in few.all("caption") if each in ("停在哪一环", "现在由谁处理", "卡在什么原因")
    ] == []


def test_disputes_are_told_by_outcome_and_by_how_long_they_took():
    reading = page_of()

    assert table(reading, "了结的争议") == {"支持买家": ["9"], "支持商家": ["5"], "撤回": ["1"]}
    assert table(reading, "了结用时") == {
        "其他（合并统计）": ["15", "8 小时", "14 小时", "15 小时"],
        "合计": ["15", "8 小时", "14 小时", "15 小时"],
    }
    assert "了结用时" not in page_of(disputes=Disputes(1, 1, 0, {})).all("caption")


@pytest.mark.parametrize("heading", ["准时送达", "等待送达的订单", "争议", "全部订单"])
def test_what_stands_outside_the_sections_of_conduct_says_how_it_is_counted_too(heading):
    page = platform_page(EDITION, "zh-CN", some_figures()).decode()
    section = page.partition(f"<h2>{heading}</h2>")[2].partition("</section>")[0]

    assert section.count("<summary>怎么算的</summary>") == 1


def test_a_stage_that_is_none_of_ours_is_shown_as_it_stands():
    odd = Backlog(1, {}, NOON - DAY, {}, {"<warehouse>": 1}, {"unknown": 1})

    assert rows_of(page_of(backlog=odd))["<warehouse>"] == "1"


def test_imported_history_is_called_so(language):
    words = {"zh-CN": "未经本日志见证", "en": "imported, not witnessed"}[language]

    assert words in page_of(language, imported=True).text
    assert words not in page_of(language).text


def test_a_platform_of_which_nothing_is_known_has_a_page(language):
    reading = Reading(platform_page(EDITION, language, empty_figures()))

    assert len(reading.all("p", class_="empty")) == 4


def test_the_lines_of_its_badges_are_a_link_away():
    assert page_of().all("pre") == []
    assert "../../badges/platform/yunka/index.html" in page_of().attributes("href")


def test_each_language_shows_its_own_badge():
    assert page_of().attributes("src") == ["../../badge/platform/yunka/on-time.svg"]
    assert page_of("en").attributes("src") == ["../../badge/platform/yunka/on-time.en.svg"]


@pytest.mark.parametrize("name", ["href", "src"])
def test_every_link_is_relative(language, name):
    assert [link for link in page_of(language).attributes(name) if re.match(r"[a-z]+:|/", link)] == []


def test_a_platform_has_a_folder():
    assert path_of_platform("yunka", "zh-CN", EDITION.languages) == "p/yunka/index.html"
    assert path_of_platform("yunka", "en", EDITION.languages) == "p/yunka/index.en.html"

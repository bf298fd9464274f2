import re

import pytest

from mingdan.projections.figures import Backlog, OnTime, rate
from mingdan.site.platform_page import path_of_platform, platform_page

from .reading import Reading
from .stories import DAY, EDITION, NOON, empty_figures, some_figures


def page_of(language: str = "zh-CN", **fields: object) -> Reading:
    return Reading(platform_page(EDITION, language, some_figures(**fields)))


def rows_of(reading: Reading) -> dict[str, str]:
    return dict(zip(reading.all("th", scope="row"), reading.all("td"), strict=True))


def test_the_headline_is_the_rate_with_its_n():
    assert page_of().all("p", class_="figure") == ["97.3% n = 1,204"]


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
    few = OnTime(rate(29, 29), rate(29, 29), 0, 0, 0)

    assert "不足 30 笔" in page_of(on_time=few).text
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


def test_stages_stand_in_the_order_of_the_road():
    named = [row for row in rows_of(page_of()) if row in ("库存核验", "订单分派", "上游激活", "去向不明")]

    assert named == ["库存核验", "订单分派", "上游激活", "去向不明"]


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


def test_the_snippets_lead_back_to_the_page():
    html, markdown = page_of().all("pre")

    assert '<a href="https://demo.mingdan.example/p/yunka/index.html">' in html
    assert 'src="https://demo.mingdan.example/badge/platform/yunka/on-time.svg"' in html
    assert "](https://demo.mingdan.example/p/yunka/index.html)" in markdown


def test_each_language_shows_its_own_badge():
    assert page_of().attributes("src") == ["../../badge/platform/yunka/on-time.svg"]
    assert page_of("en").attributes("src") == ["../../badge/platform/yunka/on-time.en.svg"]


@pytest.mark.parametrize("name", ["href", "src"])
def test_every_link_is_relative(language, name):
    assert [link for link in page_of(language).attributes(name) if re.match(r"[a-z]+:|/", link)] == []


def test_a_platform_has_a_folder():
    assert path_of_platform("yunka", "zh-CN", EDITION.languages) == "p/yunka/index.html"
    assert path_of_platform("yunka", "en", EDITION.languages) == "p/yunka/index.en.html"

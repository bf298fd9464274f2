"""What pages show of how a platform goes about its orders is what its figures say, no more and no less."""

import re
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from mingdan.projections.conduct import Conduct, Exposure, Standstill
from mingdan.projections.measure import FEW, rate
from mingdan.site.market_feed import market_feeds
from mingdan.site.merchant_page import merchant_pages
from mingdan.site.number import count, percent
from mingdan.site.platform_page import platform_page
from mingdan.site.sku_page import sku_pages
from mingdan.site.supply import SHOWN
from mingdan.site.table import FIRST
from mingdan.site.voice import voice

from .conducted import (
    ARRIVALS,
    CARE,
    COMPLETIONS,
    CONDUCT,
    FAIRNESS,
    LONGEST,
    MERCHANT,
    PROPAGATION,
    SKU,
    SPANS,
    STAGES,
    SUPPLY,
    TOTAL,
    hostile,
    rich,
)
from .reading import Reading
from .registered import EMPTY, FULL, NAME_OF_AN_ATTACKER
from .stories import EDITION, empty_figures, some_figures

Table = dict[str, list[str]]
SPEECH = voice(EDITION, "zh-CN")
SECTIONS = ["standstill", "flow", "attribution", "propagation", "care", "supply", "exposure", "fairness"]
BESIDE = ["headline", "backlog", "disputes", "states"]


def page_of(language: str = "zh-CN", **fields: object) -> Reading:
    return Reading(platform_page(EDITION, language, some_figures(**({"conduct": CONDUCT} | fields))))


def table(reading: Reading, caption: str) -> Table:
    """The rows of the table of this caption, each by the name that heads it."""
    rows: Table = {}
    within, name = False, ""
    for tag, attributes, pieces in reading.elements:
        text = "".join(pieces).replace("\u00a0", " ")
        if tag == "caption":
            within = text == caption
        elif tag == "th" and attributes.get("scope") == "row" and within:
            name = text
            rows[name] = []
        elif tag == "td" and within:
            rows[name].append(text)
    assert rows, f"no table {caption}"
    return rows


def span(ms: int | None) -> str:
    return "–" if ms is None else SPEECH.calendar.duration(ms).replace("\u00a0", " ")


def pages(made: object) -> Mapping[str, Reading]:
    return {path: Reading(content) for path, content in made}


# propagation and attribution --------------------------------------------------------------------------
def test_a_tier_shows_its_lag_with_its_n():
    rows = table(page_of(), "时滞：上游做了之后，隔多久才得知")

    for name, tier in PROPAGATION.items():
        shown = rows["其他（合并统计）" if name == "other" else name]
        lag = tier.lag
        assert shown == [count(tier.hops), count(lag.n), span(lag.p50), span(lag.p95), span(lag.max)]


def test_what_was_heard_of_a_tier_stands_beside_what_was_due():
    rows = table(page_of(), "衰减：应当传回的，传回了多少")

    assert rows["hexin-gonghuo"] == [
        "96.4% 590 / 612",
        "65.7% 402 / 612",
        "97.7% 598 / 612",
        "86.6% 1,590 / 1,836",
    ]
    assert rows["其他（合并统计）"] == ["–"] * 4


def test_facts_that_were_known_before_they_happened_are_told_apart():
    assert "另有 2 条回传，得知的时间早于它所称的时间，未计入时滞。" in page_of().text


@pytest.mark.parametrize(("caption", "groups"), [("按处理方", SPANS), ("按环节", STAGES)])
def test_the_parts_of_the_delay_sum_to_the_whole_below_them(caption, groups):
    *parts, (whole, total) = table(page_of(), caption).items()

    assert sum(int(cells[2]) for _, cells in parts) == int(total[2]) == sum(map(len, groups.values()))
    assert sum(sum(each) for each in groups.values()) == TOTAL
    assert (whole, total[:2]) == ("合计", ["100%", span(TOTAL)])


def test_time_that_nobody_answers_for_is_called_unknown():
    unknown = CONDUCT.attribution.holders["unknown"]

    assert table(page_of(), "按处理方")["不明"][0] == percent(unknown.share) == "1.9%"


@pytest.mark.parametrize("caption", ["按处理方", "按环节"])
def test_the_other_holders_and_stages_come_last(caption):
    assert list(table(page_of(), caption))[-2:] == ["其他（合并统计）", "合计"]


def test_of_too_few_to_say_the_counts_stand_without_a_rate():
    few = replace(CARE.holds["many-cards-an-hour"], reviewed=7, released=2, false_positives=rate(2, 7, FEW))
    conduct = replace(CONDUCT, care=replace(CARE, holds={"many-cards-an-hour": few}))

    assert table(page_of(conduct=conduct), "按规则")["many-cards-an-hour"][:3] == ["14", "7", "2 / 7"]


# flow and standstill ----------------------------------------------------------------------------------
def test_the_days_of_the_curve_stand_in_a_table_too():
    rows = table(page_of(), "每天的数字")

    assert [int(arrivals) for arrivals, *_ in rows.values()] == ARRIVALS
    assert [int(completions) for _, completions, *_ in rows.values()] == COMPLETIONS
    assert [int(left) for _, _, left, _ in rows.values()] == [day.open for day in CONDUCT.flow]


def test_a_surge_is_told_by_a_word():
    reading = page_of()
    marked = [day for day, cells in table(reading, "每天的数字").items() if cells[-1] == "激增"]

    assert marked == ["2026-11-17", "2026-11-18"]
    assert "到单激增的日子：2026-11-17、2026-11-18。" in reading.text
    assert reading.all("text", class_="surge") == ["激增"]


def test_the_drawing_has_a_title_and_the_sum_in_words(language):
    reading = page_of(language)

    assert len(reading.all("title", id="flow-title")) == 1
    assert "1,799" in reading.all("desc", id="flow-desc")[0]
    assert "flow-title flow-desc" in reading.attributes("aria-labelledby")


def test_a_column_is_as_high_as_its_day():
    columns = [
        float(has["height"].rstrip("%")) for has, _ in page_of().each("rect") if has.get("class") == "came"
    ]

    assert len(columns) == len(ARRIVALS)
    assert max(columns) == columns[ARRIVALS.index(max(ARRIVALS))] == 62.0
    assert all(abs(high / 62 - come / 212) < 0.01 for high, come in zip(columns, ARRIVALS, strict=True))


def test_a_quiet_month_can_be_drawn():
    quiet = replace(CONDUCT, flow=tuple(replace(day, arrivals=0, completions=0) for day in CONDUCT.flow))

    assert page_of(conduct=quiet).all("text")[0] == "0"


def test_orders_that_stand_still_are_told_by_each_bound():
    reading = page_of()
    lines = dict(zip(reading.all("dt"), reading.all("dd"), strict=True))

    assert "等待送达的 41 笔里，有 7 笔停滞。" in reading.text
    assert lines["超过承诺的环节时限"] == "5 笔"
    assert lines["超过同款商品 95% 的订单所用的时间"] == "4 笔"


def test_a_backlog_that_moves_is_said_to():
    assert "没有停滞的订单（0 笔）" in page_of(conduct=replace(CONDUCT, standstill=Standstill())).text


# care -------------------------------------------------------------------------------------------------
def test_questions_are_followed_to_their_end():
    rows = table(page_of(), "催单—问题定位—了结")

    assert {name: int(number) for name, (number,) in rows.items()} == {
        "买家催单": 64,
        "已定位问题": 52,
        "给出方案": 38,
        "了结（买家）": 31,
        "了结（到期自动）": 24,
        "尚未了结": 9,
        "没有答复": 12,
    }


def test_answers_and_refunds_have_their_times():
    reading, nudges = page_of(), CARE.nudges
    located = nudges.to_located

    assert table(reading, "要等多久")["从催单到定位"] == [
        "52",
        span(located.p50),
        span(located.p90),
        span(located.max),
    ]
    assert table(reading, "退款用时")["从申请到付出"][0] == "26"


def test_a_rule_shows_how_often_it_held_the_innocent():
    rows = table(page_of(), "按规则")

    assert rows["new-device-large-amount"] == ["64", "55", "74.5% 41 / 55", "6", "6", "3", "1"]
    assert rows["其他（合并统计）"] == ["4", "0", "–", "0", "4", "4", "2"]


def test_refunds_are_counted_by_how_far_they_came():
    rows = table(page_of(), "退款走到哪一步")

    assert rows == {"申请退款": ["40"], "已付出": ["26"], "还在处理": ["9"], "被拒绝": ["5"]}


def test_compensation_is_told_by_currency():
    rows = table(page_of(), "应付、已付、尚欠")

    assert rows == {"CNY": ["¥432.00", "¥120.00", "¥312.00"], "USD": ["USD 7.00", "USD 0.00", "USD 7.00"]}


def test_a_part_of_care_without_records_says_so():
    text = page_of(conduct=replace(CONDUCT, care=replace(CARE, holds={}))).text

    assert "没有风控拦截的记录，或不足 10 次，不公布。" in text
    assert "没有催单的记录。" not in text


# supply, exposure, fairness ---------------------------------------------------------------------------
def test_a_sku_shows_what_it_promised_and_what_it_could():
    rows = table(page_of(), "库存与承诺")

    assert rows["游戏点券 100 点points-100"] == [
        "41 件14 分钟前所报",
        "52 / 36",
        "60 处理能力",
        "接单中",
        "19",
        "23",
        "4",
    ]
    assert rows["话费直充recharge"][:2] == ["不限量", "11 / 不限"]


def test_stale_stock_is_said_to_be_stale():
    stale = page_of().all("span", class_="stale")

    assert stale == ["320 件，已过时", "上游没说有多少", "没有库存记录"]


def test_a_closed_intake_is_told_with_its_reason_and_the_alert():
    cells = table(page_of(), "库存与承诺")["视频会员月卡vip-month"]

    assert cells[3] == "已停止接单上游断供库存预警：售罄"


def test_exposure_is_told_with_age_and_growth_and_accuses_nobody():
    reading = page_of()
    rows = table(reading, "按商家")

    assert rows[MERCHANT] == [
        "33 / 1,010",
        "¥3,267.00USD 12.50",
        "9 天",
        "¥12,040.00",
        "¥10,010.00USD 9.00",
        "+¥2,030.00−USD 9.00",
    ]
    assert list(rows) == [MERCHANT, "不明", "yeguang-shuka", "其他（合并统计）"]
    assert "这里只有数字，不是指控" in reading.text


def test_who_was_overtaken_is_told_with_n():
    rows = table(page_of(), "按商品")

    assert rows[f"游戏点券 100 点{SKU}"] == [
        "820",
        "18",
        "3.9% 31 / 802",
        "6",
        "1 天 2 小时9 小时1 小时 1 分钟",
    ]
    assert rows["其他（合并统计）"][2] == "–"


def test_the_orders_furthest_behind_are_named_across_all_goods_the_furthest_first():
    rows = table(page_of(), "被耽误最久的订单")

    assert list(rows) == [f"{name:0<12}…" for name in ("0", "1", "aaaaaaaaaaaa", *"2345678")]
    assert rows["100000000000…"] == [f"游戏点券 100 点{SKU}", "9 小时还在等", "ffffffffffff…"]
    assert rows["aaaaaaaaaaaa…"] == ["视频会员月卡vip-month", "2 小时", "bbbbbbbbbbbb…"]


def test_a_skus_page_names_its_own_orders_only():
    made = pages(sku_pages(EDITION, "zh-CN", rich(), FULL))

    assert table(made["p/yunka/s/vip-month/index.html"], "被耽误最久的订单") == {
        "aaaaaaaaaaaa…": ["vip-month", "2 小时", "bbbbbbbbbbbb…"]
    }


def test_no_order_that_was_overtaken_is_linked(language):
    made = [
        platform_page(EDITION, language, rich()),
        *dict(sku_pages(EDITION, language, rich(), FULL)).values(),
    ]

    assert [link for page in made for link in Reading(page).attributes("href") if "/o/" in link] == []


# the whole page ---------------------------------------------------------------------------------------
def test_every_section_says_how_it_is_counted(language):
    reading = page_of(language)
    how = {"zh-CN": "怎么算的", "en": "How this is counted"}[language]

    assert [name for name in reading.attributes("id") if name in SECTIONS] == SECTIONS
    assert reading.all("summary").count(how) == len(SECTIONS) + len(BESIDE)


def test_the_contents_lead_to_every_section():
    links = page_of().attributes("href")

    assert [link for link in links if link.startswith("#")] == ["#main", *(f"#{name}" for name in SECTIONS)]


def test_what_is_not_known_is_named_and_has_no_section(language):
    reading = Reading(platform_page(EDITION, language, empty_figures()))
    names = {"zh-CN": ("责任归属", "资金敞口"), "en": ("Whose delay", "Exposure")}[language]

    assert set(SECTIONS) & set(reading.attributes("id")) == set()
    assert all(name in reading.text for name in names)


def test_a_box_that_scrolls_is_in_reach_of_the_keyboard_and_has_a_name(language):
    boxes = [has for has, _ in page_of(language).each("div") if has.get("class") == "scroll"]

    assert len(boxes) == 16
    assert all(has["tabindex"] == "0" and has["role"] == "group" and has["aria-label"] for has in boxes)


def test_the_lists_on_the_page_are_short_and_lead_to_all():
    many = {f"merchant-{n:03}": Exposure(orders=10 + n, undelivered=n) for n in range(200)}
    reading = page_of(conduct=replace(CONDUCT, exposure=many))

    assert list(table(reading, "按商家")) == [f"merchant-{n:03}" for n in range(199, 199 - SHOWN, -1)]
    assert "全部商家（200 个）" in reading.text
    assert "../../p/yunka/m/index.html" in reading.attributes("href")


def test_a_long_table_shows_its_first_rows_and_says_how_many_more_there_are():
    reading = page_of()
    rows = list(table(reading, "按处理方"))
    (first, *_), (rest, *_) = (
        [text for has, text in reading.each("table") if "按处理方" in text and has["class"] == "platforms"],
        [text for has, text in reading.each("details") if "按处理方" in text],
    )

    assert [row for row in rows if row in first] == rows[:FIRST]
    assert [row for row in rows if row in rest] == rows[FIRST:]
    assert f"其余 {len(rows) - FIRST - 1} 行" in rest, "and the whole closes it"


def test_a_list_that_is_told_whole_elsewhere_is_folded_and_says_how_many_rows_it_has():
    folded = [text for _, text in page_of().each("details") if "库存与承诺" in text]
    every = pages(sku_pages(EDITION, "zh-CN", rich(), EMPTY))["p/yunka/s/index.html"]

    assert f"库存与承诺（{len(CONDUCT.supply)} 行）" in folded[0]
    assert [text for _, text in every.each("details") if "库存与承诺" in text] == []


# pages below it ---------------------------------------------------------------------------------------
def test_there_is_a_page_for_every_merchant_that_is_counted_by_itself():
    made = pages(merchant_pages(EDITION, "zh-CN", rich(), FULL))

    names = ("", "mingcheng/", f"{MERCHANT}/", "yeguang-shuka/")
    assert list(made) == [f"p/yunka/m/{name}index.html" for name in names]
    assert list(table(made["p/yunka/m/index.html"], "按商家")) == list(table(page_of(), "按商家"))


def test_there_is_a_page_for_every_sku_that_is_told_of():
    made = pages(sku_pages(EDITION, "en", rich(), FULL))
    names = sorted(SUPPLY.keys() | FAIRNESS.keys() - {"other"})

    assert list(made) == [f"p/yunka/s/{name}index.en.html" for name in ("", *(f"{each}/" for each in names))]


def test_the_list_of_skus_holds_as_many_as_the_platform_says():
    made = pages(sku_pages(EDITION, "zh-CN", rich(), FULL))

    assert len(made) == 1 + len(SUPPLY)
    assert page_of().text.count(f"全部商品（{len(SUPPLY)} 件）") == 2
    assert len(table(made["p/yunka/s/index.html"], "库存与承诺")) == len(SUPPLY)


def test_a_merchants_page_shows_its_exposure_and_how_it_stands():
    reading = pages(merchant_pages(EDITION, "zh-CN", rich(), FULL))[f"p/yunka/m/{MERCHANT}/index.html"]
    lines = dict(zip(reading.all("dt"), reading.all("dd"), strict=True))

    assert lines["未送达的订单"] == "33 笔"
    assert lines["最久的一笔已等"] == "9 天"
    assert lines["处分"] == "警告"
    assert table(reading, "最近 7 天")["USD"] == ["USD 0.00", "USD 9.00", "−USD 9.00"]
    assert f"../../../../parties/{MERCHANT}/index.html" in reading.attributes("href")


def test_a_merchant_that_is_not_registered_is_said_not_to_be():
    reading = pages(merchant_pages(EDITION, "zh-CN", rich(), EMPTY))[f"p/yunka/m/{MERCHANT}/index.html"]

    assert dict(zip(reading.all("dt"), reading.all("dd"), strict=True))["登记"] == "未登记"


def test_a_skus_page_shows_every_tier_behind_it_with_its_cap_and_alert():
    reading = pages(sku_pages(EDITION, "zh-CN", rich(), FULL))["p/yunka/s/points-100/index.html"]
    chain = table(reading, "从这里往上的每一级")

    assert list(chain) == ["points-100", "huanan-points", "hexin-points"]
    assert chain["points-100"][2] == "60 处理能力2026年10月23日 12:00 起"
    assert chain["hexin-points"][0] == "hexin-gonghuo"
    assert chain["hexin-points"][3].startswith("偏低")


def test_of_few_orders_a_page_says_why_it_shows_no_figures():
    few = some_figures(
        conduct=Conduct(exposure={"novice": Exposure(orders=12)}, supply={"points-100": SUPPLY["points-100"]})
    )
    made = pages([*merchant_pages(EDITION, "zh-CN", few, EMPTY), *sku_pages(EDITION, "zh-CN", few, EMPTY)])
    said = [path for path, page in made.items() if "不足 10 笔" in "".join(page.all("p", class_="empty"))]

    assert said == ["p/yunka/m/novice/index.html", "p/yunka/s/points-100/index.html"]


def test_a_sku_without_a_listing_in_the_register_has_a_page():
    reading = pages(sku_pages(EDITION, "zh-CN", rich(), EMPTY))["p/yunka/s/vip-month/index.html"]

    assert table(reading, "从这里往上的每一级") == {"vip-month": ["–"] * 4}


def test_figures_without_merchants_and_skus_have_no_pages_of_them(language):
    bare = some_figures(conduct=Conduct())

    assert list(merchant_pages(EDITION, language, bare, FULL)) == []
    assert list(sku_pages(EDITION, language, bare, FULL)) == []


def test_a_name_like_a_page_does_not_take_the_place_of_one():
    named = some_figures(conduct=Conduct(exposure={"index.html": Exposure(orders=12)}))

    assert [path for path, _ in merchant_pages(EDITION, "zh-CN", named, EMPTY)] == [
        "p/yunka/m/index.html",
        "p/yunka/m/index.html~/index.html",
    ]


@pytest.mark.parametrize("figures", [rich(), hostile(), hostile(LONGEST)], ids=["rich", "attack", "long"])
def test_every_link_is_relative_and_leads_to_a_page_that_is_there(language, figures):
    made = {
        f"p/yunka/index{'' if language == 'zh-CN' else '.en'}.html": platform_page(
            EDITION, language, figures
        ),
        **dict(merchant_pages(EDITION, language, figures, EMPTY)),
        **dict(sku_pages(EDITION, language, figures, EMPTY)),
    }
    feeds = dict(market_feeds(EDITION, language, EMPTY, [figures]))
    for path, content in made.items():
        links = Reading(content).attributes("href")
        assert [link for link in links if re.match(r"[a-z]+:|/", link)] == []
        below = [link for link in links if "../p/" in link]
        assert below
        assert all(link.replace("../", "") in made | feeds for link in below), path


def test_no_name_becomes_markup(language):
    figures = hostile()
    made = [
        platform_page(EDITION, language, figures),
        *(page for _, page in merchant_pages(EDITION, language, figures, EMPTY)),
        *(page for _, page in sku_pages(EDITION, language, figures, EMPTY)),
    ]

    for page in made:
        assert b"<script" not in page
        assert NAME_OF_AN_ATTACKER in Reading(page).text

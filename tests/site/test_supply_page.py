import pytest

from mingdan.ledger.market import sku
from mingdan.ledger.market.sku import Basis
from mingdan.ledger.policy import DAY, HOUR
from mingdan.projections.census import Census
from mingdan.projections.conduct import Supply
from mingdan.projections.market import Alarm, Market
from mingdan.site.supply_page import supply_pages, upstream

from .reading import Reading
from .registered import (
    EMPTY,
    FULL,
    INCIDENTS,
    LONG,
    NAME_OF_AN_ATTACKER,
    SKUS,
    census,
    listed,
    page_of,
    register,
    registered,
    stocked,
    told,
)
from .stories import EDITION, NOON

UNCOUNTED = census(Market())


def board(*subjects, language: str = "zh-CN", counted: Census = UNCOUNTED) -> Reading:
    mark = "" if language == "zh-CN" else f".{language}"
    return page_of(supply_pages(EDITION, language, register(*subjects), counted), f"supply/index{mark}.html")


def cell(reading: Reading, name: str, place: int = 0) -> str:
    return reading.all("td", data_name=name)[place]


def tones(reading: Reading) -> list[str | None]:
    """Of stock, intake and alert of the only row."""
    return [has["class"] for has, _ in reading.each("span") if "state" in (has.get("class") or "")]


def test_every_sku_of_the_register_has_a_row_under_its_seller():
    reading = board(*SKUS)

    rows = [has["id"] for has, _ in reading.each("tr") if "id" in has]
    assert sorted(rows, key=str) == sorted(FULL.skus)
    assert reading.all("h2") == ["hexin-gonghuo", "huanan-daili", "yunka"]


def test_fresh_stock_is_shown_with_its_age_and_how_long_it_counts():
    reading = board(listed("points", stocked(-1 / 48, 41)))

    assert cell(reading, "已知库存") == "41 件30 分钟前（2026年11月22日 11:30）所报，2 小时内有效"
    assert tones(reading) == ["state there", "state there", "state plain"]


def test_stale_stock_is_said_to_be_and_is_never_green():
    reading = board(listed("points", stocked(-3, 320)))

    assert cell(reading, "已知库存").startswith("320 件，已过时3 天前")
    assert cell(reading, "接单") == "没有可承诺的量，不接新单"
    assert tones(reading) == ["state stale", "state stale", "state plain"]


@pytest.mark.parametrize(("late", "tone"), [(0, "state there"), (1, "state stale")])
def test_stock_is_stale_from_the_first_millisecond_after_its_time(late, tone):
    report = sku.Stocked(as_of=NOON - HOUR, qty=5, ttl=HOUR - late)

    assert tones(board(listed("points", (-0.01, "yunka", report))))[0] == tone


@pytest.mark.parametrize(
    ("facts", "mode", "words"),
    [
        ([], "upstream", "没有库存记录"),
        ([stocked(-0.01, None)], "upstream", "上游没说有多少"),
        ([stocked(-0.01, 0)], "counted", "0 件"),
    ],
    ids=["never", "unsaid", "none"],
)
def test_what_is_not_known_to_be_there_is_never_green(facts, mode, words):
    reading = board(listed("points", *facts, mode=mode))

    assert cell(reading, "已知库存").startswith(words)
    assert "state there" not in tones(reading)


def test_what_is_unlimited_is_called_so():
    assert cell(board(listed("points", mode="unlimited")), "已知库存") == "不限量"


def test_the_chain_upstream_is_told_tier_by_tier():
    reading = board(*SKUS)

    assert "上游：huanan-points ← hexin-points" in next(
        row for row in reading.all("th", scope="row") if row.startswith("游戏点券 100 点")
    )
    assert "#hexin-points" in "".join(reading.attributes("href"))


def test_a_circle_of_skus_comes_to_an_end():
    circle = [listed("a", (-1, "yunka", sku.Mapped(to="b"))), listed("b", (-1, "yunka", sku.Mapped(to="a")))]

    assert list(upstream(register(*circle), "a")) == ["b"]
    assert len(board(*circle).all("th", scope="row")) == 2


def test_an_intake_that_an_exception_closed_leads_to_it():
    closed = (-0.5, "yunka", sku.Closed(exception="hexin-duangong", reason="supply_cut"))
    reading = board(listed("points", closed), *INCIDENTS)

    assert cell(reading, "接单") == "已停止接单2026年11月22日 00:00 起上游断供 hexin-duangong"
    assert "../exceptions/index.html#hexin-duangong" in reading.attributes("href")


def test_an_intake_that_somebody_closed_has_the_reason():
    reading = board(listed("points", (-0.5, "yunka", sku.Closed(reason="盘点"))))

    assert cell(reading, "接单").endswith("盘点")


@pytest.mark.parametrize("basis", Basis.__args__)
def test_a_cap_is_shown_with_its_basis(basis, language):
    capped = (-1, "yunka", sku.Capped(basis=basis, cap=60))
    intake = {"zh-CN": "接单", "en": "Intake"}[language]

    assert "60" in cell(board(listed("points", capped), language=language), intake)


@pytest.mark.parametrize(("days", "words"), [(8, "补货"), (-1, "补货期限 2026年11月21日 12:00 已过")])
def test_a_preorder_is_shown_with_its_date_and_whether_that_has_passed(days, words):
    ordered = (-2, "yunka", sku.Preorder(qty=50, restock_by=NOON + days * DAY))

    assert words in cell(board(listed("points", ordered)), "已知库存")


def test_orders_that_were_not_taken_are_counted():
    refused = [(-1, "ledger", sku.IntakeRefused(qty=1, reason="cap"))] * 3

    assert "未接的订单 3 笔" in cell(board(listed("points", *refused)), "接单")


def test_what_stands_promised_and_what_may_is_the_censuss():
    points = listed("points", stocked(-0.01, 41))
    some = board(points, counted=census(points=Supply(carries=40, promised=39, over_accepted=2)))
    full = board(points, counted=census(points=Supply(carries=40, promised=40)))

    assert cell(some, "接单") == "接单中已承诺 39 件，最多可承诺 40 件库存之外收下的订单 2 笔"
    assert cell(full, "接单") == "没有可承诺的量，不接新单已承诺 40 件，最多可承诺 40 件"
    assert tones(full) == ["state there", "state stale", "state plain"]


def test_an_alert_stands_until_it_is_cleared():
    alerted, cleared = (-1, "yunka", sku.Alerted(level="low")), (-0.5, "yunka", sku.Cleared())

    assert cell(board(listed("points", alerted)), "预警") == "偏低2026年11月21日 12:00 起"
    assert cell(board(listed("points", alerted, cleared)), "预警") == "无"


def test_an_alert_leads_to_the_exception_that_was_reported_of_it_or_says_that_none_was():
    alerted = (-1.2, "hexin-gonghuo", sku.Alerted(level="low"))
    points = listed("hexin-points", alerted, platform="hexin-gonghuo")
    silent = Alarm(sku="hexin-points", level="low", at=NOON - DAY, overdue=True)

    assert "上游断供 hexin-duangong" in cell(board(points, *INCIDENTS, counted=census()), "预警")
    assert cell(board(points, counted=census(Market(alarms=(silent,)))), "预警").endswith("超期没有上报异常")


def test_an_empty_register_says_so(language):
    mark = "" if language == "zh-CN" else f".{language}"
    reading = page_of(supply_pages(EDITION, language, EMPTY, UNCOUNTED), f"supply/index{mark}.html")

    assert len(reading.all("p", class_="empty")) == 1


def test_goods_that_were_never_listed_stand_last_and_are_called_so():
    stray = told("sku/stray", (-1, "yunka", sku.Opened()))

    assert board(stray, listed("points")).all("h2") == ["yunka", "没有上架记录的商品"]


def test_a_seller_that_is_registered_is_linked_to_its_page():
    reading = board(listed("points"), registered("yunka", "platform"))

    assert "../parties/yunka/index.html" in reading.attributes("href")


@pytest.mark.parametrize("name", [NAME_OF_AN_ATTACKER, LONG], ids=["hostile", "long"])
def test_names_of_goods_stay_words(name, language):
    reading = board(listed("points", (-0.5, "yunka", sku.Closed(reason=name)), title=name), language=language)

    assert reading.all("script") == []
    assert reading.text.count(name) == 2

import pytest
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.market import incident
from mingdan.ledger.market.incident import Action, Trouble
from mingdan.ledger.policy import HOUR
from mingdan.projections.market import Market
from mingdan.site.exception_page import exception_pages

from .reading import Reading
from .registered import CASE, EMPTY, FULL, MARKET, SKUS, listed, page_of, register, reported, rows_of, told
from .stories import EDITION, NOON, Said, begun
from .stories import told as order

UNCOUNTED = Market()
ACKNOWLEDGED = (-0.9, "huanan-daili", incident.Acknowledged())
RESOLVED = (-0.5, "hexin-gonghuo", incident.Resolved())


def page(*incidents, language: str = "zh-CN", market: Market = UNCOUNTED) -> Reading:
    mark = "" if language == "zh-CN" else f".{language}"
    pages = exception_pages(EDITION, language, register(*SKUS, *incidents), market)
    return page_of(pages, f"exceptions/index{mark}.html")


def items(reading: Reading) -> list[str]:
    return [text.strip() for text in reading.all("li")]


def test_open_exceptions_come_before_those_that_are_over():
    past = [reported(name, RESOLVED) for name in ("a", "b")]
    reading = page(*past, reported("c"))

    assert [has["id"] for has, _ in reading.each("article")] == ["c", "a", "b"]
    assert reading.all("h2") == ["尚未解除", "已经解除"]


def test_an_exception_says_what_was_reported_by_whom_and_when():
    reading = page(reported("cut-7", expected_end=NOON + HOUR, scope=["hexin-points", "elsewhere"]))

    rows = rows_of(reading)
    assert "上游断供 cut-7" in reading.all("h3")[0]
    assert rows["上报"] == "hexin-gonghuo，2026年11月21日 12:00"
    assert rows["开始时间"] == "2026年11月21日 12:00"
    assert rows["预计结束"] == "2026年11月22日 13:00"
    assert rows["影响的商品"] == "hexin-points"
    assert rows["涉及的商品"].endswith("受影响的只有它自己经手的订单：elsewhere")


def test_goods_that_its_reporter_neither_lists_nor_supplies_are_only_named_and_mean_nothing_for_an_order():
    reading = page(reported("false", by="evil", scope=["points-100"]))

    assert "影响的商品" not in rows_of(reading)
    assert rows_of(reading)["涉及的商品"].endswith("：points-100")
    assert reading.all("p", class_="means") == []


def test_goods_that_are_supplied_from_the_scope_are_affected_however_far_down():
    assert rows_of(page(reported("cut-7")))["连带影响"] == "huanan-points、points-100、points-1000"


def test_many_goods_are_counted_and_all_but_the_first_are_folded_away():
    goods = [f"goods-{each}" for each in range(5)]
    skus = [listed(name, platform="hexin-gonghuo") for name in goods]
    told_of = register(*skus, reported("wide", scope=goods))
    reading = page_of(exception_pages(EDITION, "zh-CN", told_of, UNCOUNTED), "exceptions/index.html")

    assert rows_of(reading)["影响的商品"].startswith("共 5 件：")
    assert reading.all("summary") == ["另外 2 件"]
    assert "goods-3" in reading.all("details")[0]


def test_the_course_of_what_is_over_is_folded_away_and_its_meaning_is_not():
    reading = page(reported("past", ACKNOWLEDGED, RESOLVED))
    (folded,) = reading.all("details")

    assert "确认知悉" in folded
    assert "异常已经解除" not in folded
    assert page(reported("open", ACKNOWLEDGED)).all("details") == []


@pytest.mark.parametrize("kind", Trouble.__args__)
def test_every_kind_says_what_it_means_for_an_order(kind, language):
    (means,) = page(reported("x", kind=kind), language=language).all("p", class_="means")
    (over,) = page(reported("x", RESOLVED, kind=kind), language=language).all("p", class_="means")

    assert means != over


@pytest.mark.parametrize("action", Action.__args__)
def test_every_action_is_told_with_its_time(action):
    acted = (-0.8, "huanan-daili", incident.Acted(action=action))

    assert items(page(reported("x", ACKNOWLEDGED, acted)))[-1].startswith(
        "huanan-daili 于 2026年11月21日 16:48："
    )


def test_how_long_tiers_were_blind_and_what_they_took_in_is_the_censuss():
    told_items = items(page(*FULL.incidents.values(), market=MARKET))

    assert "huanan-daili 于 2026年11月21日 14:24 确认知悉，盲区 2 小时 24 分钟，其间收单 137 笔" in told_items
    assert "yunka 没有确认知悉，盲区已有 1 天，其间收单 1,204 笔" in told_items


def test_of_an_exception_that_the_census_left_out_acknowledgements_are_told_without_counts():
    assert "huanan-daili 于 2026年11月21日 14:24 确认知悉" in items(page(reported("x", ACKNOWLEDGED)))


def test_the_steps_lead_from_the_alert_to_the_end_and_say_what_was_late():
    steps = items(page(*FULL.incidents.values(), market=MARKET))[:4]

    assert steps == [
        "库存预警（hexin-points，偏低）：2026年11月21日 07:12",
        "上报：2026年11月21日 12:00，隔 4 小时 48 分钟",
        "应急处理：2026年11月21日 16:48，隔 4 小时 48 分钟 超期",
        "解除：还没有记录，期限 2026年11月22日 10:00 超期",
    ]


def test_an_action_that_nobody_took_has_its_deadline():
    waiting = replace(CASE, exception="x", act_overdue=False, end_overdue=False, acted=None)
    steps = items(page(reported("x"), market=Market(exceptions=(waiting,))))

    assert "应急处理：还没有记录，期限 2026年11月21日 12:30" in steps


def test_without_a_deadline_in_the_census_nothing_is_called_late():
    assert "超期" not in page(*FULL.incidents.values()).text


def test_an_empty_register_says_so(language):
    mark = "" if language == "zh-CN" else f".{language}"
    reading = page_of(exception_pages(EDITION, language, EMPTY, UNCOUNTED), f"exceptions/index{mark}.html")

    assert len(reading.all("p", class_="empty")) == 1
    assert reading.all("article") == []


def test_an_exception_that_was_never_reported_is_shown_as_odd():
    reading = page(told("exception/stray", (-1, "yunka", incident.Resolved())))

    assert "没有上报的记录" in reading.all("h3")[0]
    assert "先上报异常，才有其他记录" in reading.text


# on the order's page ----------------------------------------------------------------------------------
def notified(about: str | None, minute: float = 9) -> Said:
    return Said(minute, "yunka", e.Notified(about=about, channel="sms", of="ab" * 32, template="cut"))


def links(reading: Reading) -> list[str]:
    return [href for href in reading.attributes("href") if "exceptions/" in href]


def test_an_order_whose_buyer_was_told_of_an_exception_leads_to_it(language):
    reading = Reading(order([*begun(), notified("cut-7")]).page(EDITION, language))

    mark = "" if language == "zh-CN" else f".{language}"
    assert links(reading) == [f"../../exceptions/index{mark}.html#cut-7"]


def test_an_exception_is_named_once_however_often_the_buyer_was_told():
    reading = Reading(order([*begun(), notified("cut-7"), notified("cut-7", 12)]).page(EDITION))

    assert len(links(reading)) == 1
    assert "2026年11月22日 06:09" in reading.all("section", class_="notices")[0]


@pytest.mark.parametrize(
    "over",
    [
        e.Delivered(evidence="account_credited"),
        e.Cancelled(by="platform", reason="supply_cut"),
        e.RefundPaid(amount=9_900),
    ],
)
def test_an_exception_needs_no_attention_where_no_delivery_is_to_come(over):
    told_of = [*begun(), notified("cut-7")]
    still, gone = (
        Reading(order(claims).page(EDITION)) for claims in (told_of, [*told_of, Said(20, "yunka", over)])
    )

    assert "是否解除，见该页" in still.all("section", class_="notices")[0]
    assert links(gone) == []


def test_an_exception_needs_attention_again_once_the_delivery_was_taken_back():
    back = [Said(20, "yunka", e.Delivered(evidence="account_credited"))]
    back.append(Said(30, "yunka", e.DeliveryReversed(reason="invalid")))

    assert len(links(Reading(order([*begun(), notified("cut-7"), *back]).page(EDITION)))) == 1


def test_a_notice_of_something_else_leads_to_no_exception():
    assert links(Reading(order([*begun(), notified(None)]).page(EDITION))) == []


def test_a_notice_that_was_disavowed_leads_to_no_exception():
    reading = Reading(order([*begun(), notified("cut-7")], disavowing=len(begun())).page(EDITION))

    assert links(reading) == []

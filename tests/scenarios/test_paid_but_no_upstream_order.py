"""dujiao-next, issue 139: an order stood at 交付中 although nothing was ever bought upstream, and at 处理中
after its refund.

In mingdan a paid order that was not handed on in time is stuck and says so, and a paid refund is the last
word.
"""

from .stage import fact, paid, placed, refunded, staged

PROMISE = """
id = "default"
title = "24 小时内送达"
text = "付款后 24 小时内送达。"
zone = "Asia/Shanghai"
clock_start = "paid"
due_in = "24h"
notice_within = "10min"

[stage_limits]
stock = "1ms"
"""


@staged
def stage(shop):
    promise = shop.outside / "promise.toml"
    promise.write_text(PROMISE, "utf-8")
    shop.ask("policy", "publish", promise, "--by", "shop")
    shop.tell(placed(), paid(), placed("my-8"), paid("my-8"), *refunded("my-8"))
    shop.tell(fact("care.nudged", "buyer", nudge="n-1"))
    assert shop.sweep() == {"care.located": 1, "care.offered": 1}


def test_a_tier_that_has_no_order_has_no_word(stage):
    assert stage.rule(fact("hop.accepted", "agent-east")) == "no-hop"


def test_who_has_no_order_has_not_begun_it(empty):
    empty.tell(placed(), paid())

    empty.refused(fact("activation.started", "agent-east"))


def test_after_the_refund_nothing_is_refunded_or_asked_again(stage):
    for again in refunded("my-8"):
        assert stage.rule(again) == "refund-paid"


def test_the_buyer_reads_that_the_order_stands_still(stage):
    zh, en = stage.pages()

    assert (zh.heading, en.heading) == ("已支付", "Paid")
    assert zh.not_yet == "已支付不表示库存已经留好，不表示已转交供货方，也不表示已经发货。"
    assert "日志里没有转交的记录：从" in zh.notices
    assert "No hand-over is on record: stuck since" in en.notices
    assert "订单正在「库存核验」环节，由 shop 处理" in zh.lead
    assert "还没有转交上游的记录。" in zh.text
    assert "No hand-over to a supplier is on record yet." in en.text


def test_the_buyer_who_asks_is_answered_from_the_log(stage):
    zh, en = stage.pages()

    assert "问题定位：停在「库存核验」环节，由 shop 处理" in zh.facts
    assert "Located: in stock check with shop" in en.facts


def test_after_the_refund_the_buyer_reads_refunded_and_nothing_else(stage):
    zh, en = stage.pages("my-8")

    assert (zh.heading, en.heading) == ("已退款", "Refunded")
    assert zh.lead.startswith("退款已于")
    assert "已退款不表示款项已到你的账户" in zh.not_yet
    assert "Refunded does not mean that the money has reached your account" in en.not_yet
    assert (zh.notices, en.notices) == ("", "")


def test_the_platform_has_one_order_at_a_standstill_and_one_refund(stage):
    figures = stage.figures

    assert figures["backlog"]["count"] == 1
    assert figures["conduct"]["standstill"] == {"by_limit": 1, "by_pace": 0, "orders": 1}
    assert figures["conduct"]["care"]["refunds"]["paid"] == 1
    assert figures["conduct"]["care"]["nudges"]["open"] == 1
    assert stage.status("my-8") == ("paid", "refunded")


def test_the_platform_s_desk_has_the_order_that_stands_still_and_the_question_that_waits(stage):
    asked, still = stage.ask("queue")

    assert (asked["kind"], asked["name"], asked["located"]) == ("nudge", "my-7", True)
    assert (still["kind"], still["name"], still["why"]) == ("stuck", "my-7", "limit")


def test_the_platform_s_page_says_how_many_stand_still(stage):
    zh, en = stage.read("p/shop/index")

    assert "等待送达的 1 笔里，有 1 笔停滞。" in zh.text
    assert "Of the 1 orders that wait for delivery, 1" in en.text


def test_the_auditor_finds_no_hand_over_and_a_refund(stage):
    assert stage.audited() == []
    assert not [kind for kind in stage.verified() if kind.startswith(("hop.", "activation."))]
    assert stage.verified("my-8")[-3:] == ["refund.requested", "refund.approved", "refund.paid"]

"""acg-faka, issues 913 and 940: nothing was in stock, and the order went 已发货 with a sentence for a card.

mingdan takes no delivery without a kind of evidence; the page says that stock is short and who has the order.
"""

import pytest

from .stage import SKU, ago, fact, listed, paid, placed, staged

SENTENCE = "很抱歉，卡密已售罄，请联系客服"


@staged
def stage(shop):
    shop.tell(*listed(1, at=ago(10)), placed(at=ago(9)), paid(at=ago(8)))
    shop.tell(fact("stock.short", "shop", at=ago(7), available=0, needed=1))


@pytest.mark.parametrize(
    "said", [{}, {"evidence": SENTENCE}, {"evidence": "text"}], ids=["none", "a sentence", "text"]
)
def test_a_sentence_is_no_evidence(stage, said):
    told = stage.refused(fact("delivery.delivered", "shop", goods=SENTENCE, **said))

    assert told["error"] == "MalformedEntry"
    assert "evidence" in told["evidence"]["reason"]


def test_that_the_platform_wrote_it_down_is_no_evidence(stage):
    assert stage.rule(fact("delivery.delivered", "shop", evidence="source_record")) == "no-evidence"


def test_what_was_not_delivered_is_not_completed(stage):
    assert stage.rule(fact("order.completed", "shop", by="timeout")) == "not-delivered"


def test_a_card_that_was_shown_is_committed_to(empty):
    empty.tell(placed(), paid())

    for evidence in ("shown_to_buyer", "account_credited", "provider_receipt"):
        assert empty.rule(fact("delivery.delivered", "shop", evidence=evidence)) == "no-goods"


def test_a_sku_that_is_listed_as_a_card_is_sold_as_one(stage):
    """The order need not say so, and does not say otherwise."""
    assert stage.refused(placed("my-8", form="direct"))["evidence"]["rule"] == "not-as-listed"


def test_the_buyer_reads_that_stock_is_short_and_nothing_was_delivered(stage):
    zh, en = stage.pages()

    assert (zh.heading, en.heading) == ("出现异常", "Exception")
    assert "已发货" in zh.ahead
    assert "Delivered" in en.ahead
    assert "库存不足" in zh.all("dd")
    assert "stock short" in en.all("dd")
    assert "订单正在「库存核验」环节，由 shop 处理" in zh.lead
    assert "The order is in “stock check” with shop" in en.lead
    assert zh.not_yet == "出现异常不表示订单已取消，也不表示已经退款。"
    assert en.not_yet == "An exception does not mean that the order is cancelled or refunded."


def test_the_platform_counts_it_as_waiting_and_short(stage):
    figures = stage.figures

    assert stage.status() == ("paid", "exception")
    assert (figures["delivered"], figures["backlog"]["count"]) == (0, 1)
    assert figures["backlog"]["by_holder"] == {}, "one order is not told apart"
    assert figures["conduct"]["supply"][SKU.removeprefix("sku/")]["short"] == 1


def test_the_auditor_finds_a_shortage_and_no_delivery(stage):
    assert stage.audited() == []
    assert stage.verified() == ["order.placed", "order.paid", "stock.short"]
    assert "delivery.delivered" not in {entry["kind"] for entry in stage.published()}

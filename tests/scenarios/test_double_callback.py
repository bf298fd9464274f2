"""dujiaoka, issues 97 and 328: repeated callbacks sent four or five cards for one order.
card-system, issue 4: whoever clicked pay twice paid twice.

In mingdan the same callback under the same id is the same fact and gets the same receipt. Under another id,
or under none, it is a second delivery or a second payment, and refused: one order, one payment, one card.
"""

from .stage import delivered, fact, forwarded, paid, placed, staged

PAID, DELIVERED = paid(key="pay-7"), delivered(key="callback-1")


@staged
def stage(shop):
    shop.tell(
        placed(),
        PAID,
        forwarded(ref="up-7"),
        fact("hop.accepted", "agent-east", ref="up-7"),
        fact("activation.started", "agent-east", ref="up-7"),
        fact("activation.succeeded", "agent-east", ref="up-7"),
        DELIVERED,
    )


def test_the_same_callback_again_gets_the_same_receipt_and_records_nothing(stage):
    before = stage.size

    first, second = stage.tell(PAID, DELIVERED), stage.tell(PAID, DELIVERED)

    assert first == second
    assert all(receipt["duplicate"] for receipt in first)
    assert stage.size == before


def test_the_same_id_with_another_card_is_refused(stage):
    assert (
        stage.refused(DELIVERED | {"data": DELIVERED["data"] | {"goods": "card-8"}})["error"] == "KeyReused"
    )


def test_a_second_delivery_under_another_id_or_none_is_refused(stage):
    assert stage.rule(delivered(key="callback-2")) == "already-delivered"
    assert stage.rule(delivered()) == "already-delivered"


def test_pay_clicked_twice_pays_once(stage):
    assert stage.rule(paid()) == "paid-twice"
    assert stage.rule(paid(key="pay-8")) == "paid-twice"


def test_a_tier_says_once_that_it_took_the_order_on(stage):
    assert stage.rule(fact("hop.accepted", "agent-east", ref="up-7")) == "said-already"


def test_what_is_delivered_is_not_sent_upstream_again(stage):
    assert stage.rule(forwarded(attempt=2, ref="up-8")) == "after-delivery"


def test_a_tier_says_once_that_it_succeeded(empty):
    success = fact("activation.succeeded", "agent-east", ref="up-7")
    empty.tell(placed(), paid(), forwarded(ref="up-7"), success)

    empty.refused(success)


def test_the_buyer_reads_of_one_delivery(stage):
    zh, en = stage.pages()

    assert (zh.heading, en.heading) == ("已发货", "Delivered")
    assert zh.not_yet == "已发货不表示买家已经确认；没有收到，仍可以提出争议。"
    assert en.not_yet.startswith("Delivered does not mean that the buyer has confirmed it.")
    assert len([told for told in zh.facts if told.startswith("送达")]) == 1
    assert len([told for told in en.facts if told.startswith("Delivered")]) == 1


def test_the_platform_has_one_payment_and_one_card(stage):
    figures = stage.figures

    assert stage.kinds().count("order.paid") == stage.kinds().count("delivery.delivered") == 1
    assert (figures["orders"], figures["delivered"], figures["backlog"]["count"]) == (1, 1, 0)
    assert figures["conduct"]["exposure"] == {}, "one order is not told apart"


def test_the_auditor_finds_one_card(stage):
    assert stage.audited() == []
    assert stage.verified().count("delivery.delivered") == 1
    assert [entry["kind"] for entry in stage.published()].count("delivery.delivered") == 1

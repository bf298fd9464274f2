"""dujiao-next, issues 108 and 288: money after the 15 minutes was answered `fail`, and nothing followed.
acg-faka, issue 881: it was credited to another order.

In mingdan late money is a fact of its own with a due time: it is overdue until it leads to a delivery or a
refund.
"""

from .stage import ago, delivered, fact, paid, placed, refunded, staged

OPEN, DELIVERED, REFUNDED, UNPAID = ORDERS = "my-7", "my-8", "my-9", "my-10"


@staged
def stage(shop):
    shop.settle(pay_within=1, due_in=1)
    shop.tell(*(placed(name, at=ago(9)) for name in ORDERS))
    assert shop.sweep() == {"order.expired": 4}
    shop.tell(*(paid(name, at=ago(5), key=f"pay-{name}") for name in (OPEN, DELIVERED, REFUNDED)))
    shop.tell(delivered(DELIVERED), *refunded(REFUNDED))


def test_late_money_is_taken_in_as_what_it_is(stage):
    assert stage.kinds(OPEN) == ["order.placed", "order.expired", "order.paid_late"]


def test_the_same_money_is_not_credited_to_another_order(stage):
    told = stage.refused(paid(UNPAID, at=ago(5), key=f"pay-{OPEN}"))

    assert told["error"] == "KeyReused"


def test_late_money_comes_once(stage):
    assert stage.rule(paid(OPEN)) == "paid-twice"
    assert stage.rule(fact("order.paid_late", "shop", OPEN, after="expired", amount=9_900)) == "paid-twice"


def test_what_was_paid_late_does_not_expire_again(stage):
    assert stage.rule(fact("order.expired", "shop", OPEN)) == "already-paid"


def test_the_buyer_reads_that_the_money_is_there_and_overdue(stage):
    zh, en = stage.pages(OPEN)

    assert (zh.heading, en.heading) == ("已超时", "Overdue")
    assert "款项在订单过期或取消之后才到账，平台必须送达或退款。" in zh.notices
    assert "The money arrived after the order had expired or was cancelled; the platform must" in en.notices
    assert zh.not_yet == "超时不表示已退款，也不表示不会再送达。"
    assert "由 shop 处理" in zh.lead


def test_a_delivery_or_a_refund_ends_it(stage):
    assert [page.heading for page in stage.pages(DELIVERED)] == ["已发货", "Delivered"]
    assert [page.heading for page in stage.pages(REFUNDED)] == ["已退款", "Refunded"]


def test_the_unpaid_order_s_buyer_reads_that_later_money_is_not_lost(stage):
    zh, en = stage.pages(UNPAID)

    assert (zh.heading, en.heading) == ("已过期", "Expired")
    assert "到账了就必须送达或退款" in zh.not_yet
    assert "it must lead to a delivery or a refund" in en.not_yet


def test_the_platform_owes_the_one_that_is_open(stage):
    figures = stage.figures

    assert [stage.status(name) for name in ORDERS] == [
        ("paid", "overdue"),
        ("shipped", "none"),
        ("paid", "refunded"),
        ("placed", "expired"),
    ]
    assert (figures["backlog"]["count"], figures["backlog"]["amounts"]) == (1, {"CNY": 9_900})
    assert figures["sides"]["overdue"] == 1


def test_the_refunded_and_the_late_count_as_not_on_time(stage):
    on_time = stage.figures["on_time"]

    assert (on_time["strict"]["numerator"], on_time["strict"]["denominator"]) == (0, 3)
    assert (on_time["late"], on_time["undelivered"]) == (1, 2)


def test_the_auditor_finds_the_due_time_that_the_late_money_began(stage):
    late = [entry for entry in stage.published() if entry["kind"] == "order.paid_late"]

    assert stage.audited() == []
    assert len(late) == 3
    assert all(entry["data"]["due_at"] == entry["at"] + 1 for entry in late)
    assert stage.verified(OPEN)[-1] == "order.paid_late"


def test_the_buyer_can_hand_it_to_a_regulator(stage):
    pack = stage.outside / "my-7.zip"

    assert stage.ask("evidence", OPEN, "-o", pack)["entries"] == 3
    assert stage.ask("verify", pack, "--key", stage.key, folder=stage.outside)["verdict"] == "verified"

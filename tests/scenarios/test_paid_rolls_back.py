"""acg-faka, issue 810: the upstream was called inside the payment callback; its failure made it 未支付.

In mingdan a payment is an entry of its own: the upstream's failure is another one after it, with who caused
it. Even a payment that is disavowed stays where it was, struck out, for everybody to see.
"""

import pytest

from .stage import ago, fact, forwarded, paid, placed, staged

FAILURE = {"attributable_to": "brand", "code": "outage"}


@staged
def stage(shop):
    shop.tell(placed(at=ago(9)), paid(at=ago(8), key="pay-7"), forwarded(at=ago(7), ref="up-7"))
    shop.tell(fact("hop.rejected", "agent-east", at=ago(6), ref="up-7", retryable=True, **FAILURE))
    *_, payment = shop.tell(placed("my-8"), paid("my-8"))
    shop.tell(fact("order.disavowed", "shop", "my-8", entry=payment["leaf"], reason="did_not_occur"))


@pytest.mark.parametrize(
    ("kind", "data", "rule"),
    [("order.expired", {}, "already-paid"), ("order.paid_late", {"after": "expired"}, "not-ended")],
)
def test_a_payment_is_not_taken_back_by_what_comes_after(stage, kind, data, rule):
    assert stage.rule(fact(kind, "shop", **data)) == rule


def test_an_upstream_does_not_disavow_the_payment(empty):
    _, payment, _ = empty.tell(placed(), paid(), forwarded())

    empty.refused(fact("order.disavowed", "agent-east", entry=payment["leaf"], reason="did_not_occur"))


def test_placing_it_again_does_not_begin_it_anew(stage):
    assert stage.rule(placed()) == "placed-twice"


def test_no_kind_says_unpaid(stage):
    assert stage.refused(fact("order.unpaid", "shop"))["error"] == "UnknownKind"


def test_the_buyer_reads_paid_and_why_it_does_not_go_on(stage):
    zh, en = stage.pages()

    assert (zh.heading, en.heading) == ("出现异常", "Exception")
    assert zh.ahead == ["已核验", "已发货", "已完成"]
    assert en.ahead == ["Verified", "Delivered", "Completed"]
    assert {"上游故障", "brand"} <= set(zh.all("dd"))
    assert {"supplier's outage", "brand"} <= set(en.all("dd"))
    assert "订单正在「订单分派」环节，由 shop 处理" in zh.lead
    assert "The order is in “dispatch” with shop" in en.lead


def test_a_disavowed_payment_stays_on_the_page_struck_out(stage):
    zh, en = stage.pages("my-8")

    assert (zh.heading, en.heading) == ("下单成功", "Order placed")
    assert zh.all("del") == ["付款到账"]
    assert "已声明作废，见第 3 条记录" in zh.all("p", class_="mark")
    assert en.all("del") == ["Payment received"]
    assert "Disavowed, see entry 3" in en.all("p", class_="mark")


def test_the_platform_has_it_paid_and_waiting(stage):
    backlog = stage.figures["backlog"]

    assert stage.status() == ("paid", "exception")
    assert stage.status("my-8") == ("placed", "none")
    assert (backlog["count"], backlog["amounts"]) == (1, {"CNY": 9_900})


def test_the_auditor_finds_the_payment_before_the_failure(stage):
    assert stage.audited() == []
    assert stage.verified() == ["order.placed", "order.paid", "hop.forwarded", "hop.rejected"]
    assert stage.verified("my-8") == ["order.placed", "order.paid", "order.disavowed"]

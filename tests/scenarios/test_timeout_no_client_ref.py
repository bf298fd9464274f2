"""亿乐, a supplier's interface, takes no order number of its client: after a timeout, nobody can ask what
became of the order.

In mingdan such an order stays uncertain. It is never sent again, to nobody, and leads to the buyer's money.
"""

import pytest

from .stage import ago, delivered, fact, forwarded, paid, placed, refunded, staged

UNCERTAIN, REFUNDED = "my-7", "my-8"


@staged
def stage(shop):
    for name in (UNCERTAIN, REFUNDED):
        shop.tell(
            placed(name, at=ago(9)),
            paid(name, at=ago(8)),
            forwarded(name, "yile", at=ago(7)),
            fact("hop.uncertain", "shop", name, at=ago(6)),
            fact("hop.queried", "shop", name, at=ago(5), result="unknown"),
        )
    shop.tell(*refunded(REFUNDED))


@pytest.mark.parametrize("tier", ["yile", "agent-east"])
def test_an_uncertain_order_is_sent_again_to_nobody(stage, tier):
    assert stage.rule(forwarded(UNCERTAIN, tier, attempt=2)) == "hop-uncertain"


def test_the_refund_makes_it_no_more_certain(stage):
    assert stage.rule(forwarded(REFUNDED, "yile", attempt=2)) == "hop-uncertain"


def test_the_refund_is_paid_once(stage):
    assert stage.rule(*refunded(REFUNDED)) == "refund-paid"


def test_only_a_clear_no_opens_the_way_to_send_it_again(empty):
    empty.tell(placed(), paid(), forwarded(to="yile"), fact("hop.uncertain", "shop"))

    assert empty.rule(forwarded(attempt=2)) == "hop-uncertain"
    empty.tell(fact("hop.queried", "shop", result="not_found"))
    empty.tell(forwarded(attempt=2))


def test_what_arrives_after_the_refund_is_evidence_and_no_success(empty):
    empty.tell(
        placed(), paid(), forwarded(to="yile"), fact("hop.uncertain", "shop"), *refunded(), delivered()
    )
    empty.ask("publish")
    zh, en = empty.pages()

    assert (zh.heading, en.heading) == ("已退款", "Refunded")
    assert "只作证据展示，不算发货成功" in zh.notices
    assert "shown as evidence, it does not count as success" in en.notices


def test_the_buyer_reads_that_nobody_knows_where_it_is(stage):
    zh, en = stage.pages(UNCERTAIN)

    assert (zh.heading, en.heading) == ("出现异常", "Exception")
    assert zh.lead.startswith("订单已提交给上游，但没有得到明确答复")
    assert "不清楚它在谁手里" in zh.lead
    assert "nobody can say who has it" in en.lead
    assert "上游没有明确答复" in zh.all("dd")
    assert "no clear answer from upstream" in en.all("dd")
    assert "没有明确答复" in zh.chain
    assert "no clear answer" in en.chain
    assert zh.not_yet == "出现异常不表示订单已取消，也不表示已经退款。"


def test_the_buyer_who_was_refunded_reads_so(stage):
    zh, en = stage.pages(REFUNDED)

    assert (zh.heading, en.heading) == ("已退款", "Refunded")
    assert "已发货" in zh.ahead
    assert "Delivered" in en.ahead


def test_the_platform_has_it_with_nobody(stage):
    figures = stage.figures

    assert stage.status(UNCERTAIN) == ("paid", "exception")
    assert stage.status(REFUNDED) == ("paid", "refunded")
    assert "不清楚它在谁手里" in stage.pages(UNCERTAIN)[0].lead
    assert figures["backlog"]["count"] == 1
    assert figures["conduct"]["care"]["refunds"]["paid"] == 1


def test_the_auditor_finds_one_submission_and_a_question(stage):
    assert stage.audited() == []
    assert stage.verified(UNCERTAIN).count("hop.forwarded") == 1
    assert stage.verified(UNCERTAIN)[-2:] == ["hop.uncertain", "hop.queried"]
    assert stage.verified(REFUNDED)[-1] == "refund.paid"

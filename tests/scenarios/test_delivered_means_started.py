"""dujiao-next, issue 93: 已交付 was used for "I have started".

In mingdan a start is a start: the order is upstream, with whom and since when, and nothing was delivered yet.
"""

from .stage import ago, fact, forwarded, paid, placed, staged


@staged
def stage(shop):
    shop.tell(
        placed(at=ago(9)),
        paid(at=ago(8)),
        forwarded(at=ago(7), ref="up-7"),
        fact("hop.accepted", "agent-east", at=ago(6), ref="up-7"),
        fact("activation.started", "agent-east", at=ago(5), ref="up-7"),
    )


def test_a_start_has_no_evidence_to_be_delivered_with(stage):
    told = stage.refused(fact("delivery.delivered", "agent-east", goods="处理中"))

    assert told["error"] == "MalformedEntry"
    assert "evidence" in told["evidence"]["reason"]


def test_what_was_started_is_not_completed(stage):
    assert stage.rule(fact("order.completed", "shop", by="timeout")) == "not-delivered"


def test_a_start_is_told_once(stage):
    assert stage.rule(fact("activation.started", "agent-east", ref="up-7")) == "said-already"


def test_the_buyer_reads_that_it_is_upstream_and_not_delivered(stage):
    zh, en = stage.pages()

    assert (zh.heading, en.heading) == ("已支付", "Paid")
    assert "已发货" in zh.ahead
    assert "Delivered" in en.ahead
    assert "订单正在「上游激活」环节，由 agent-east 处理" in zh.lead
    assert "The order is in “upstream activation” with agent-east" in en.lead
    assert zh.all("p", class_="next") == ["接下来 上游激活并报告结果。"]
    assert en.all("p", class_="next") == ["Next The supplier activates the goods and reports the result."]
    assert "也不表示已经发货" in zh.not_yet
    assert "or that anything was delivered" in en.not_yet


def test_the_platform_counts_it_as_waiting_upstream(stage):
    figures = stage.figures

    assert stage.status() == ("paid", "none")
    assert (figures["delivered"], figures["steps"]["shipped"]) == (0, 0)
    assert figures["backlog"]["count"] == 1


def test_the_auditor_finds_a_start_and_no_delivery(stage):
    assert stage.audited() == []
    assert stage.verified()[-1] == "activation.started"
    assert not [entry for entry in stage.published() if entry["kind"].startswith("delivery.")]

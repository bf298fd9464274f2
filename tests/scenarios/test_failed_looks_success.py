"""dujiaoka: the page that polls an order was answered "success" for failed and abnormal ones as well.

mingdan has one status, the same on the page, in JSON and in figures: a failure is an exception with its
cause, and whatever was due and not delivered stands in the denominator of the badge.
"""

import json

from .stage import ago, delivered, fact, forwarded, paid, placed, staged

FAILURE = {"attributable_to": "agent-east", "code": "outage", "ref": "up"}
FAILED, ABNORMAL, LATE, GOOD = ORDERS = "failed", "abnormal", "late", "good"


@staged
def stage(shop):
    for name in ORDERS:
        due = {"due_at": ago(4)} if name in (LATE, GOOD) else {}
        shop.tell(placed(name, at=ago(9), **due), paid(name, at=ago(8)), forwarded(name, at=ago(8), ref="up"))
    shop.tell(
        *(fact("activation.failed", "agent-east", name, at=ago(6), **FAILURE) for name in (FAILED, LATE))
    )
    shop.tell(fact("hop.uncertain", "shop", ABNORMAL, at=ago(6)))
    shop.tell(delivered(GOOD, at=ago(5)))


def test_a_failed_order_is_not_completed(stage):
    for name in (FAILED, ABNORMAL, LATE):
        assert stage.rule(fact("order.completed", "shop", name, by="timeout")) == "not-delivered"


def test_the_buyer_of_a_failed_order_reads_exception_and_whose(stage):
    zh, en = stage.pages(FAILED)

    assert (zh.heading, en.heading) == ("出现异常", "Exception")
    assert {"上游故障", "agent-east"} <= set(zh.all("dd"))
    assert {"supplier's outage", "agent-east"} <= set(en.all("dd"))
    assert "已发货" in zh.ahead


def test_the_buyer_of_an_abnormal_order_reads_that_nobody_knows(stage):
    zh, en = stage.pages(ABNORMAL)

    assert (zh.heading, en.heading) == ("出现异常", "Exception")
    assert "不清楚它在谁手里" in zh.lead
    assert "nobody can say who has it" in en.lead


def test_past_its_time_a_failed_order_is_overdue_with_its_cause(stage):
    zh, en = stage.pages(LATE)

    assert (zh.heading, en.heading) == ("已超时", "Overdue")
    assert "上游故障" in zh.all("dd")
    assert "supplier's outage" in en.all("dd")
    assert "已超过" in zh.lead
    assert "ago." in en.lead


def test_machines_are_told_the_same(stage):
    assert [stage.status(name) for name in ORDERS] == [
        ("paid", "exception"),
        ("paid", "exception"),
        ("paid", "overdue"),
        ("shipped", "none"),
    ]


def test_the_platform_has_one_success_in_four(stage):
    figures, counts = stage.figures, stage.ask("stats")["groups"][0]["counts"]

    assert (counts["orders"], counts["delivered"], counts["never_delivered"]) == (4, 1, 3)
    assert (figures["orders"], figures["delivered"], figures["backlog"]["count"]) == (4, 1, 3)
    assert (figures["sides"]["exception"], figures["sides"]["overdue"], figures["sides"]["none"]) == (2, 1, 1)


def test_the_badge_has_every_order_that_was_due_below_the_line(stage):
    badge = stage.site / "badge" / "platform" / "shop"

    proof = json.loads((badge / "on-time.full.json").read_bytes())
    assert (proof["numerator"], proof["denominator"], proof["rate"]) == (1, 2, "0.5000")
    assert "50.0%" in json.loads((badge / "on-time.json").read_bytes())["message"]


def test_the_auditor_recomputes_it_from_failures_that_say_so(stage):
    assert stage.audited() == []
    assert stage.verified(FAILED)[-1] == "activation.failed"
    assert stage.verified(ABNORMAL)[-1] == "hop.uncertain"

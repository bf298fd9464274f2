"""ECARD, a supplier's protocol, pushes only success or failure: what lies between, nobody below ever hears.

mingdan counts what the protocol owes and never sends, says so on the order's page, and puts the time down to
the tier that was silent.
"""

from .stage import MINUTE, ago, delivered, fact, forwarded, paid, placed, staged

DONE = [f"my-{number}" for number in range(10)]
WAITING = "my-10"


@staged
def stage(shop):
    told = []
    for name in (*DONE, WAITING):
        told += [
            placed(name, at=ago(12)),
            paid(name, at=ago(11)),
            forwarded(name, "ecard", at=ago(10), ref=name),
        ]
    for name in DONE:
        told += [fact("activation.succeeded", "ecard", name, at=ago(3), ref=name), delivered(name, at=ago(2))]
    shop.tell(*told)


def test_what_was_never_said_is_not_made_up_afterwards(stage):
    assert stage.rule(fact("activation.started", "someone", DONE[0])) == "foreign-hop"
    assert stage.kinds(DONE[0]) == [
        "order.placed",
        "order.paid",
        "hop.forwarded",
        "activation.succeeded",
        "delivery.delivered",
    ]


def test_the_buyer_who_waits_reads_that_nothing_was_heard_and_of_whom(stage):
    zh, en = stage.pages(WAITING)

    assert (zh.heading, en.heading) == ("已支付", "Paid")
    assert "订单正在「订单分派」环节，由 ecard 处理" in zh.lead
    assert "The order is in “dispatch” with ecard" in en.lead
    assert "ecard 已转交，还没有回复的记录" in zh.chain
    assert "ecard handed over, no answer on record" in en.chain
    assert "也不表示已经发货" in zh.not_yet


def test_the_buyer_who_was_served_reads_both_ends_and_no_beginning(stage):
    zh, en = stage.pages(DONE[0])

    assert [what.partition("，")[0] for what in zh.facts] == [
        "送达",
        "上游激活成功",
        "订单分派：转交 ecard（第 1 次）",
        "付款到账",
        "下单成功",
    ]
    assert "Activated upstream" in en.facts
    assert "Activation started upstream" not in en.facts


def test_the_chain_does_not_call_a_tier_silent_that_reported_its_success(stage):
    zh, en = stage.pages(DONE[0])

    assert "还没有回复的记录" not in zh.chain
    assert "no answer on record" not in en.chain


def test_the_figures_have_a_third_of_what_the_protocol_owes(stage):
    tier = stage.figures["conduct"]["propagation"]["ecard"]

    assert tier["hops"] == 11
    assert {word: rate["numerator"] for word, rate in tier["heard"].items()} == {
        "accepted": 0,
        "finished": 10,
        "started": 0,
    }
    assert tier["attenuation"] == {"denominator": 30, "numerator": 10, "rate": "0.3333"}


def test_the_time_of_silence_is_the_tier_s(stage):
    holders = stage.figures["conduct"]["attribution"]["holders"]

    assert holders["ecard"]["spans"]["p50"] >= 7 * MINUTE
    assert holders["ecard"]["spans"]["p50"] > holders["shop"]["spans"]["max"]


def test_the_platform_s_page_shows_what_was_lost(stage):
    zh, en = stage.read("p/shop/index")

    assert "33.3%" in zh.text
    assert "33.3%" in en.text


def test_the_auditor_finds_nothing_between(stage):
    assert stage.audited() == []
    assert stage.verified(WAITING) == ["order.placed", "order.paid", "hop.forwarded"]
    assert not {entry["kind"] for entry in stage.published()} & {"hop.accepted", "activation.started"}

"""dujiao-next, issue 295: any upstream could report the order of another upstream, and was believed.

In mingdan a tier speaks for the hop that was forwarded to it, under the reference of that forwarding (I7).
"""

import pytest

from .stage import ago, fact, forwarded, paid, placed, staged

FAILURE = {"attributable_to": "brand", "code": "outage"}
WORDS = {
    "hop.accepted": {},
    "hop.rejected": FAILURE | {"retryable": False},
    "activation.started": {},
    "activation.succeeded": {},
    "activation.failed": FAILURE,
}
OTHERS = {
    "delivery.delivered": {"evidence": "provider_receipt", "goods": "card-of-nobody"},
    "hop.queried": {"result": "not_found"},
    "hop.uncertain": {},
}


@staged
def stage(shop):
    for name, tier in (("my-7", "agent-east"), ("my-8", "agent-west")):
        ref = f"up-{name}"
        shop.tell(placed(name, at=ago(9)), paid(name, at=ago(8)), forwarded(name, tier, at=ago(7), ref=ref))
        shop.tell(fact("hop.accepted", tier, name, at=ago(6), ref=ref))


@pytest.mark.parametrize("kind", WORDS)
def test_another_tier_s_word_is_refused(stage, kind):
    assert stage.rule(fact(kind, "agent-west", ref="up-my-7", **WORDS[kind])) == "foreign-hop"


@pytest.mark.parametrize("kind", [kind for kind in WORDS if kind != "hop.accepted"])
def test_the_right_tier_s_word_under_another_order_s_reference_is_refused(stage, kind):
    assert stage.rule(fact(kind, "agent-east", ref="up-my-8", **WORDS[kind])) == "foreign-reference"


@pytest.mark.parametrize("kind", OTHERS)
def test_another_tier_neither_delivers_nor_answers_for_the_order(empty, kind):
    empty.tell(fact("party.registered", "shop", "party/agent-west", name="West", role="agent"))
    empty.tell(placed(), paid(), forwarded(ref="up-7"))

    empty.refused(fact(kind, "agent-west", **OTHERS[kind]))


def test_a_word_without_the_reference_is_refused(empty):
    empty.tell(placed(), paid(), forwarded(ref="up-7"))

    empty.refused(fact("hop.accepted", "agent-east"))


def test_the_buyer_reads_who_really_has_it_and_of_nobody_else(stage):
    zh, en = stage.pages()

    assert "订单正在「上游激活」环节，由 agent-east 处理" in zh.lead
    assert "The order is in “upstream activation” with agent-east" in en.lead
    assert (zh.heading, en.heading) == ("已支付", "Paid")
    assert "agent-west" not in zh.text + en.text
    assert (zh.notices, en.notices) == ("", "")


def test_the_platform_has_each_order_with_its_own_tier(stage):
    assert stage.status() == stage.status("my-8") == ("paid", "none")
    assert "由 agent-west 处理" in stage.pages("my-8")[0].lead
    assert (stage.figures["backlog"]["count"], stage.figures["backlog"]["by_holder"]) == (2, {})


def test_the_auditor_finds_each_tier_s_own_words_alone(stage):
    spoken = {
        (entry["by"], entry["stream"]) for entry in stage.published() if entry["kind"] == "hop.accepted"
    }

    assert stage.audited() == []
    assert stage.verified() == ["order.placed", "order.paid", "hop.forwarded", "hop.accepted"]
    assert len(spoken) == len({by for by, _ in spoken}) == 2

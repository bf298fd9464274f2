"""What waits for a person, most urgent first, and no longer than it waits."""

from __future__ import annotations

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.keeping.terms import Terms
from mingdan.ledger.market import incident, party
from mingdan.projections.queue import (
    AppealWaits,
    DisputeWaits,
    ExceptionWaits,
    HoldWaits,
    NudgeWaits,
    StuckWaits,
    queue,
)

from .shop import POLICIES, at

RELEASED = e.RiskReviewed(decision="release", reason="nothing found")
DELIVERED = e.Delivered(evidence="account_credited")


def held(minute: float) -> e.RiskHeld:
    return e.RiskHeld(on_timeout="refund", review_by=at(minute), rule="amount", track="auto")


def opened(name="d1", freezes="none") -> e.DisputeOpened:
    return e.DisputeOpened(claim="not-delivered", dispute=name, freezes=freezes)


def decided(name="d1") -> e.DisputeDecided:
    return e.DisputeDecided(decider="shop", dispute=name, outcome="for_merchant", reason="it arrived")


def told_of(leaf: str) -> e.Notified:
    return e.Notified(channel="page", of=leaf, template="risk.amount")


def waiting(shop, minute: float):
    shop.catch_up()
    return queue(shop.views, Terms(shop.store, POLICIES).of, as_of=at(minute))


def kinds(shop, minute: float = 99):
    return [each.kind for each in waiting(shop, minute)]


def test_an_order_that_goes_its_way_waits_for_nobody(shop):
    shop.order(0)

    assert waiting(shop, 1) == []


# holds --------------------------------------------------------------------------------------------------
def test_a_hold_waits_with_its_deadline_and_whether_its_buyer_was_told(shop):
    stream = shop.order(0)
    leaf = shop.tell(1, stream, held(60))
    before = waiting(shop, 5)
    shop.tell(6, stream, told_of(leaf))

    untold = HoldWaits(
        stream=stream,
        since=at(1),
        by=at(60),
        rule="amount",
        track="auto",
        on_timeout="refund",
        told=None,
        tell_by=at(11),
        late=False,
    )
    assert before == [untold]
    assert [(each.told, each.late) for each in waiting(shop, 50)] == [(at(6), False)]


@pytest.mark.parametrize("told", [False, True], ids=["not told", "told too late"])
def test_a_hold_whose_buyer_was_not_told_in_time_is_late(shop, told):
    stream = shop.order(0)
    leaf = shop.tell(1, stream, held(60))
    if told:
        shop.tell(12, stream, told_of(leaf))

    assert [each.late for each in waiting(shop, 13)] == [True]


def test_a_hold_that_was_reviewed_waits_no_more(shop):
    stream = shop.order(0)
    shop.tell(1, stream, held(60))
    shop.tell(2, stream, RELEASED)

    assert waiting(shop, 3) == []


def test_a_hold_of_an_order_that_is_not_paid_waits_too(shop):
    shop.order(0, facts=[held(60)])

    assert kinds(shop) == ["hold"]


def test_a_hold_of_an_order_that_was_cancelled_waits_for_nobody(shop):
    shop.order(0, facts=[e.Paid(), held(60), e.Cancelled(by="merchant", reason="sold out")])

    assert waiting(shop, 1) == []


# disputes and appeals -----------------------------------------------------------------------------------
def test_a_dispute_waits_with_its_evidence_and_what_it_freezes(shop):
    stream = shop.order(0)
    shop.tell(1, stream, opened(freezes="settlement"))
    for minute in (2, 3):
        shop.tell(minute, stream, e.DisputeEvidence(dispute="d1"))

    assert waiting(shop, 4) == [
        DisputeWaits(
            stream=stream,
            since=at(1),
            dispute="d1",
            claim="not-delivered",
            freezes="settlement",
            evidence=2,
            escalated_to=None,
        )
    ]


def test_a_dispute_of_a_delivered_order_waits_too(shop):
    stream = shop.order(0, facts=[e.Paid(), DELIVERED])
    shop.tell(1, stream, opened())

    assert kinds(shop) == ["dispute"]


def test_an_appeal_against_a_decision_waits_in_its_own_right(shop):
    stream = shop.order(0)
    for minute, event in enumerate((opened(), decided()), 1):
        shop.tell(minute, stream, event)
    before = waiting(shop, 3)
    shop.tell(3, stream, e.DisputeAppealed(dispute="d1"))

    assert before == []
    assert waiting(shop, 4) == [
        AppealWaits(stream=stream, since=at(3), against="d1", freezes="none", evidence=0)
    ]


def test_a_dispute_that_was_escalated_says_to_whom(shop):
    stream = shop.order(0)
    shop.tell(1, stream, opened())
    shop.tell(2, stream, e.DisputeEscalated(dispute="d1", to="mediator"))

    assert [each.escalated_to for each in waiting(shop, 3)] == ["mediator"]


def test_an_appeal_of_a_party_waits_until_its_term_is_over(shop):
    stream = shop.order(0)
    leaf = shop.tell(1, stream, e.Noted(label="goods never came"))
    sanction = party.Suspended(entries=(leaf,), reasons="does not deliver", until=at(500))
    shop.tell(1, "party/shop", party.Registered(name="Shop", role="platform"))
    for minute, (event, by) in enumerate(
        [
            (party.Registered(name="East", role="agent"), "shop"),
            (sanction, "shop"),
            (party.Appealed(), "east"),
        ],
        2,
    ):
        shop.tell(minute, "party/east", event, by)

    assert waiting(shop, 6) == [
        AppealWaits(
            stream="party/east", since=at(4), by=at(500), against="suspended", freezes=None, evidence=1
        )
    ]


# nudges -------------------------------------------------------------------------------------------------
def test_a_nudge_waits_unanswered_then_offered_and_not_once_it_is_closed(shop):
    stream = shop.order(0)
    leaf = shop.tell(1, stream, e.Nudged(nudge="n1"), by="buyer")
    unanswered = waiting(shop, 2)
    located = e.Located(cause="waiting", entries=(leaf,), holder="shop", nudge="n1", stage="stock")
    shop.tell(3, stream, located)
    shop.tell(4, stream, e.Offered(by_when=at(900), nudge="n1", option="wait"))
    offered = waiting(shop, 5)
    shop.tell(6, stream, e.NudgeClosed(nudge="n1", outcome="buyer"), by="buyer")

    assert unanswered == [
        NudgeWaits(stream=stream, since=at(1), by=None, nudge="n1", located=False, option=None)
    ]
    assert offered == [
        NudgeWaits(stream=stream, since=at(1), by=at(900), nudge="n1", located=True, option="wait")
    ]
    assert waiting(shop, 7) == []


# standstill ----------------------------------------------------------------------------------------------
def test_a_paid_order_that_nobody_forwards_waits_for_a_person_after_its_limit(shop):
    stream = shop.order(0)
    in_time, late = waiting(shop, 29), waiting(shop, 45)

    assert in_time == []
    assert [(type(each), each.stream, each.why, each.limit) for each in late] == [
        (StuckWaits, stream, "limit", at(30) - at(0))
    ]


# exceptions ---------------------------------------------------------------------------------------------
REPORT = incident.Reported(expected_end=at(240), kind="maintenance", scope=("s", "t"), starts=at(0))


def test_an_exception_waits_until_somebody_acts(shop):
    shop.tell(0, "exception/x1", REPORT, "brand")
    shop.tell(1, "exception/x1", incident.Acknowledged(), "shop")
    before = waiting(shop, 2)
    shop.tell(3, "exception/x1", incident.Acted(action="reroute"), "shop")

    assert before == [
        ExceptionWaits(
            stream="exception/x1",
            since=at(0),
            by=at(240),
            trouble="maintenance",
            scope=("s", "t"),
            acknowledged=1,
        )
    ]
    assert waiting(shop, 4) == []


def test_an_exception_that_is_over_waits_no_more(shop):
    shop.tell(0, "exception/x1", REPORT, "brand")
    shop.tell(1, "exception/x1", incident.Resolved(), "brand")

    assert waiting(shop, 2) == []


# the order of it ----------------------------------------------------------------------------------------
def test_what_has_a_deadline_comes_by_its_deadline_and_the_rest_by_its_age(shop):
    late, soon = shop.order(0), shop.order(0)
    shop.tell(1, late, held(90))
    shop.tell(1, soon, held(30))
    shop.tell(2, "exception/x1", REPORT, "brand")
    older, younger = shop.order(3), shop.order(3)
    shop.tell(4, older, opened())
    shop.tell(5, younger, e.Nudged(nudge="n1"), by="buyer")

    assert [each.stream for each in waiting(shop, 6)] == [soon, late, "exception/x1", older, younger]


def test_an_erased_order_waits_for_nobody(shop):
    stream = shop.order(0)
    shop.tell(1, stream, held(60))
    shop.tell(2, stream, e.Erased(reason="buyer_request"))

    assert waiting(shop, 3) == []

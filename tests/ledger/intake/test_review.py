"""What a person's review of a hold says: to whom, in whose name, and how much is asked back."""

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.errors import IllegalTransition
from mingdan.ledger.intake.review import reviewed

from ..told import STREAM, disavowal, entry

PLACED = e.Placed(
    amount=500, currency="CNY", merchant="m", platform="kamao", policy="default", qty=1, sku="s"
)
HELD = e.RiskHeld(on_timeout="refund", review_by=9, rule="amount", track="auto")
RELEASED = e.RiskReviewed(decision="release", reason="nothing found")


def said(*facts, decision="refuse", by=None):
    """Kind and fields of each statement, of the order to which these things happened."""
    entries = [entry(number, fact, number) for number, fact in enumerate(facts)]
    told = [each.statement for each in reviewed(entries, decision, "why", by)]
    assert {(each.order, each.by) for each in told} == {(STREAM, by or "kamao")}
    return [(each.kind, each.data) for each in told]


def refused(**asked):
    return [("risk.reviewed", {"decision": "refuse", "reason": "why"}), ("refund.requested", asked)]


def test_a_release_is_said_in_the_name_of_the_platform():
    assert said(PLACED, e.Paid(), HELD, decision="release") == [
        ("risk.reviewed", {"decision": "release", "reason": "why"})
    ]


def test_a_refusal_asks_for_what_was_paid():
    assert said(PLACED, e.Paid(amount=480), HELD) == refused(amount=480)


def test_a_payment_that_does_not_say_how_much_was_of_the_orders_amount():
    assert said(PLACED, e.Paid(), HELD) == refused(amount=500)


def test_of_money_that_came_after_the_end_that_is_asked_for():
    late = e.PaidLate(after="expired", amount=470)

    assert said(PLACED, e.Expired(), late, HELD) == refused(amount=470)


def test_a_payment_that_was_disavowed_is_not_asked_back():
    assert said(PLACED, e.Paid(amount=5), HELD, disavowal(1), e.Paid(amount=480)) == refused(amount=480)


@pytest.mark.parametrize(
    "facts",
    [
        (HELD,),
        (e.Paid(), HELD, e.RefundRequested()),
        (e.Paid(), HELD, e.RefundRequested(), e.RefundApproved()),
    ],
    ids=["nothing was paid", "asked already", "approved already"],
)
def test_a_refusal_asks_for_nothing_where_there_is_nothing_to_ask_for(facts):
    assert [kind for kind, _ in said(PLACED, *facts)] == ["risk.reviewed"]


def test_a_refund_that_was_refused_before_is_asked_for_again():
    asked = (e.RefundRequested(), e.RefundRefused(reason="on its way"))

    assert said(PLACED, e.Paid(), *asked, HELD) == refused(amount=500)


def test_another_party_may_decide():
    assert said(PLACED, e.Paid(), HELD, by="reviewer-7")


@pytest.mark.parametrize("facts", [(), (PLACED, e.Paid()), (PLACED, e.Paid(), HELD, RELEASED)])
def test_an_order_that_is_not_held_is_not_reviewed(facts):
    with pytest.raises(IllegalTransition) as error:
        said(*facts)

    assert error.value.evidence["rule"] == "not-held"
    assert error.value.next_step

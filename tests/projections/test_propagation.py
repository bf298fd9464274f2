"""How late a tier's words arrive, and how many never do: by hand-made stories."""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.policy import MINUTE
from mingdan.projections.measure import OTHER

from .told import Telling


def forwarded(telling, name, *, to="agent-east", words=("accepted",), late=2.0, ends=True):
    """An order that goes to a tier, of which these words are heard, each `late` minutes after the fact."""
    told = {
        "accepted": e.HopAccepted(),
        "started": e.ActivationStarted(),
        "finished": e.ActivationSucceeded(),
    }
    telling.paid(name, 0)
    telling.tell(name, e.HopForwarded(attempt=1, to=to), 1)
    for word in words:
        telling.tell(name, told[word], 2, by=to, late=late)
    if ends:
        telling.delivered(name, 9)


def test_of_a_tier_the_words_heard_are_counted_against_three_for_each_delivered_order():
    telling = Telling()
    for number in range(10):
        forwarded(telling, f"o{number}", words=["accepted", "finished"] if number else [])
    forwarded(telling, "open", ends=False)

    found = telling.conduct(60).propagation["agent-east"]

    assert found.hops == 11
    assert {word: share.numerator for word, share in found.heard.items()} == {
        "accepted": 9,
        "started": 0,
        "finished": 9,
    }
    assert (found.attenuation.numerator, found.attenuation.denominator, found.attenuation.rate) == (
        18,
        30,
        "0.6000",
    )


def test_a_tier_that_gave_the_order_back_owes_no_more_words():
    telling = Telling()
    for number in range(10):
        telling.paid(f"o{number}", 0)
        telling.tell(f"o{number}", e.HopForwarded(attempt=1, to="agent-east"), 1)
        refusal = e.HopRejected(attributable_to="agent-east", code="outage", retryable=True)
        telling.tell(f"o{number}", refusal, 2, by="agent-east")
        telling.delivered(f"o{number}", 5)

    found = telling.conduct(60).propagation["agent-east"]

    assert (found.hops, found.attenuation.denominator, found.attenuation.rate) == (10, 0, None)


def test_of_imported_history_no_words_are_expected():
    telling = Telling()
    for number in range(10):
        telling.paid(f"o{number}", 0)
        telling.tell(f"o{number}", e.HopForwarded(attempt=1, to="agent-east"), 1, basis="backfill")
        telling.delivered(f"o{number}", 5)

    found = telling.conduct(60).propagation["agent-east"]

    assert (found.hops, found.attenuation.denominator) == (10, 0)


def test_the_lag_is_from_the_tiers_fact_until_it_was_known():
    telling = Telling()
    for number in range(20):
        forwarded(telling, f"o{number}", late=40 if number == 19 else number)

    found = telling.conduct(60).propagation["agent-east"].lag

    assert (found.n, found.p50, found.p95, found.max) == (20, 9 * MINUTE, 18 * MINUTE, 40 * MINUTE)


def test_a_source_that_does_not_say_when_it_knew_tells_nothing_of_lag():
    telling = Telling()
    for number in range(10):
        name, learned = f"o{number}", 5 if number < 4 else None
        telling.paid(name, 0)
        telling.tell(name, e.HopForwarded(attempt=1, to="agent-east"), 1)
        telling.tell(name, e.HopAccepted(), 2, basis="backfill", late=9, learned=learned)

    found = telling.conduct(60).propagation["agent-east"].lag

    assert (found.n, found.p50) == (4, 3 * MINUTE)


def test_tiers_of_fewer_than_ten_orders_are_told_together():
    telling = Telling()
    for number in range(9):
        forwarded(telling, f"w{number}", to="agent-west")
        forwarded(telling, f"n{number}", to="agent-north")
    for number in range(10):
        forwarded(telling, f"e{number}")

    found = telling.conduct(60).propagation

    assert {tier: each.hops for tier, each in found.items()} == {"agent-east": 10, OTHER: 18}

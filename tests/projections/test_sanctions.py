"""What was decided against parties, and where their appeals stand: by hand-made stories."""

from __future__ import annotations

from mingdan.ledger.market import party
from mingdan.ledger.policy import MINUTE

from .told import HASH, NOON, Telling

SHOP = "party/kamao"


def suspended(*, appeal_by=None):
    telling = Telling()
    telling.tell(SHOP, party.Registered(name="卡猫", role="platform"), 0)
    decision = party.Suspended(entries=(HASH,), reasons="长期不发货", until=NOON, appeal_by=appeal_by)
    telling.tell(SHOP, decision, 1, by="auditor")
    return telling


def only(telling, at):
    (decision,) = telling.census(at).market.sanctions
    return decision


def test_a_decision_is_told_with_its_reasons_its_entries_and_its_term():
    found = only(suspended(), 2)

    assert (found.party, found.severity, found.reasons) == ("kamao", "suspended", "长期不发货")
    assert (found.since, found.until, found.ended, found.entries) == (NOON + MINUTE, NOON, None, (HASH,))
    assert (found.by, found.ended_by, found.ended_why) == ("auditor", None, None)


def test_an_appeal_is_possible_until_its_last_day_then_over_unless_it_was_filed():
    telling = suspended(appeal_by=NOON + 10 * MINUTE)

    assert only(telling, 10).appeal == "possible"
    assert only(telling, 11).appeal == "over"
    telling.tell(SHOP, party.Appealed(), 9)
    assert only(telling, 11).appeal == "filed"


def test_a_decision_that_was_lifted_stays_told_and_needs_no_appeal():
    telling = suspended()
    telling.tell(SHOP, party.Reinstated(reason="conditions_met"), 30, by="arbiter")

    found = only(telling, 60)

    assert (found.ended, found.appeal) == (NOON + 30 * MINUTE, "none")
    assert (found.by, found.ended_by, found.ended_why) == ("auditor", "arbiter", "conditions_met")

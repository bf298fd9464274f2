import pytest
from hypothesis import given
from msgspec.structs import replace

from mingdan.ledger.market.party import (
    RULES,
    SEVERITIES,
    Appealed,
    Blacklisted,
    Expelled,
    Keyed,
    Lapsed,
    Party,
    PartyEvent,
    Qualified,
    Registered,
    Reinstated,
    Suspended,
    Warned,
)

from .told import EVIDENCE, KEY, NOW, after, broken, entry, folded, histories, leaf, times

STREAM = "party/agent-east"
REGISTERED = Registered(name="东部代理", role="agent")
KEYED, OTHER_KEY, THIRD_KEY = (Keyed(key=first + KEY[1:]) for first in "ABC")
QUALIFIED = Qualified(valid_until=NOW, verifier="auditor")
RENEWED, OVER = replace(QUALIFIED, valid_until=2 * NOW), replace(QUALIFIED, valid_until=NOW - 1)
LAPSED = Lapsed()
WARNED = Warned(reasons="answers late")
SUSPENDED = Suspended(entries=EVIDENCE, reasons="three outages untold")
BLACKLISTED = Blacklisted(entries=EVIDENCE, reasons="sold one card twice")
EXPELLED = Expelled(entries=EVIDENCE, reasons="took the money and went")
REINSTATED = Reinstated(reason="mistake")
TERM_OVER, UPHELD = Reinstated(reason="term_over"), Reinstated(reason="appeal_upheld")
APPEALED = Appealed()


def party(*story: PartyEvent) -> Party:
    return after(STREAM, *story)


# one story for each rule ------------------------------------------------------------------------------
STORIES = {  # rule -> story, the fact that breaks it, its neighbour that does not
    "term-past": ([REGISTERED], replace(SUSPENDED, until=NOW), replace(SUSPENDED, until=NOW + 1)),
    "not-registered": ([], KEYED, REGISTERED),
    "registered-twice": ([REGISTERED], REGISTERED, KEYED),
    "key-used": ([REGISTERED, KEYED, OTHER_KEY], KEYED, THIRD_KEY),
    "verified-by-itself": ([REGISTERED], replace(RENEWED, verifier="agent-east"), RENEWED),
    "over-already": ([REGISTERED], QUALIFIED, replace(QUALIFIED, valid_until=NOW + 1)),
    "not-yet-over": ([REGISTERED, QUALIFIED], LAPSED, RENEWED),
    "not-qualified": ([REGISTERED], LAPSED, RENEWED),
    "not-sanctioned": ([REGISTERED], REINSTATED, WARNED),
    "term-not-over": ([REGISTERED, replace(SUSPENDED, until=NOW + 1), BLACKLISTED], TERM_OVER, REINSTATED),
    "not-appealed": ([REGISTERED, SUSPENDED], UPHELD, REINSTATED),
    "appeal-late": ([REGISTERED, replace(SUSPENDED, appeal_by=NOW - 1)], APPEALED, REINSTATED),
    "appealed-already": ([REGISTERED, SUSPENDED, APPEALED], APPEALED, REINSTATED),
    "sanction-without-evidence": ([REGISTERED], replace(SUSPENDED, entries=()), SUSPENDED),
}


OF_THE_NAME = {"reserved-name"}  # the stream breaks it, below


def test_every_rule_has_its_story():
    assert STORIES.keys() | OF_THE_NAME == RULES.keys()


@pytest.mark.parametrize("rule", STORIES)
def test_a_fact_that_breaks_a_rule_is_told_from_its_neighbour(rule):
    story, odd, regular = STORIES[rule]

    assert party(*story).irregularities == ()
    assert broken(party(*story), odd) == rule
    assert broken(party(*story), regular) is None


@pytest.mark.parametrize(
    ("rule", "story", "event"),
    [
        ("not-sanctioned", [REGISTERED], APPEALED),
        ("not-qualified", [REGISTERED, OVER, LAPSED], LAPSED),
        ("not-yet-over", [REGISTERED, RENEWED], LAPSED),
        ("over-already", [REGISTERED], OVER),
        ("key-used", [REGISTERED, KEYED], KEYED),
        ("not-sanctioned", [REGISTERED, SUSPENDED, REINSTATED], REINSTATED),
        ("not-sanctioned", [REGISTERED, SUSPENDED, REINSTATED], APPEALED),
        ("sanction-without-evidence", [REGISTERED], replace(BLACKLISTED, entries=())),
        ("sanction-without-evidence", [REGISTERED], replace(EXPELLED, entries=())),
        *(
            ("not-registered", [], event)
            for event in (QUALIFIED, LAPSED, WARNED, SUSPENDED, BLACKLISTED, EXPELLED, REINSTATED, APPEALED)
        ),
    ],
)
def test_a_rule_holds_in_every_form(rule, story, event):
    assert broken(party(*story), event) == rule


@pytest.mark.parametrize(
    ("story", "event"),
    [
        ([REGISTERED, replace(SUSPENDED, appeal_by=NOW)], APPEALED),
        ([REGISTERED, SUSPENDED], APPEALED),
        ([REGISTERED, WARNED], APPEALED),
        ([REGISTERED, SUSPENDED, APPEALED, REINSTATED, SUSPENDED], APPEALED),
        ([REGISTERED, SUSPENDED, APPEALED, SUSPENDED], APPEALED),
        ([REGISTERED, WARNED, SUSPENDED, APPEALED], APPEALED),
        ([REGISTERED, replace(SUSPENDED, appeal_by=1), SUSPENDED], APPEALED),
        ([REGISTERED, replace(SUSPENDED, until=NOW)], TERM_OVER),
        ([REGISTERED, SUSPENDED, APPEALED], UPHELD),
        ([REGISTERED, SUSPENDED], EXPELLED),
        ([REGISTERED, KEYED], OTHER_KEY),
        ([REGISTERED, OVER], LAPSED),
        ([REGISTERED, OVER, LAPSED], RENEWED),
        ([REGISTERED, SUSPENDED, REINSTATED], SUSPENDED),
        ([REGISTERED], replace(WARNED, entries=EVIDENCE)),
    ],
)
def test_what_breaks_no_rule_is_regular(story, event):
    assert broken(party(*story), event) is None


def test_who_decided_ends_what_is_its_own_and_who_decided_nothing_ends_all():
    both = [REGISTERED, SUSPENDED, ("council", BLACKLISTED)]

    assert [each.severity for each in party(*both, REINSTATED).standing] == ["blacklisted"]
    assert [each.severity for each in party(*both, ("council", REINSTATED)).standing] == ["suspended"]
    assert party(*both, ("other-council", REINSTATED)).standing == ()


def test_who_decided_something_that_stands_upholds_no_appeal_against_anothers_decision():
    appealed = [REGISTERED, SUSPENDED, ("council", WARNED), ("agent-east", APPEALED)]

    assert broken(party(*appealed), ("council", UPHELD)) == "not-appealed"
    assert party(*appealed, ("council", UPHELD)).standing == party(*appealed).standing
    for by in ("kamao", "other-council", "ledger"):
        assert broken(party(*appealed), (by, UPHELD)) is None
        assert [each.severity for each in party(*appealed, (by, UPHELD)).standing] == ["warned"]
    assert party(*appealed, ("council", REINSTATED), ("council", UPHELD)).standing == ()


def test_an_appeal_counts_from_when_it_is_heard_for_the_fold_as_for_the_rule():
    """The clock of who appeals runs ahead, and by that clock it were late."""
    story = [REGISTERED, replace(SUSPENDED, appeal_by=NOW)]
    told = entry(2, APPEALED, NOW + 60_000, stream=STREAM, recorded=NOW)

    known = folded([told], party(*story))

    assert (known.irregularities, known.standing[0].appealed.leaf) == ((), leaf(2))


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        (replace(SUSPENDED, appeal_by=NOW), "term-past"),
        (replace(SUSPENDED, until=NOW), "term-past"),
        (QUALIFIED, "over-already"),
    ],
)
def test_a_term_lies_ahead_as_it_is_heard_whenever_it_is_said_to_have_been_set(event, rule):
    told = entry(1, event, NOW - 1, stream=STREAM, recorded=NOW)

    assert [each.rule for each in folded([told], party(REGISTERED)).irregularities] == [rule]


# the register -----------------------------------------------------------------------------------------
def test_nobody_is_registered_under_the_ledgers_own_name():
    assert broken(after("party/ledger"), REGISTERED) == "reserved-name"
    assert broken(after("party/ledger-west"), REGISTERED) is None
    assert broken(after("party/ledger"), KEYED) == "not-registered"


def test_a_second_registration_changes_neither_name_nor_role():
    known = party(REGISTERED, Registered(name="Kamao", public=True, role="platform"))

    assert (known.name, known.role, known.public) == ("东部代理", "agent", False)
    assert known.registered.leaf == leaf(0)


def test_nobody_is_known_before_the_registration_whatever_else_was_told():
    known = party(KEYED, QUALIFIED, SUSPENDED)

    assert (known.name, known.role, known.registered) == (None, None, None)
    assert [odd.rule for odd in known.irregularities] == ["not-registered"] * 3


# keys -------------------------------------------------------------------------------------------------
def test_a_party_without_a_key_has_none():
    assert party(REGISTERED).key is None


def test_a_new_key_ends_the_one_before_and_no_end_is_moved():
    known = party(REGISTERED, KEYED, OTHER_KEY, THIRD_KEY)

    assert known.key == THIRD_KEY.key
    assert [each.key for each in known.keys] == [KEYED.key, OTHER_KEY.key, THIRD_KEY.key]
    assert [each.ended and each.ended.leaf for each in known.keys] == [leaf(2), leaf(3), None]


def test_a_key_that_another_gave_says_so_and_the_next_of_its_own_does_not():
    known = party(REGISTERED, ("agent-east", KEYED), ("kamao", OTHER_KEY), ("agent-east", THIRD_KEY))

    assert [each.given_by for each in known.keys] == [None, "kamao", None]


# qualification ----------------------------------------------------------------------------------------
def test_a_lapse_is_kept_beside_the_qualification_it_ended():
    qualification = party(REGISTERED, QUALIFIED, LAPSED).qualification

    assert (qualification.verifier, qualification.valid_until) == ("auditor", NOW)
    assert (qualification.mark.leaf, qualification.lapsed.leaf) == (leaf(1), leaf(2))


def test_who_is_qualified_again_has_not_lapsed():
    again = party(REGISTERED, QUALIFIED, LAPSED, RENEWED).qualification

    assert (again.valid_until, again.lapsed, again.mark.leaf) == (2 * NOW, None, leaf(3))


def test_without_a_qualification_a_lapse_leaves_none():
    assert party(REGISTERED, LAPSED).qualification is None


# sanctions --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("event", [WARNED, SUSPENDED, BLACKLISTED, EXPELLED])
def test_a_sanction_keeps_all_that_was_decided(event):
    decided = replace(event, appeal_by=5, entries=EVIDENCE, until=9)

    sanction = party(REGISTERED, decided).sanction

    assert sanction.severity == SEVERITIES[type(event)]
    assert (sanction.reasons, sanction.entries) == (decided.reasons, EVIDENCE)
    assert (sanction.appeal_by, sanction.until) == (5, 9)
    assert (sanction.mark.leaf, sanction.appealed, sanction.ended) == (leaf(1), None, None)
    assert (sanction.by, sanction.ended_by, sanction.ended_why) == ("kamao", None, None)


def test_a_warning_bars_nobody():
    warned = party(REGISTERED, WARNED)

    assert warned.sanction.severity == "warned"
    assert warned.barred(NOW) is None


@pytest.mark.parametrize("event", [SUSPENDED, BLACKLISTED, EXPELLED])
def test_whatever_is_graver_than_a_warning_bars_even_if_a_warning_follows(event):
    barred = party(REGISTERED, event, WARNED)

    assert barred.barred(NOW).mark.leaf == leaf(1)


@pytest.mark.parametrize("event", [SUSPENDED, BLACKLISTED, EXPELLED])
def test_a_decision_whose_term_is_over_bars_no_more_and_stands_until_it_is_ended(event):
    known = party(REGISTERED, replace(event, until=NOW))

    assert known.barred(NOW - 1).mark.leaf == leaf(1)
    assert known.barred(NOW) is None
    assert known.sanction.mark.leaf == leaf(1)


def test_behind_a_term_that_is_over_a_lesser_decision_goes_on_barring():
    known = party(REGISTERED, SUSPENDED, replace(EXPELLED, until=NOW))

    assert (known.barred(NOW - 1).severity, known.barred(NOW).severity) == ("expelled", "suspended")


@given(histories(STREAM), times)
def test_who_is_barred_is_so_by_the_gravest_decision_in_force_that_is_no_warning(history, now):
    known = folded(history, after(STREAM))
    barred = known.barred(now)
    barring = [
        each.severity
        for each in known.sanctions
        if each.ended is None and each.severity != "warned" and (each.until is None or now < each.until)
    ]
    gravest = next((grave for grave in ("expelled", "blacklisted", "suspended") if grave in barring), None)

    assert (barred and barred.severity) == gravest


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_the_gravest_decision_stands_before_the_others_in_whatever_order_they_came(order):
    decided = {1: SUSPENDED, 2: BLACKLISTED, 3: EXPELLED}

    assert party(REGISTERED, *(decided[number] for number in order)).sanction.severity == "expelled"


def test_a_reinstatement_ends_what_stands_and_leaves_the_past_as_it_was():
    known = party(REGISTERED, SUSPENDED, REINSTATED, BLACKLISTED, REINSTATED)

    assert known.sanction is known.barred(NOW) is None
    assert [each.severity for each in known.sanctions] == ["suspended", "blacklisted"]
    assert [each.ended.leaf for each in known.sanctions] == [leaf(2), leaf(4)]


def test_a_decision_that_ended_keeps_who_ended_it_and_why():
    (ended,) = party(REGISTERED, SUSPENDED, ("auditor", REINSTATED), ("kamao", TERM_OVER)).sanctions

    assert (ended.by, ended.ended_by, ended.ended_why) == ("kamao", "auditor", "mistake")


def test_a_term_that_is_over_and_an_appeal_that_is_upheld_end_no_other_decision():
    over = party(REGISTERED, replace(SUSPENDED, until=3), BLACKLISTED, TERM_OVER)
    upheld = party(REGISTERED, SUSPENDED, BLACKLISTED, APPEALED, UPHELD)

    assert [each.severity for each in over.standing] == ["blacklisted"]
    assert [each.severity for each in upheld.standing] == ["suspended"]


def test_an_appeal_stays_where_it_was_first_made_and_so_does_a_lapse():
    appealed = party(REGISTERED, SUSPENDED, APPEALED, APPEALED)
    lapsed = party(REGISTERED, QUALIFIED, LAPSED, LAPSED)

    assert appealed.sanction.appealed.leaf == leaf(2)
    assert lapsed.qualification.lapsed.leaf == leaf(2)


def test_a_sanction_after_a_reinstatement_stands():
    assert party(REGISTERED, SUSPENDED, REINSTATED, SUSPENDED).barred(NOW).mark.leaf == leaf(3)


def test_an_appeal_is_of_the_gravest_decision_that_stands_and_ends_nothing():
    known = party(REGISTERED, BLACKLISTED, REINSTATED, WARNED, SUSPENDED, APPEALED)

    assert [each.appealed and each.appealed.leaf for each in known.sanctions] == [None, None, leaf(5)]
    assert known.barred(NOW).mark.leaf == leaf(4)


def test_an_appeal_of_nothing_changes_nothing_but_is_kept():
    before, known = party(REGISTERED), party(REGISTERED, APPEALED)

    assert known.sanctions == before.sanctions
    assert [(odd.rule, odd.leaf) for odd in known.irregularities] == [("not-sanctioned", leaf(1))]


def test_what_was_decided_late_in_the_telling_rests_on_when_it_was_known():
    hour = 60 * 60 * 1000
    late = entry(1, SUSPENDED, 0, stream=STREAM, recorded=hour)

    assert folded([late], party(REGISTERED)).barred(hour).mark.effective == hour

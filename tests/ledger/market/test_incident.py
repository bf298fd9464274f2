import pytest
from msgspec.structs import replace

from mingdan.ledger.market.incident import RULES, Acknowledged, Acted, Incident, Reported, Resolved

from .told import NOW, Told, after, broken, entry, folded, leaf

STREAM = "exception/outage-7"
REPORTED = Reported(kind="fault", scope=("card-100",), starts=0)
BY_BRAND = ("brand", REPORTED)
KNOWN, KNOWN_WEST = ("agent-east", Acknowledged()), ("agent-west", Acknowledged())
ACTED = ("agent-east", Acted(action="stop_intake"))
RESOLVED = ("brand", Resolved())


def incident(*story: Told) -> Incident:
    return after(STREAM, *story)


# one story for each rule ------------------------------------------------------------------------------
STORIES = {  # rule -> story, the fact that breaks it, its neighbour that does not
    "not-reported": ([], KNOWN, BY_BRAND),
    "no-scope": ([], ("brand", replace(REPORTED, scope=())), BY_BRAND),
    "ends-before-start": (
        [],
        ("brand", replace(REPORTED, starts=9, expected_end=8)),
        ("brand", replace(REPORTED, starts=9, expected_end=9)),
    ),
    "reported-twice": ([BY_BRAND], ("agent-east", REPORTED), KNOWN),
    "resolved-already": ([BY_BRAND, RESOLVED], RESOLVED, KNOWN),
    "known-already": ([BY_BRAND, KNOWN], KNOWN, KNOWN_WEST),
    "not-acknowledged": ([BY_BRAND, KNOWN_WEST], ACTED, ("agent-west", Acted(action="reroute"))),
}


def test_every_rule_has_its_story():
    assert STORIES.keys() == RULES.keys()


@pytest.mark.parametrize("rule", STORIES)
def test_a_fact_that_breaks_a_rule_is_told_from_its_neighbour(rule):
    story, odd, regular = STORIES[rule]

    assert incident(*story).irregularities == ()
    assert broken(incident(*story), odd) == rule
    assert broken(incident(*story), regular) is None


@pytest.mark.parametrize(
    ("rule", "story", "told"),
    [
        ("not-reported", [], ACTED),
        ("not-reported", [], RESOLVED),
        ("known-already", [BY_BRAND], ("brand", Acknowledged())),
        ("known-already", [BY_BRAND, KNOWN, RESOLVED], KNOWN),
        ("known-already", [BY_BRAND, RESOLVED], ("brand", Acknowledged())),
        ("not-acknowledged", [BY_BRAND], ("agent-east", Acted(action="notify"))),
        ("resolved-already", [BY_BRAND, KNOWN, RESOLVED], ACTED),
        ("resolved-already", [BY_BRAND, RESOLVED], ACTED),
        ("reported-twice", [BY_BRAND, RESOLVED], BY_BRAND),
    ],
)
def test_a_rule_holds_in_every_form(rule, story, told):
    assert broken(incident(*story), told) == rule


@pytest.mark.parametrize(
    ("story", "told"),
    [
        ([BY_BRAND], RESOLVED),
        ([BY_BRAND], ("brand", Acted(action="notify"))),
        ([BY_BRAND, KNOWN], ACTED),
        ([BY_BRAND, KNOWN, ACTED], ACTED),
        ([BY_BRAND, KNOWN, ACTED], RESOLVED),
        ([BY_BRAND, KNOWN], ("agent-east", Resolved())),
        ([BY_BRAND, KNOWN, RESOLVED], KNOWN_WEST),
        ([], ("brand", replace(REPORTED, starts=2 * NOW))),
    ],
)
def test_what_breaks_no_rule_is_regular(story, told):
    assert broken(incident(*story), told) is None


# what is known of it ----------------------------------------------------------------------------------
def test_a_second_report_changes_nothing():
    known = incident(BY_BRAND, ("agent-east", replace(REPORTED, kind="surge")))

    assert (known.report, known.reporter, known.reported.leaf) == (REPORTED, "brand", leaf(0))


def test_who_reports_knows_and_others_know_once_they_have_acknowledged():
    known = incident(BY_BRAND, KNOWN)

    assert known.known_to("brand").leaf == leaf(0)
    assert known.known_to("agent-east").leaf == leaf(1)
    assert known.known_to("agent-west") is None
    assert incident().known_to("brand") is None


def test_a_tier_has_known_since_it_first_acknowledged():
    known = incident(BY_BRAND, KNOWN, KNOWN)

    assert known.known_to("agent-east").leaf == leaf(1)
    assert [odd.rule for odd in known.irregularities] == ["known-already"]


def test_actions_are_kept_with_who_took_them():
    known = incident(BY_BRAND, KNOWN, ACTED, ("brand", Acted(action="refund_all")))

    assert [(each.by, each.action, each.mark.leaf) for each in known.actions] == [
        ("agent-east", "stop_intake", leaf(2)),
        ("brand", "refund_all", leaf(3)),
    ]


def test_acting_is_no_acknowledgement():
    assert incident(BY_BRAND, ACTED).known_to("agent-east") is None


def test_a_tier_that_acknowledges_after_the_end_was_blind_until_then():
    known = incident(BY_BRAND, RESOLVED, KNOWN)

    assert known.irregularities == ()
    assert known.known_to("agent-east").leaf == leaf(2)
    assert known.resolved.leaf == leaf(1)


def test_the_first_end_of_an_exception_stands():
    assert incident(BY_BRAND, RESOLVED, RESOLVED).resolved.leaf == leaf(1)


def test_an_acknowledgement_told_late_counts_from_when_it_was_known():
    hour = 60 * 60 * 1000
    late = entry(1, KNOWN, 0, stream=STREAM, recorded=hour)

    assert folded([late], incident(BY_BRAND)).known_to("agent-east").effective == hour

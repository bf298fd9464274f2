import pytest
from hypothesis import given
from msgspec.structs import replace

from mingdan.ledger.market import fold
from mingdan.ledger.market.promise import LONGEST, ON_THE_WAY, RULES, Promise, Published, StageLimits

from .told import NOW, after, broken, entry, folded, histories, leaf, times

STREAM = "policy/default"
FIRST = Published(
    clock_start="paid",
    due_in=1,
    notice_within=1,
    since=NOW,
    stage_limits=StageLimits(),
    text="Delivered within a day.",
    title="A day",
    version=1,
    zone="Asia/Shanghai",
)
SECOND = replace(FIRST, due_in=2, since=2 * NOW, version=2)


def promise(*story: Published) -> Promise:
    return after(STREAM, *story)


# one story for each rule ------------------------------------------------------------------------------
STORIES = {  # rule -> story, the version that breaks it, its neighbour that does not
    "too-long": ([], replace(FIRST, due_in=LONGEST + 1), replace(FIRST, due_in=LONGEST)),
    "version-not-next": ([], SECOND, FIRST),
    "since-goes-back": ([FIRST, SECOND], replace(SECOND, since=2 * NOW - 1, version=3),
                        replace(SECOND, version=3)),
    "no-expression": ([], replace(FIRST, compensation="amount // 0"),
                      replace(FIRST, compensation="amount // 2")),
    "retroactive": ([], replace(FIRST, since=NOW - ON_THE_WAY - 1), replace(FIRST, since=NOW - ON_THE_WAY)),
}  # fmt: skip


def test_every_rule_has_its_story():
    assert STORIES.keys() == RULES.keys()


@pytest.mark.parametrize("rule", STORIES)
def test_a_version_that_breaks_a_rule_is_told_from_its_neighbour(rule):
    story, odd, regular = STORIES[rule]

    assert promise(*story).irregularities == ()
    assert broken(promise(*story), odd) == rule
    assert broken(promise(*story), regular) is None


@pytest.mark.parametrize("version", [1, 3])
def test_a_version_is_neither_told_twice_nor_left_out(version):
    assert broken(promise(FIRST), replace(SECOND, version=version)) == "version-not-next"


@pytest.mark.parametrize("text", ["import os", "amount // units", "amount*2", "1" * 200])
def test_terms_of_history_with_a_compensation_that_nobody_could_reckon_are_kept_as_odd(text):
    known = promise(FIRST, replace(SECOND, compensation=text))

    assert known.edition(2).terms.compensation == text
    assert [(odd.rule, odd.leaf) for odd in known.irregularities] == [("no-expression", leaf(1))]


def test_terms_hold_from_the_very_instant_they_are_heard_at_the_earliest():
    """I6"""
    early = entry(0, replace(FIRST, since=0), 0, stream=STREAM, recorded=NOW)
    known = folded([early], fold.empty(STREAM))

    assert known.in_force(NOW - 1) is None
    assert known.in_force(NOW).terms.version == 1


def test_terms_are_judged_by_when_they_are_heard_and_not_by_when_they_are_said_to_be_published():
    """I6"""
    late = entry(0, FIRST, NOW, stream=STREAM, recorded=NOW + ON_THE_WAY + 1)

    assert [odd.rule for odd in folded([late], fold.empty(STREAM)).irregularities] == ["retroactive"]


# which version an order falls under -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("at", "version"),
    [(NOW - 1, None), (NOW, 1), (2 * NOW - 1, 1), (2 * NOW, 2), (9 * NOW, 2)],
)
def test_an_order_falls_under_the_version_that_holds_when_it_is_placed(at, version):
    edition = promise(FIRST, SECOND).in_force(at)

    assert (None if edition is None else edition.terms.version) == version


def test_of_two_versions_that_hold_from_one_instant_the_later_counts():
    at_once = replace(SECOND, since=NOW)

    assert promise(FIRST, at_once).in_force(NOW).terms == at_once


def test_a_version_is_found_by_its_number_with_the_entry_that_published_it():
    known = promise(FIRST, SECOND)

    assert known.edition(2).terms == SECOND
    assert known.edition(2).mark.leaf == leaf(1)
    assert known.edition(3) is known.edition(None) is None


def test_a_number_stands_for_what_was_first_published_under_it():
    known = promise(FIRST, replace(FIRST, due_in=9))

    assert known.edition(1).terms == FIRST
    assert [odd.rule for odd in known.irregularities] == ["version-not-next"]


@given(histories(STREAM), times)
def test_what_is_in_force_holds_already_and_was_published(history, at):
    known = after(STREAM, *(each.event for each in history))
    edition = known.in_force(at)
    holding = [each for each in known.editions if max(each.terms.since, each.mark.known) <= at]

    assert edition == (holding[-1] if holding else None)
    assert {each.terms for each in known.editions} <= {each.event for each in history}

"""What the rules find of words: right ones, doubtful ones, wrong ones."""

import json
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.event import RecipientChecked
from mingdan.ledger.recipient.check import check
from mingdan.ledger.recipient.hint import HINTS, Code, distance
from mingdan.ledger.recipient.reading import rules_in

from .told import FITTING, INVALID, SUSPECT, TIDIED, player

RULES = rules_in(None)
WORDS = [words for _, words, *_ in [*FITTING, *TIDIED, *SUSPECT, *INVALID] if len(words) < 1000]
LETTERS = "0OoIl|1８Ａа\u200b\u3000 -—@.，+听一区"


@st.composite
def nearly_right(draw):
    """Words of the tables with one character replaced by, or followed by, one that looks like another."""
    words = draw(st.sampled_from(WORDS))
    place = draw(st.integers(0, len(words)))
    return words[:place] + draw(st.sampled_from(LETTERS)) + words[place + draw(st.integers(0, 1)) :]


rules = st.sampled_from(list(RULES.values()))
words = st.text() | nearly_right() | st.dictionaries(st.text(), st.text()).map(json.dumps)


@pytest.mark.parametrize(("rule", "words"), FITTING)
def test_words_that_fit_are_ok_and_nothing_else_was_meant(rule, words):
    found = check(RULES[rule], words)

    assert (found.rule, found.result, found.hint, found.meant) == (rule, "ok", "fits", None)


@pytest.mark.parametrize(("rule", "words", "meant"), TIDIED)
def test_what_does_not_count_is_left_out_and_said(rule, words, meant):
    found = check(RULES[rule], words)

    assert (found.result, found.hint, found.meant) == ("ok", "tidied", meant)


@pytest.mark.parametrize(("rule", "words", "hint", "field", "meant"), SUSPECT)
def test_words_that_look_like_others_are_suspect_and_say_what_was_meant(rule, words, hint, field, meant):
    found = check(RULES[rule], words)

    assert (found.result, found.hint, found.field, found.meant) == ("suspect", hint, field, meant)


@pytest.mark.parametrize(("rule", "words", "hint", "field"), INVALID)
def test_words_that_cannot_be_right_are_invalid_and_say_why(rule, words, hint, field):
    found = check(RULES[rule], words)

    assert (found.result, found.hint, found.field, found.meant) == ("invalid", hint, field, None)


@pytest.mark.parametrize(
    ("start", "carrier"),
    [
        ("134", "中国移动"),
        ("1349", "中国电信"),
        ("195", "中国移动"),
        ("145", "中国联通"),
        ("196", "中国联通"),
        ("17400", "中国电信"),
        ("193", "中国电信"),
        ("192", "中国广电"),
        ("165", "虚拟运营商（移动网络）"),
        ("1703", "虚拟运营商（移动网络）"),
        ("167", "虚拟运营商（联通网络）"),
        ("171", "虚拟运营商（联通网络）"),
        ("162", "虚拟运营商（电信网络）"),
        ("1700", "虚拟运营商（电信网络）"),
    ],
)
def test_the_segment_of_a_number_names_who_issued_it(start, carrier):
    found = check(RULES["cn-mobile"], start.ljust(11, "0"))

    assert found.result == "ok"
    assert found.segment.zh_cn == carrier


def test_no_segment_is_given_to_two():
    starts = [start for each in RULES["cn-mobile"].field[0].segment for start in each.starts]

    assert len(starts) == len(set(starts))
    assert all(start.isdigit() for start in starts)


@pytest.mark.parametrize("domain", RULES["mail-account"].field[0].mail.known)
def test_a_known_domain_is_never_a_slip_of_another(domain):
    assert check(RULES["mail-account"], f"nobody-at-all@{domain}").hint == "fits"


def test_a_field_that_the_rule_lacks_is_not_named_for_its_name_is_private_too():
    found = check(RULES["game-cloudrealm"], player(**{"13800000000": "x"}))

    assert (found.hint, found.field) == ("unknown_field", "account")
    assert "13800000000" not in found.echo


@given(rules, words)
def test_any_words_are_judged_and_the_ledger_can_record_what_was_found(rule, words):
    found = check(rule, words)
    told = {"field": found.field, "result": found.result, "rule": found.rule}

    assert msgspec.convert(told, RecipientChecked)
    assert found.field in rule.names


@given(rules, words)
def test_what_was_probably_meant_is_ok_itself_and_other_than_the_words(rule, words):
    found = check(rule, words)

    if found.meant is not None:
        again = check(rule, found.meant)
        assert found.meant != words
        assert (again.result, again.hint, again.meant) == ("ok", "fits", None)


@given(rules, words)
def test_words_that_are_not_as_they_should_be_never_pass_silently(rule, words):
    found = check(rule, words)

    assert (found.hint == "fits") <= (found.meant is None)
    assert (found.hint == "tidied") <= (found.meant is not None)
    assert (found.result == "invalid") <= (found.meant is None)


def test_every_hint_has_a_sentence_in_both_languages_and_stands_in_order():
    results = [HINTS[code].result for code in get_args(Code)]

    assert list(HINTS) == list(get_args(Code)) == sorted(HINTS, key=distance)
    assert results == sorted(results, key=["ok", "suspect", "invalid"].index)
    assert all(each.says.zh_cn.endswith("。") and each.says.en.endswith(".") for each in HINTS.values())
    assert len({each.says.en for each in HINTS.values()}) == len(HINTS)


def test_every_hint_is_given_for_some_words():
    given_ = {check(RULES[rule], words).hint for rule, words, *_ in [*FITTING, *TIDIED, *SUSPECT, *INVALID]}

    assert given_ == set(HINTS)

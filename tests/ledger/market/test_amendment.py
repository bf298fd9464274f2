from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from mingdan.ledger.market.amendment import TERMS, alike, changes, terms, text_changes
from mingdan.ledger.market.promise import Published, StageLimits

FIRST = Published(
    clock_start="paid",
    due_in=1,
    notice_within=1,
    since=0,
    stage_limits=StageLimits(stock=5),
    text="a\nb\nc",
    title="t",
    version=1,
    zone="UTC",
)
words = st.lists(st.sampled_from("abc"), min_size=1, max_size=12).map("\n".join)


def test_every_field_of_a_version_is_a_term_or_has_its_own_place():
    stages = {f"stage_limits.{each.name}" for each in fields(StageLimits)}
    named = {each.name for each in fields(Published)} - {"since", "stage_limits", "text", "version"}

    assert set(TERMS) == named | stages


def test_what_differs_is_told_with_what_it_was():
    after = replace(FIRST, due_in=2, pauses=("risk",), stage_limits=StageLimits(relay=3), version=2)

    assert changes(FIRST, after) == (
        ("due_in", 1, 2),
        ("pauses", (), ("risk",)),
        ("stage_limits.stock", 5, None),
        ("stage_limits.relay", None, 3),
    )


def test_when_a_version_holds_is_no_difference():
    assert alike(FIRST, replace(FIRST, since=9, version=2))
    assert not alike(FIRST, replace(FIRST, text="a"))


def test_lines_that_stay_are_left_out_but_for_those_around():
    before = "\n".join(map(str, range(20)))

    assert text_changes(before, before.replace("\n10\n", "\nten\n")) == (
        ("left", ""),
        ("same", "8"),
        ("same", "9"),
        ("gone", "10"),
        ("new", "ten"),
        ("same", "11"),
        ("same", "12"),
        ("left", ""),
    )


def test_texts_that_are_the_same_differ_in_nothing():
    assert text_changes("a\nb", "a\nb") == ()


@given(words, words)
def test_what_goes_and_what_comes_is_all_there_is_between_two_texts(before, after):
    """Without the lines that are left out, both texts can be read from what is told."""
    told = text_changes(before, after)
    gone = [each.text for each in told if each.mark == "gone"]
    new = [each.text for each in told if each.mark == "new"]

    assert len(before.split("\n")) - len(gone) == len(after.split("\n")) - len(new)
    assert (before == after) == (told == ())
    assert sorted(before.split("\n") + new) == sorted(after.split("\n") + gone)


@given(st.sampled_from(TERMS), st.integers(2, 99))
def test_a_term_that_is_changed_is_the_one_that_is_told(term, value):
    stage = term.removeprefix("stage_limits.")
    changed = (
        replace(FIRST, stage_limits=replace(FIRST.stage_limits, **{stage: value}))
        if stage != term
        else (replace(FIRST, **{term: value}))
    )

    assert [each.term for each in changes(FIRST, changed)] == ([] if terms(FIRST)[term] == value else [term])

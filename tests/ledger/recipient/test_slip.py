"""A slip of the finger is found, and nothing further away."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mingdan.ledger.recipient.slip import near

KNOWN = ("lantern.example", "crane.example")


@pytest.mark.parametrize(
    "text",
    [
        "lantren.example",
        "lanten.example",
        "lanttern.example",
        "lamtern.example",
        "antern.example",
        "lantern.exampl",
    ],
)
def test_one_letter_wrong_missing_surplus_or_swapped_is_a_slip(text):
    assert near(text, KNOWN) == "lantern.example"


@pytest.mark.parametrize("text", ["lantern.example", "lamtren.example", "lan.example", "", "x"])
def test_what_is_right_or_further_off_is_none(text):
    assert near(text, KNOWN) is None


def test_between_two_names_nobody_knows_which_was_meant():
    assert near("灯三区", ["灯一区", "灯二区"]) is None


def test_in_two_letters_one_is_too_much_to_guess():
    assert near("灯三", ["灯一"]) is None


@given(st.text("abc", min_size=4), st.integers(0), st.sampled_from("abc"))
def test_slips_are_the_same_in_both_directions(name, place, letter):
    place %= len(name)
    slipped = name[:place] + letter + name[place + 1 :]
    assume(slipped != name)

    assert near(slipped, [name]) == name
    assert near(name, [slipped]) == slipped

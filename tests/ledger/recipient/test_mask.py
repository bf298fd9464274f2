"""What may be shown of words to confirm them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.recipient.mask import HIDDEN, mask

from .told import player

parts = st.dictionaries(
    st.text(), st.text() | st.integers() | st.floats() | st.none() | st.lists(st.text()), max_size=4
)
words = (
    st.text()
    | st.text("0123456789 -+")
    | st.text("ab12@.-_*{}")
    | parts.map(json.dumps)
    | parts.map(lambda each: json.dumps(each, ensure_ascii=False))
)


def letters(text: str) -> int:
    return sum(letter.isalnum() for letter in text)


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        ("13800000012", "138******12"),
        ("+86 138-0000-0012", "+86 1**-****-**12"),
        ("10000", "1***0"),
        ("player-7", "p*****-7"),
        ("bao@example.invalid", "b**@*******.******d"),
        ("听雪楼", "听**"),
        ("ab", "a*"),
        ("a", "*"),
        ("", ""),
        ("@", "*"),
        ("!?", "**"),
        (player(), '{"account": "*******", "region": "******", "server": "******"}'),
    ],
)
def test_a_masked_echo_keeps_the_form(words, masked):
    names = ("account", "region", "server")
    if words.startswith("{"):
        masked = '{"account": "m***_7", "region": "华**区", "server": "听**"}'

    assert mask(words, names) == masked


def test_a_field_that_no_rule_names_is_masked_like_its_text():
    assert mask('{"13800000000": "x", "account": "player"}', ["account"]) == (
        '{"138******00": "*", "account": "p****r"}'
    )


@given(words)
def test_no_more_than_half_of_the_letters_and_digits_are_shown(words):
    assert letters(mask(words)) <= letters(words) // 2


@given(st.lists(st.text(), min_size=3, max_size=3))
def test_no_more_than_half_of_any_field_is_shown(texts):
    names = ("account", "region", "server")
    shown = json.loads(mask(player(*texts), names))

    assert list(shown) == list(names)
    assert all(letters(shown[name]) <= letters(text) // 2 for name, text in zip(names, texts, strict=True))


@given(st.text())
def test_a_masked_text_has_as_many_characters_and_each_is_its_own_or_hidden(text):
    masked = mask(text) if not text.lstrip().startswith("{") else text

    assert len(masked) == len(text)
    assert all(shown in (own, HIDDEN) for shown, own in zip(masked, text, strict=True))


@given(words)
def test_masking_again_keeps_the_shape_and_shows_nothing_more(words):
    once = mask(words)
    twice = mask(once)

    assert len(twice) == len(once)
    assert all(again in (shown, HIDDEN) for again, shown in zip(twice, once, strict=True))


@given(st.text())
def test_words_of_two_or_more_letters_begin_with_their_own(text):
    word = "player" + "".join(filter(str.isalnum, text))

    assert mask(word)[0] == "p"
    assert mask(word)[1:-1] == HIDDEN * (len(word) - 2)

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import Malformed
from mingdan.ledger.handle import drawn_of, handle_of, stream_of

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, section 6, in lower case

draws = st.binary(min_size=16, max_size=16)


def by_hand(drawn: bytes) -> str:
    bits = int.from_bytes(drawn, "big") << 2  # 128 bits fill 26 digits of five bits but for two
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(26)))


@given(draws)
def test_a_handle_is_the_base32_of_its_sixteen_bytes(drawn):
    assert handle_of(drawn) == by_hand(drawn)


@given(draws)
def test_a_handle_gives_back_what_was_drawn(drawn):
    assert drawn_of(handle_of(drawn)) == drawn


@given(st.text() | st.text(alphabet=ALPHABET, min_size=25, max_size=27) | st.text(ALPHABET.upper()))
def test_only_what_we_would_print_is_a_handle(text):
    try:
        printed = handle_of(drawn_of(text))
    except Malformed as refusal:
        printed, shown = None, refusal.evidence["got"]
    else:
        shown = text[:40]

    assert printed in (None, text)
    assert shown == text[:40]


@pytest.mark.parametrize(
    "handle",
    [
        "",
        "A" * 26,
        "a" * 25 + "b",  # the last two bits are not zero
        "a" * 24,
        "a" * 26 + "======",
        "a" * 25 + "1",
        "a" * 25 + "ı",
        " " + "a" * 26,
        "a" * 26 + "\n",
    ],
)
def test_a_handle_has_one_spelling(handle):
    with pytest.raises(Malformed):
        drawn_of(handle)


@given(draws)
def test_the_stream_of_a_handle_is_the_hash_of_what_was_drawn(drawn):
    assert stream_of(handle_of(drawn)) == "order/" + sha256(b"mingdan/handle/v1\n" + drawn).hexdigest()


def test_the_stream_of_a_known_handle_is_known():
    drawn = bytes(range(16))

    assert handle_of(drawn) == "aaaqeayeaudaocajbifqydiob4"
    assert stream_of("aaaqeayeaudaocajbifqydiob4") == (
        "order/b43a7ede422c770ae96c0a2d8dbc3a111888f8d5352e11b30c232ad20a126440"
    )


def test_a_stream_needs_a_handle():
    with pytest.raises(Malformed):
        stream_of("not a handle")

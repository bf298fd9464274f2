"""The oracle is HMAC as RFC 2104 writes it over bytes laid out by hand, and once OpenSSL's command."""

from hashlib import sha256
from struct import pack

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mingdan.ledger.commitment import SECRET_SIZE, commit, committed, opening, opens
from mingdan.ledger.event import KINDS, PRIVATE, Placed

FIELDS = sorted({field for names in PRIVATE.values() for field in names})

secrets = st.binary(min_size=SECRET_SIZE, max_size=SECRET_SIZE)
seqs = st.integers(1, 2**53 - 1)
names = st.sampled_from(FIELDS)
words = st.text(min_size=1)


def hmac(key: bytes, message: bytes) -> bytes:
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    return sha256(outer + sha256(inner + message).digest()).digest()


def opening_by_hand(secret: bytes, seq: int, field: str) -> bytes:
    return hmac(secret, b"mingdan/opening/v1\n" + pack(">QB", seq, len(field)) + field.encode())


def commitment_by_hand(secret: bytes, seq: int, field: str, text: str) -> str:
    opened, value = opening_by_hand(secret, seq, field), text.encode()
    message = opened + pack(">B", len(field)) + field.encode() + pack(">I", len(value)) + value
    return hmac(b"mingdan/commit/v1", message).hex()


@given(secrets, seqs, names)
def test_an_opening_is_as_the_formula_says(secret, seq, field):
    assert opening(secret, seq, field) == opening_by_hand(secret, seq, field)


@given(secrets, seqs, names, words)
def test_a_commitment_is_as_the_formula_says(secret, seq, field, text):
    made = commit(opening(secret, seq, field), field, text)

    assert made == commitment_by_hand(secret, seq, field, text)


def test_a_known_commitment_stays_what_it_is():
    opened = opening(bytes(range(32)), 7, "recipient")

    assert opened.hex() == "d949b28f125b59e81fbf4caa0a4bed86d4b7ccc1af1bc9cf44a99f67d1f8f93a"
    assert (
        commit(opened, "recipient", "player-7")
        == "bbe74cfa23b3e6b3eac6f92c7e4755ed47c36fd41ea8ef862bfae3b63b599e36"
    )


@given(secrets, seqs, names, words)
def test_the_opening_and_the_words_open_a_commitment(secret, seq, field, text):
    opened = opening(secret, seq, field)

    assert opens(commit(opened, field, text), opened, field, text)


@given(secrets, seqs, names, words, words)
def test_other_words_open_nothing(secret, seq, field, text, other):
    assume(text != other)
    opened = opening(secret, seq, field)

    assert not opens(commit(opened, field, text), opened, field, other)


places = st.tuples(secrets, seqs, names)


@given(places, places, words)
def test_another_secret_another_seq_and_another_field_have_another_opening(one, other, text):
    assume(one != other)

    assert opening(*one) != opening(*other)
    assert not opens(commit(opening(*one), one[2], text), opening(*other), one[2], text)


@given(secrets, secrets, seqs, names, words)
def test_without_the_secret_nothing_opens(secret, guessed, seq, field, text):
    assume(secret != guessed)
    commitment = commit(opening(secret, seq, field), field, text)

    assert not opens(commitment, opening(guessed, seq, field), field, text)


@given(secrets, seqs, words)
def test_the_same_words_in_two_orders_look_different(secret, seq, text):
    other = bytes(byte ^ 1 for byte in secret)

    assert commit(opening(secret, seq, "contact"), "contact", text) != commit(
        opening(other, seq, "contact"), "contact", text
    )


@given(secrets, seqs)
def test_where_a_name_ends_and_the_words_begin_is_part_of_the_commitment(secret, seq):
    opened = opening(secret, seq, "ab")

    assert commit(opened, "ab", "c") != commit(opened, "a", "bc")


PLACED = Placed(platform="kamao", sku="card-100")


@given(secrets, seqs, words, words)
def test_a_fields_commitment_does_not_turn_on_another_fields_words(secret, seq, recipient, contact):
    both = committed(PLACED, {"recipient": recipient, "contact": contact}, secret, seq)
    one = committed(PLACED, {"recipient": recipient}, secret, seq)

    assert both.recipient == one.recipient
    assert both.contact == commitment_by_hand(secret, seq, "contact", contact)
    assert one.contact is None


@given(st.data(), secrets, seqs)
@pytest.mark.parametrize("fact", PRIVATE)
def test_every_private_field_is_committed_to_and_all_else_stays(fact, data, secret, seq):
    event = data.draw(st.from_type(fact))
    private = data.draw(st.fixed_dictionaries(dict.fromkeys(PRIVATE[fact], words)))

    made = committed(event, private, secret, seq)

    assert {field: getattr(made, field) for field in private} == {
        field: commitment_by_hand(secret, seq, field, text) for field, text in private.items()
    }
    public = set(fact.__struct_fields__) - private.keys()
    assert all(getattr(made, field) == getattr(event, field) for field in public)


def test_every_name_of_a_private_field_fits_its_length_byte():
    assert FIELDS
    assert all(len(field.encode()) < 256 for field in FIELDS)
    assert set(PRIVATE) <= set(KINDS.values())

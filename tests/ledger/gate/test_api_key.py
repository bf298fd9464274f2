"""Keys: 256 random bits that nobody keeps, found by an id, good for a party and a time."""

from __future__ import annotations

import pytest

from mingdan.ledger.errors import Misuse, NotFound
from mingdan.ledger.gate.api_key import digest_of, draw_key, id_in, opens

from .trading import NOON


def test_a_key_is_an_id_and_256_bits_of_which_a_hash_is_kept():
    key, text = draw_key("shop", ("order", "hop.accepted"), NOON, draw=lambda size: bytes(range(size)))

    assert text == "mdk_aaaqeayeaudaocaj"[:12] + "_aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq"
    assert id_in(text) == key.id == "aaaqeaye"
    assert key.digest == digest_of(text)
    assert text[13:] not in repr(key)


def test_two_keys_are_never_the_same():
    assert draw_key("shop", (), NOON)[1] != draw_key("shop", (), NOON)[1]


def test_only_the_very_text_opens():
    key, text = draw_key("shop", (), NOON)

    assert opens(key, text)
    assert not any(opens(key, other) for other in ("", text[:-1], text + "a", text.upper()))


@pytest.mark.parametrize(
    "text", ["", "mdk_", "mdk_aaaaaaaa_", "mdk_aaaaaaaa_" + "1" * 52, "ndk_aaaaaaaa_" + "a" * 52]
)
def test_what_is_no_key_has_no_id(text):
    assert id_in(text) is None


@pytest.mark.parametrize(
    ("party", "kinds", "expires"),
    [
        ("ledger", (), None),
        ("buyer", (), None),
        ("No Party", (), None),
        ("shop", ("log",), None),
        ("shop", ("order.blessed",), None),
        ("shop", (), NOON),
    ],
)
def test_no_key_is_made_that_could_not_be_used(party, kinds, expires):
    with pytest.raises(Misuse):
        draw_key(party, kinds, NOON, expires)


def test_a_ring_gives_back_what_it_was_given(market):
    keys = [draw_key("shop", ("order", "care.offered"), NOON)[0], draw_key("east", (), NOON + 1, NOON + 2)[0]]
    for key in keys:
        market.ring.add(key)

    assert market.ring.all() == keys
    assert market.ring.find(keys[1].id) == keys[1]
    assert market.ring.find("none") is None


def test_a_key_is_revoked_once_and_stays_on_the_ring(market):
    key, _ = draw_key("shop", (), NOON)
    market.ring.add(key)

    market.ring.revoke(key.id, NOON + 1)
    again = market.ring.revoke(key.id, NOON + 2)

    assert again.revoked == NOON + 1
    assert (again.is_good(NOON), len(market.ring.all())) == (False, 1)
    with pytest.raises(NotFound):
        market.ring.revoke("none", NOON)


def test_a_key_is_good_until_it_is_over():
    key, _ = draw_key("shop", (), NOON, NOON + 10)

    assert (key.is_good(NOON + 9), key.is_good(NOON + 10)) == (True, False)

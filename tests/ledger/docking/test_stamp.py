"""How shops sign: known answers from their own documentation, and what else is no signature."""

import pytest

from mingdan.ledger.docking.shop_time import iso, local, told
from mingdan.ledger.docking.stamp import is_fresh, is_same, md5_hex, opened

# From the pages of 卡易信 on signing and on opening cards: examples, no account's.
SIGNED = (
    '10000652fbdd2f637606a2afbb2fe0ca724193.01760767397{"orderNumber":"20251016165825069","outerNumber":""}'
)
SEALED = (
    "C8bR0FfVx+zMUZf/AJS9eyw3rKn+adBuHYqqnSFk09railKZVUvJV0fWO8w6q7OVOEw5RO04TfllBP1+8sjiMyj57JHp/ABJEtny"
    "gPhyYjr/6upkYGi0lAVTSfrxuJaf"
)
NOON = 1_793_491_200_000


def test_the_documented_signature_comes_out():
    assert md5_hex(SIGNED) == "6a414e658265ff3ca665cee3b161c4e9"


def test_the_documented_cards_open():
    assert opened(SEALED, "5fb9600dd400b5e0853caed93ebbfb4e") == (
        '[{"cancelRequest":1,"cardId":"764","cardNo":"123456789","cardPwd":"","status":0}]'
    )


@pytest.mark.parametrize("cipher", ["", "not base64!", "AAAA", SEALED[:-4], SEALED])
def test_what_is_no_cipher_of_this_secret_opens_to_nothing(cipher):
    assert opened(cipher, "0123456789abcdef0123456789abcdef") is None
    assert opened(cipher, "too short") is None


def test_case_does_not_count_and_anything_else_does():
    assert is_same("0aff", " 0AFF\n")
    assert not is_same("0aff", "0afe")
    assert not is_same("0aff", "")
    assert not is_same("0aff", "０aff")


@pytest.mark.parametrize(
    ("at", "fresh"),
    [
        ("1793491200", True),
        ("1793491140", True),
        ("1793491260", True),
        ("1793491139", False),
        ("1793491261", False),
        ("", False),
        ("-1793491200", False),
        ("1793491200.0", False),
        ("١٧٩٣٤٩١٢٠٠", False),
        ("9" * 40, False),
    ],
)
def test_a_time_is_fresh_within_its_window_on_either_side(at, fresh):
    assert is_fresh(at, NOON, 60_000) is fresh


def test_times_of_shops_are_instants_or_nothing():
    assert iso("2026-11-01T00:00:00Z") == local("2026-11-01 08:00:00") == NOON
    assert told(NOON) == "2026-11-01 08:00:00"
    assert [iso(text) for text in (None, "", "soon", "2026-11-01T00:00:00")] == [None] * 4
    assert [local(text) for text in (None, "", "soon", "2026-02-30 00:00:00")] == [None] * 4

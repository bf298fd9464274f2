"""The ring of keys, on both databases."""

from __future__ import annotations

from mingdan.ledger.keeping.key_ring import Key, KeyRing


def test_who_ever_held_a_key_is_known_also_once_it_is_revoked_or_over(stores):
    ring = KeyRing(stores.vault)
    told = [("a", "shop", None), ("b", "shop", 2), ("c", "store", 2), ("d", "east", None)]
    for name, party, expires in told:
        ring.add(Key(id=name, digest=b"", party=party, made=1, expires=expires))
    ring.revoke("d", 3)

    asked = ["shop", "store", "east", "rival", *(f"nobody-{number}" for number in range(2_000))]

    assert ring.holders(asked) == {"shop", "store", "east"}
    assert ring.holders([]) == set()

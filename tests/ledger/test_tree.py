from hashlib import sha256

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import Broken, NotFound
from mingdan.ledger.tree import (
    EMPTY_ROOT,
    Levels,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    parents,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The entries and roots that certificate transparency's first implementation was tested with.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
KNOWN = [leaf_hash(entry) for entry in ENTRIES]

LEAVES = [leaf_hash(b"order %d" % number) for number in range(300)]
HASHES = Levels(LEAVES)
PEER = pymerkle.InmemoryTree.init_from_entries(b"order %d" % number for number in range(300))


@st.composite
def places(draw):
    size = draw(st.integers(1, len(LEAVES)))
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw):
    new = draw(st.integers(0, len(LEAVES)))
    return draw(st.integers(0, new)), new


def flipped(hashes, data):
    """The same hashes with one bit of one of them turned."""
    joined = bytearray(b"".join(hashes))
    at = data.draw(st.integers(0, len(joined) - 1), label="byte")
    joined[at] ^= 1 << data.draw(st.integers(0, 7), label="bit")
    return [bytes(joined[begin : begin + 32]) for begin in range(0, len(joined), 32)]


def mth(leaves):
    """RFC 9162 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m, leaves):
    """RFC 9162 2.1.3.1, word for word."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m, leaves, whole):
    """RFC 9162 2.1.4.1, word for word."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


def split(n):
    return 1 << (n - 1).bit_length() - 1


def test_a_leaf_and_a_node_are_hashed_behind_different_prefixes():
    assert leaf_hash(b"paid") == sha256(b"\x00paid").digest()
    assert node_hash(b"l" * 32, b"r" * 32) == sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_known_roots_come_out(size):
    assert root_of(KNOWN[:size]).hex() == ROOTS[size]


def test_the_known_inclusion_proof_comes_out():
    proof = inclusion_proof(0, 8, Levels(KNOWN))

    assert [sibling.hex() for sibling in proof] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_the_known_consistency_proof_comes_out():
    proof = consistency_proof(6, 8, Levels(KNOWN))

    assert [sibling.hex() for sibling in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_an_odd_last_node_has_no_parent_yet():
    assert parents(LEAVES[:3]) == [node_hash(*LEAVES[:2])]


@given(st.integers(0, len(LEAVES)))
def test_a_root_is_the_one_the_standard_defines(size):
    assert root_of(LEAVES[:size]) == root_at(size, HASHES) == mth(LEAVES[:size])


@given(places())
def test_an_inclusion_proof_is_the_one_the_standard_defines(place):
    index, size = place

    assert inclusion_proof(index, size, HASHES) == path(index, LEAVES[:size])


@given(growths())
def test_a_consistency_proof_is_the_one_the_standard_defines(growth):
    old, new = growth

    assert consistency_proof(old, new, HASHES) == (subproof(old, LEAVES[:new], whole=True) if old else [])


@given(places())
def test_pymerkle_has_the_same_root_and_accepts_our_inclusion_proof(place):
    index, size = place
    theirs = PEER.prove_inclusion(index + 1, size)

    theirs.path[1:] = inclusion_proof(index, size, HASHES)

    assert PEER.get_root(size) == root_at(size, HASHES)
    pymerkle.verify_inclusion(LEAVES[index], root_of(LEAVES[:size]), theirs)


@given(growths().filter(lambda growth: growth[0] > 0))
def test_pymerkle_proves_the_growth_between_our_roots(growth):
    old, new = growth

    pymerkle.verify_consistency(root_at(old, HASHES), root_at(new, HASHES), PEER.prove_consistency(old, new))


@given(places())
def test_every_inclusion_proof_we_make_holds(place):
    index, size = place
    proof = inclusion_proof(index, size, HASHES)

    verify_inclusion(index, size, LEAVES[index], proof, root_of(LEAVES[:size]))


@given(growths())
def test_every_consistency_proof_we_make_holds(growth):
    old, new = growth
    proof = consistency_proof(old, new, HASHES)

    verify_consistency(old, new, root_of(LEAVES[:old]), root_of(LEAVES[:new]), proof)


@given(places(), st.data())
def test_a_flipped_bit_breaks_an_inclusion_proof(place, data):
    index, size = place
    honest = [LEAVES[index], root_at(size, HASHES), *inclusion_proof(index, size, HASHES)]

    leaf, root, *proof = flipped(honest, data)

    with pytest.raises(Broken):
        verify_inclusion(index, size, leaf, proof, root)


@given(growths(), st.data())
def test_a_flipped_bit_breaks_a_consistency_proof(growth, data):
    old, new = growth
    honest = [root_at(old, HASHES), root_at(new, HASHES), *consistency_proof(old, new, HASHES)]
    turned = flipped(honest[:1] if old == 0 < new else honest, data)

    old_root, new_root, *proof = turned + honest[len(turned) :]

    with pytest.raises(Broken):
        verify_consistency(old, new, old_root, new_root, proof)


@given(places(), st.data())
def test_an_inclusion_proof_has_exactly_its_length(place, data):
    index, size = place
    proof = inclusion_proof(index, size, HASHES)
    other = data.draw(
        st.sampled_from([[*proof, LEAVES[0]], proof[:-1] if proof else LEAVES[:1], proof * 2 + LEAVES[:1]])
    )

    with pytest.raises(Broken):
        verify_inclusion(index, size, LEAVES[index], other, root_at(size, HASHES))


@given(growths(), st.data())
def test_a_consistency_proof_has_exactly_its_length(growth, data):
    old, new = growth
    proof = consistency_proof(old, new, HASHES)
    other = data.draw(st.sampled_from([[*proof, LEAVES[0]], proof[:-1] if proof else LEAVES[:1]]))

    with pytest.raises(Broken):
        verify_consistency(old, new, root_at(old, HASHES), root_at(new, HASHES), other)


@given(places().filter(lambda place: place[1] > 1), st.data())
def test_a_leaf_is_not_included_where_another_stands(place, data):
    index, size = place
    other = data.draw(st.integers(0, size - 1).filter(lambda other: other != index))
    proof = inclusion_proof(index, size, HASHES)

    with pytest.raises(Broken):
        verify_inclusion(other, size, LEAVES[index], proof, root_at(size, HASHES))


@given(growths().filter(lambda growth: growth[0] > 0))
def test_a_log_that_rewrote_an_old_entry_is_not_consistent(growth):
    old, new = growth
    forked = Levels([leaf_hash(b"rewritten"), *LEAVES[1:new]])

    with pytest.raises(Broken):
        verify_consistency(
            old, new, root_at(old, HASHES), root_at(new, forked), consistency_proof(old, new, forked)
        )


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_proof_for_a_place_outside_the_tree(index, size):
    with pytest.raises(NotFound):
        inclusion_proof(index, size, HASHES)
    with pytest.raises(Broken):
        verify_inclusion(index, size, LEAVES[0], [], root_of(LEAVES[:1]))


@pytest.mark.parametrize(("old", "new"), [(3, 2), (-1, 2)])
def test_there_is_no_proof_that_a_log_shrank(old, new):
    with pytest.raises(NotFound):
        consistency_proof(old, new, HASHES)
    with pytest.raises(Broken):
        verify_consistency(old, new, LEAVES[0], LEAVES[0], [])


def test_an_empty_tree_has_but_one_root():
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])

    with pytest.raises(Broken):
        verify_consistency(0, 0, LEAVES[0], LEAVES[0], [])
    with pytest.raises(Broken):
        verify_consistency(0, 5, LEAVES[0], root_of(LEAVES[:5]), [])


def test_a_byte_moved_from_one_hash_to_the_next_is_noticed():
    leaf, sibling = LEAVES[0], LEAVES[1]
    root = node_hash(leaf, sibling)

    with pytest.raises(Broken, match="32 bytes"):
        verify_inclusion(0, 2, leaf + sibling[:1], [sibling[1:]], root)


def test_a_broken_proof_tells_the_root_it_led_to():
    with pytest.raises(Broken) as caught:
        verify_inclusion(0, 1, LEAVES[0], [], LEAVES[1])

    assert caught.value.evidence["actual"] == LEAVES[0].hex()
    assert caught.value.evidence["expected"] == LEAVES[1].hex()

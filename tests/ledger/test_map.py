import json
import random
from hashlib import sha256
from math import log2

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.map import (
    KEY_BITS,
    Fork,
    Head,
    Subtree,
    inner_hash,
    join,
    key_of,
    leaf_hash,
    pair_of,
    print_proof,
    prove,
    record_of,
    root_of,
    verify_absence,
    verify_presence,
)
from mingdan.ledger.tree import EMPTY_ROOT

VALUE = Head(3, 17, sha256(b"delivered").digest()).value

# Keys that part anywhere: at the first bits, at the last, and in between.
keys = st.binary(min_size=32, max_size=32) | st.builds(
    lambda head, gap, tail: (head + bytes(gap) + tail).ljust(32, b"\0")[:32],
    st.sampled_from([b"", b"\0", b"\x01", b"\x80", b"\xff", b"\xff\xfe"]),
    st.sampled_from([0, 1, 7, 14, 15, 28, 29, 30]),
    st.binary(min_size=1, max_size=2),
)
values = st.builds(Head, st.integers(1, 2**63 - 1), st.integers(0, 2**63 - 1), st.just(b"h" * 32)).map(
    lambda head: head.value
)
contents = st.dictionaries(keys, values, max_size=40).map(lambda some: sorted(some.items()))


@pytest.fixture(scope="module")
def cases(shared):
    found = json.loads((shared / "vectors/map.json").read_text())["cases"]
    assert [case["n"] for case in found] == [0, 1, 2, 3, 5, 17, 256, 1000]
    return found


def pairs_of(case):
    return sorted((bytes.fromhex(key), bytes.fromhex(value)) for key, value in case["map"].items())


def fields(case, claim):
    """What `verify_presence` asks for."""
    return tuple(map(bytes.fromhex, (case["root"], claim["key"], claim["value"], claim["proof"])))


def uv(number):
    """Unsigned LEB128, word for word."""
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + uv(rest) if rest else bytes([low])


def bit_at(key, number):
    return int(f"{int.from_bytes(key):0256b}"[number])


def mpt(pairs):
    """proofs.md 5 in other words: split at the first bit in which the keys differ."""
    if not pairs:
        return sha256(b"").digest()
    if len(pairs) == 1:
        ((key, value),) = pairs
        return sha256(b"\0" + uv(len(key)) + key + uv(len(value)) + value).digest()
    deciding = next(n for n in range(KEY_BITS) if len({bit_at(key, n) for key, _ in pairs}) == 2)
    sides = [mpt([pair for pair in pairs if bit_at(pair[0], deciding) == side]) for side in (0, 1)]
    return sha256(b"\1" + uv(deciding) + sides[0] + sides[1]).digest()


def path(pairs, key):
    """The pair that a search for the key ends at, and the way up from there."""
    if len(pairs) == 1:
        return pairs[0], b""
    deciding = next(n for n in range(KEY_BITS) if len({bit_at(other, n) for other, _ in pairs}) == 2)
    sides = [[pair for pair in pairs if bit_at(pair[0], deciding) == side] for side in (0, 1)]
    end, below = path(sides[bit_at(key, deciding)], key)
    return end, below + uv(deciding) + mpt(sides[1 - bit_at(key, deciding)])


def flipped(content, data):
    turned = bytearray(content)
    turned[data.draw(st.integers(0, len(content) - 1), label="byte")] ^= 1 << data.draw(
        st.integers(0, 7), label="bit"
    )
    return bytes(turned)


def random_pairs(count, seed=1):
    some = random.Random(seed)
    return sorted((some.randbytes(32), some.randbytes(48)) for _ in range(count))


def test_the_known_roots_come_out(cases):
    assert [root_of(pairs_of(case)).hex() for case in cases] == [case["root"] for case in cases]


def test_the_known_proofs_come_out_and_hold(cases):
    claims = [(case, claim) for case in cases for claim in case["presence"]]

    for case, claim in claims:
        verify_presence(*fields(case, claim))

    assert len(claims) == 22
    assert all(
        prove(pairs_of(case), bytes.fromhex(claim["key"])).hex() == claim["proof"] for case, claim in claims
    )


def test_what_the_known_answers_reject_is_refused(cases):
    rejected = [(case, claim) for case in cases for claim in case["rejected"]]

    for case, claim in rejected:
        with pytest.raises((Broken, MalformedProof)):
            verify_presence(*fields(case, claim))

    assert {claim["why"] for _, claim in rejected} == {"last sibling flipped", "trailing byte"}


def test_a_stream_has_the_hash_of_its_name_as_key():
    assert key_of("party/湖畔") == sha256(b"mingdan/stream/v1\nparty/" + "湖畔".encode()).digest()


def test_leaves_and_inner_nodes_are_hashed_as_the_format_says():
    key, left, right = b"k" * 32, b"l" * 32, b"r" * 32

    assert leaf_hash(record_of(key, VALUE)) == sha256(b"\0\x20" + key + b"\x30" + VALUE).digest()
    assert inner_hash(127, left, right) == sha256(b"\1\x7f" + left + right).digest()
    assert inner_hash(128, left, right) == sha256(b"\1\x80\x01" + left + right).digest()
    assert inner_hash(255, left, right) == sha256(b"\1\xff\x01" + left + right).digest()


def test_a_value_is_two_big_endian_numbers_and_a_hash():
    assert Head(1, 2, b"h" * 32).value == bytes(7) + b"\1" + bytes(7) + b"\2" + b"h" * 32


@given(values)
def test_every_value_reads_back_as_it_was(value):
    assert Head.parse(value).value == value


@pytest.mark.parametrize(
    "value",
    [
        b"",
        VALUE[:-1],
        VALUE + b"\0",
        bytes(8) + VALUE[8:],
        b"\x80" + VALUE[1:],
        VALUE[:8] + b"\x80" + VALUE[9:],
    ],
)
def test_a_value_that_is_no_head_is_refused(value):
    with pytest.raises(MalformedProof):
        Head.parse(value)


@pytest.mark.parametrize("head", [(0, 0, b"h" * 32), (1, -1, b"h" * 32), (1, 2**63, b"h" * 32), (1, 0, b"h")])
def test_a_head_that_no_stream_has_cannot_be_made(head):
    with pytest.raises(MalformedProof):
        Head(*head)


@pytest.mark.parametrize(("key", "value"), [(b"k" * 31, VALUE), (b"k" * 33, VALUE), (b"k" * 32, VALUE[:47])])
def test_a_key_has_32_bytes_and_a_value_48(key, value):
    with pytest.raises(MalformedProof):
        record_of(key, value)


def test_a_record_is_exactly_what_we_would_print():
    record = record_of(b"k" * 32, VALUE)

    assert pair_of(record) == (b"k" * 32, VALUE)
    for other in (record[:-1], record + b"\0", record.replace(b"\x30", b"\x31", 1)):
        with pytest.raises(MalformedProof):
            pair_of(other)


@given(contents)
def test_a_root_is_the_one_the_format_defines(pairs):
    assert root_of(pairs) == mpt(pairs)


@given(contents.filter(bool), keys)
def test_a_proof_is_the_one_the_format_defines(pairs, absent):
    assume(absent not in dict(pairs))
    present = pairs[len(pairs) // 2][0]
    (other, value), way = path(pairs, absent)

    assert prove(pairs, present) == path(pairs, present)[1]
    assert prove(pairs, absent) == b"\x20" + other + b"\x30" + value + way


@given(contents)
def test_every_presence_proof_we_make_holds(pairs):
    for key, value in pairs:
        verify_presence(root_of(pairs), key, value, prove(pairs, key))


@given(contents, keys)
def test_every_absence_proof_we_make_holds(pairs, key):
    assume(key not in dict(pairs))

    verify_absence(root_of(pairs), key, prove(pairs, key))


@given(st.data())
def test_any_flipped_bit_breaks_a_presence_proof(data):
    pairs = random_pairs(200)
    key, value = data.draw(st.sampled_from(pairs))
    honest = root_of(pairs) + key + value + prove(pairs, key)

    claim = flipped(honest, data)

    with pytest.raises((Broken, MalformedProof)):
        verify_presence(claim[:32], claim[32:64], claim[64:112], claim[112:])


@given(keys, st.data())
def test_any_flipped_bit_breaks_an_absence_proof(key, data):
    pairs = random_pairs(200)
    honest = root_of(pairs) + prove(pairs, key)

    claim = flipped(honest, data)

    with pytest.raises((Broken, MalformedProof)):
        verify_absence(claim[:32], key, claim[32:])


@given(contents.filter(bool), keys, st.data())
def test_a_key_that_is_there_is_never_proved_absent(pairs, key, data):
    present, _ = data.draw(st.sampled_from(pairs))
    other, value = data.draw(st.sampled_from(pairs))
    as_if_absent = b"\x20" + record_of(other, value) + prove(pairs, other)

    for proof in (prove(pairs, present), as_if_absent, prove(pairs, key)):
        with pytest.raises((Broken, MalformedProof)):
            verify_absence(root_of(pairs), present, proof)


@given(contents.filter(bool), keys)
def test_a_key_that_is_not_there_is_never_proved_present(pairs, key):
    assume(key not in dict(pairs))
    other, value = path(pairs, key)[0]

    for proof in (prove(pairs, other), prove(pairs, key)):
        with pytest.raises((Broken, MalformedProof)):
            verify_presence(root_of(pairs), key, value, proof)


def test_the_empty_map_lacks_every_key_without_proof():
    assert prove([], key_of("log")) == b""
    verify_absence(EMPTY_ROOT, key_of("log"), b"")

    with pytest.raises(Broken):
        verify_absence(root_of(random_pairs(1)), key_of("log"), b"")
    with pytest.raises((Broken, MalformedProof)):
        verify_absence(EMPTY_ROOT, key_of("log"), prove(random_pairs(1), key_of("log")))


LEFT, RIGHT = (b"\0" * 32, VALUE), (b"\x80" + b"\0" * 31, VALUE)


@pytest.mark.parametrize(
    "spelling",
    [b"\x80\x00", b"\x80\x80\x00", b"\x00\x00", b"\x80\x02", b"\x80\x80\x04", b""],
    ids=["overlong", "overlong by two", "a byte between", "bit 256", "bit 65536", "no bit"],
)
def test_a_bit_is_spelled_in_one_way_and_lies_in_the_key(spelling):
    root, sibling = root_of([LEFT, RIGHT]), leaf_hash(record_of(*RIGHT))
    verify_presence(root, *LEFT, b"\0" + sibling)

    with pytest.raises((Broken, MalformedProof)):
        verify_presence(root, *LEFT, spelling + sibling)


def test_a_bit_beyond_127_is_spelled_in_two_bytes():
    near = (b"\0" * 31 + b"\1", VALUE)
    proof = b"\xff\x01" + leaf_hash(record_of(*near))

    assert prove([LEFT, near], LEFT[0]) == proof
    verify_presence(root_of([LEFT, near]), *LEFT, proof)
    for second in (b"\x00", b"\x02", b"\x81", b"\xff"):
        with pytest.raises(MalformedProof):
            verify_presence(root_of([LEFT, near]), *LEFT, b"\xff" + second + proof[2:])


@pytest.mark.parametrize("bits", [(3, 3), (2, 3)])
def test_bits_that_do_not_fall_are_refused_even_where_the_hashes_agree(bits):
    siblings = [b"s" * 32, b"t" * 32]
    root = leaf_hash(record_of(*LEFT))
    for bit, sibling in zip(bits, siblings, strict=True):
        root = inner_hash(bit, root, sibling)

    with pytest.raises(MalformedProof):
        verify_presence(root, *LEFT, b"".join(bytes([b]) + s for b, s in zip(bits, siblings, strict=True)))


@pytest.mark.parametrize("cut", [1, 32])
def test_a_torn_proof_is_no_proof(cut):
    pairs = random_pairs(9)
    key, value = pairs[4]

    with pytest.raises(MalformedProof):
        verify_presence(root_of(pairs), key, value, prove(pairs, key)[:-cut])
    with pytest.raises(MalformedProof):
        verify_absence(root_of(pairs), key_of("log"), prove(pairs, key_of("log"))[:-cut])


def test_a_proof_that_lacks_its_last_step_leads_elsewhere():
    pairs = random_pairs(9)
    key, value = pairs[4]

    with pytest.raises(Broken):
        verify_presence(root_of(pairs), key, value, prove(pairs, key)[:-33])
    with pytest.raises(Broken):
        verify_absence(root_of(pairs), key_of("log"), prove(pairs, key_of("log"))[:-33])


def test_an_absence_proof_starts_with_the_length_of_a_key_and_is_of_one():
    pairs = random_pairs(9)
    proof = prove(pairs, key_of("log"))

    for other in (b"\x21" + proof[1:], b"\xa0\x00" + proof[1:], proof[:33], proof[:81]):
        with pytest.raises(MalformedProof):
            verify_absence(root_of(pairs), key_of("log"), other)
    for key in (key_of("log")[:31], key_of("log") + b"k"):
        with pytest.raises(MalformedProof):
            verify_absence(root_of(pairs), key, proof)


def test_a_search_that_turns_off_elsewhere_proves_nothing_even_where_both_sides_are_alike():
    leaf = leaf_hash(record_of(*LEFT))
    proof = b"\x20" + record_of(*LEFT) + b"\0" + leaf

    verify_absence(inner_hash(0, leaf, leaf), b"\x7f" * 32, proof)
    with pytest.raises(Broken):
        verify_absence(inner_hash(0, leaf, leaf), RIGHT[0], proof)


def test_keys_out_of_order_or_told_twice_are_refused():
    for pairs in ([RIGHT, LEFT], [LEFT, LEFT], [LEFT, (LEFT[0], VALUE[::-1])]):
        with pytest.raises(MalformedProof):
            root_of(pairs)


@given(contents.filter(lambda pairs: len(pairs) > 1))
def test_a_fork_over_subtrees_is_the_tree_over_all(pairs):
    depth = next(n for n in range(32) if len({key[n] for key, _ in pairs}) > 1)
    below = {
        byte: root_of([pair for pair in pairs if pair[0][depth] == byte])
        for byte in {key[depth] for key, _ in pairs}
    }
    first = dict(list(below.items())[:1])

    assert Fork(depth, below).node == root_of(pairs)
    assert Fork(depth, below, Fork(depth, first).nodes).nodes == Fork(depth, below).nodes
    assert Fork(depth, below).children == below


@given(contents.filter(lambda pairs: len(pairs) > 1), keys)
def test_a_search_climbs_to_the_node_it_started_from(pairs, key):
    tree = Subtree([record_of(*pair) for pair in pairs])
    record, steps = tree.search(key)

    found = leaf_hash(record)
    for bit, sibling in steps:
        found = inner_hash(bit, *((sibling, found) if bit_at(key, bit) else (found, sibling)))

    assert found == tree.node


def test_no_nodes_join_to_the_empty_root():
    assert join([], []) == EMPTY_ROOT == root_of([])


def test_a_broken_proof_tells_the_root_it_led_to():
    with pytest.raises(Broken) as caught:
        verify_presence(b"r" * 32, *LEFT, b"")

    assert caught.value.evidence["actual"] == leaf_hash(record_of(*LEFT)).hex()
    assert caught.value.evidence["expected"] == (b"r" * 32).hex()


def test_a_proof_of_a_map_of_n_streams_is_as_long_as_the_law_says():
    tree = Subtree([record_of(*pair) for pair in random_pairs(10_000)])
    keys_met = [record[:32] for record in tree.records[::100]]
    lengths = [len(print_proof(key, *tree.search(key))) for key in keys_met]

    assert sum(lengths) / len(lengths) == pytest.approx(33 * (log2(10_000) + 0.33), rel=0.03)

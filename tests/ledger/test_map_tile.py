import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.map import key_of, prove, record_of, root_of, verify_absence, verify_presence
from mingdan.ledger.map_tile import (
    Bucket,
    Interior,
    TiledMap,
    dropped,
    grow,
    look_up,
    pairs,
    parse_tile,
    path_of,
    reachable,
)
from mingdan.ledger.tree import EMPTY_ROOT


def random_map(count, seed=1, prefix=b""):
    some = random.Random(seed)
    return {prefix + some.randbytes(32 - len(prefix)): some.randbytes(48) for _ in range(count)}


def published(*batches):
    """The root after all batches, and every tile that was put on the way."""
    site, root = Site(), EMPTY_ROOT
    for batch in batches:
        root = grow(root, batch, site.__getitem__, site.put)
    return root, site


class Site(dict):
    """Files that count how often each was put, and tell which were read."""

    def __init__(self, *given):
        super().__init__(*given)
        self.puts = Counter()
        self.reads = Counter()

    def __getitem__(self, node):
        self.reads[node] += 1
        return super().__getitem__(node)

    def put(self, node, content):
        self.puts[node] += 1
        self[node] = content


# 600 streams part at the first byte; 600 share two bytes, 600 more share the first thirty with each other.
DEEP = b"\x07\x00" + b"\x2a" * 28
KEYS = [
    *random_map(600),
    *random_map(600, prefix=b"\x07\x00"),
    *(DEEP + number.to_bytes(2) for number in range(0, 600 * 50, 50)),
]
FULL_MAP = dict.fromkeys(KEYS, b"v" * 48) | random_map(1_200, seed=2)
ROOT, SITE = published(FULL_MAP)
SORTED = sorted(FULL_MAP.items())

WIDE = random_map(20_000, seed=3)
WIDE_ROOT, WIDE_SITE = published(WIDE)

# Maps that tip over: at the 513th key of a prefix, and where a key parts from a prefix that no tile tells.
crowds = st.lists(
    st.tuples(
        st.sampled_from([b"", b"\x07", b"\x07\x00", b"\x07\x01", DEEP[:29], DEEP[:30]]),
        st.sampled_from([1, 2, 200, 300]),
        st.integers(0, 3),
    ),
    max_size=6,
)


@st.composite
def batches(draw):
    """Changes in the order they came, some keys more than once."""
    return [random_map(count, seed, prefix) for prefix, count, seed in draw(crowds)]


def union(some):
    return {key: value for batch in some for key, value in batch.items()}


def test_a_tile_lies_under_the_first_byte_of_its_hash():
    assert path_of(bytes(range(32))) == f"map/00/{bytes(range(32)).hex()}"


def test_an_empty_map_has_no_tiles():
    assert published({}) == (EMPTY_ROOT, {})
    assert list(reachable(EMPTY_ROOT, {}.__getitem__)) == list(pairs(EMPTY_ROOT, {}.__getitem__)) == []
    assert look_up(EMPTY_ROOT, key_of("log"), {}.__getitem__) == (None, b"")


def test_512_keys_are_one_bucket():
    content = random_map(512)
    root, site = published(content)

    assert site == {root: b"\0" + b"".join(k + b"\x30" + v for k, v in sorted(content.items()))}


def test_the_513th_key_makes_an_interior_tile_of_the_next_bytes():
    content = random_map(513)
    root, site = published(content)
    buckets = {
        byte: root_of([pair for pair in sorted(content.items()) if pair[0][0] == byte])
        for byte in sorted({key[0] for key in content})
    }

    assert site[root] == b"\1\0" + b"".join(bytes([byte]) + node for byte, node in buckets.items())
    assert set(site) == {root, *buckets.values()}


def test_bytes_that_all_keys_share_make_no_tiles():
    root, site = published(random_map(600, prefix=b"\x07\x00\x2a"))

    assert site[root][:2] == b"\1\x03"
    assert all(content[0] == 0 for node, content in site.items() if node != root)


def test_the_root_over_tiles_is_the_root_over_keys():
    assert root_of(SORTED) == ROOT
    assert root_of(sorted(WIDE.items())) == WIDE_ROOT


@given(batches())
def test_growing_in_batches_leads_to_the_same_root_and_tiles_as_growing_once(some):
    root, site = published(*some)
    once, tiles = published(union(some))

    assert root == once == root_of(sorted(union(some).items()))
    assert {node: site[node] for node in reachable(root, site.__getitem__)} == tiles
    assert list(pairs(root, site.__getitem__)) == sorted(union(some).items())


@given(batches())
def test_every_tile_ever_put_is_reachable_or_was_dropped(some):
    site, root, there = Site(), EMPTY_ROOT, set()
    for batch in some:
        site.puts.clear()
        new = grow(root, batch, site.__getitem__, site.put)
        gone = list(dropped(root, new, site.__getitem__))

        assert set(site.puts.values()) <= {1}
        assert there.isdisjoint(site.puts)
        assert there | set(site.puts) == {*gone, *reachable(new, site.__getitem__)}
        assert len(gone) == len(set(gone))
        assert set(gone).isdisjoint(reachable(new, site.__getitem__))
        root, there = new, set(reachable(new, site.__getitem__))


@given(st.data())
def test_looking_up_gives_the_value_and_the_proof_made_in_memory(data):
    key, value = data.draw(st.sampled_from(SORTED))

    assert look_up(ROOT, key, SITE.__getitem__) == (value, prove(SORTED, key))
    verify_presence(ROOT, key, value, prove(SORTED, key))


near_misses = st.builds(
    lambda key, at, byte: key[:at] + bytes([byte]) + key[at + 1 :],
    st.sampled_from(KEYS),
    st.integers(0, 31),
    st.integers(0, 255),
).filter(lambda key: key not in FULL_MAP)


@given(near_misses | st.binary(min_size=32, max_size=32))
def test_looking_up_what_is_not_there_gives_the_absence_proof_made_in_memory(key):
    value, proof = look_up(ROOT, key, SITE.__getitem__)

    assert (value, proof) == (None, prove(SORTED, key))
    verify_absence(ROOT, key, proof)


def test_a_map_kept_open_reads_each_tile_on_the_way_once():
    site = Site(SITE)
    opened = TiledMap(ROOT, site.__getitem__)

    for key in (KEYS[0], KEYS[0], KEYS[700]):
        assert opened.look_up(key) == look_up(ROOT, key, SITE.__getitem__)

    assert set(site.reads.values()) == {1}


def test_growing_reads_and_writes_only_the_ways_to_what_changed():
    site = Site(WIDE_SITE)
    key = next(iter(WIDE))
    ways = Site(WIDE_SITE)
    look_up(WIDE_ROOT, key, ways.__getitem__)

    root = grow(WIDE_ROOT, {key: b"w" * 48}, site.__getitem__, site.put)

    assert site.reads == ways.reads
    assert len(site.puts) == len(ways.reads) == 2
    assert set(dropped(WIDE_ROOT, root, site.__getitem__)) == set(ways.reads)


def test_what_was_dropped_is_told_without_reading_what_stayed():
    some = dict.fromkeys(random.Random(4).sample(list(WIDE), 20), b"w" * 48)
    site = Site(WIDE_SITE)
    root = grow(WIDE_ROOT, some, site.__getitem__, site.put)
    site.reads.clear()

    gone = set(dropped(WIDE_ROOT, root, site.__getitem__))

    assert set(site.reads) == gone | set(site.puts)
    assert set(site.reads.values()) == {1}


@pytest.mark.parametrize("content", [{}, dict(SORTED[:700])], ids=["nothing", "what is there already"])
def test_what_changes_nothing_writes_nothing(content):
    site = Site(SITE)

    assert grow(ROOT, content, site.__getitem__, site.put) == ROOT
    assert not site.puts
    assert list(dropped(ROOT, ROOT, {}.__getitem__)) == []


def test_a_tile_that_came_to_lie_deeper_is_neither_put_again_nor_dropped():
    crowd, stranger = random_map(600, prefix=b"\x07\x00\x2a"), {b"\x09" * 32: b"v" * 48}
    old, site = published(crowd)
    site.puts.clear()

    new = grow(old, stranger, site.__getitem__, site.put)

    assert len(site.puts) == 2
    assert list(dropped(old, new, site.__getitem__)) == []
    assert list(dropped(new, old, site.__getitem__)) == [
        new,
        root_of(list(stranger.items())),
    ]


def test_a_bucket_that_came_to_lie_deeper_is_neither_put_again_nor_dropped():
    old, site = published(random_map(512, prefix=b"\x07"))
    site.puts.clear()

    new = grow(old, {b"\x09" * 32: b"v" * 48}, site.__getitem__, site.put)

    assert old not in site.puts
    assert list(dropped(old, new, site.__getitem__)) == []


def test_whoever_starts_anew_drops_everything():
    assert set(dropped(ROOT, EMPTY_ROOT, SITE.__getitem__)) == set(SITE)
    assert list(dropped(EMPTY_ROOT, ROOT, SITE.__getitem__)) == []


@pytest.mark.parametrize("change", [{b"k" * 31: b"v" * 48}, {b"k" * 32: b"v" * 47}])
def test_a_key_or_value_of_another_size_is_refused(change):
    with pytest.raises(MalformedProof):
        grow(EMPTY_ROOT, change, {}.__getitem__, {}.__setitem__)


def test_every_tile_prints_as_it_was_parsed():
    assert all(parse_tile(content).content == content for content in SITE.values())
    assert all(parse_tile(content).node == node for node, content in SITE.items())


ONE, TWO = record_of(b"\1" * 32, b"v" * 48), record_of(b"\2" * 32, b"v" * 48)
MANY = [record_of(number.to_bytes(32), b"v" * 48) for number in range(513)]
LEFT, RIGHT = b"\3" + b"l" * 32, b"\5" + b"r" * 32


@given(
    st.lists(st.sampled_from([b"\0", b"\1", ONE, TWO, LEFT, RIGHT]), max_size=6).map(b"".join)
    | st.binary(max_size=200)
)
def test_whatever_parses_prints_as_it_was(content):
    try:
        tile = parse_tile(content)
    except MalformedProof:
        return

    assert tile.content == content


def test_a_tile_is_known_by_its_first_byte():
    assert isinstance(parse_tile(b"\0" + ONE + TWO), Bucket)
    assert isinstance(parse_tile(b"\1\0" + LEFT + RIGHT), Interior)
    assert isinstance(parse_tile(b"\1\x1e" + LEFT + RIGHT), Interior)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"\0" + TWO + ONE,
        b"\0" + ONE + ONE,
        b"\0" + ONE[:-1],
        b"\0" + ONE + b"\0",
        b"\0" + ONE.replace(b"\x30", b"\x31"),
        b"\0" + b"".join(MANY),
        b"\1",
        b"\1\0",
        b"\1\0" + LEFT,
        b"\1\0" + RIGHT + LEFT,
        b"\1\0" + LEFT + LEFT,
        b"\1\0" + LEFT + RIGHT[:-1],
        b"\1\0" + LEFT + RIGHT + b"\7",
        b"\1\x1f" + LEFT + RIGHT,
        b"\1\xff" + LEFT + RIGHT,
        b"\2\0" + LEFT + RIGHT,
        b"\2" + ONE,
    ],
)
def test_what_we_would_never_print_is_no_tile(content):
    with pytest.raises(MalformedProof):
        parse_tile(content)


def test_512_keys_still_parse_as_a_bucket():
    assert len(parse_tile(b"\0" + b"".join(MANY[:512])).records) == 512


def altered(site, node, at, bit=0):
    content = bytearray(dict.__getitem__(site, node))
    content[at] ^= 1 << bit
    return Site(site | {node: bytes(content)})


def way_to(key):
    site = Site(SITE)
    look_up(ROOT, key, site.__getitem__)
    return list(site.reads)


@pytest.mark.parametrize("step", range(2))
def test_a_flipped_byte_on_the_way_is_noticed_and_its_file_named(step):
    key = KEYS[0]
    node = way_to(key)[step]

    for at in range(0, len(SITE[node]), 1 + len(SITE[node]) // 1_000):
        with pytest.raises(Broken) as caught:
            look_up(ROOT, key, altered(SITE, node, at, at % 8).__getitem__)
        assert caught.value.evidence["path"] == path_of(node)


WALKS = {
    "grow": lambda site: grow(ROOT, {KEYS[1_500]: b"w" * 48}, site.__getitem__, site.put),
    "look_up": lambda site: look_up(ROOT, KEYS[1_500], site.__getitem__),
    "pairs": lambda site: list(pairs(ROOT, site.__getitem__)),
    "reachable": lambda site: list(reachable(ROOT, site.__getitem__)),
    "dropped": lambda site: list(dropped(ROOT, EMPTY_ROOT, site.__getitem__)),
}


def says_a_byte(content, at):
    """Is this the byte in front of a child's hash?"""
    return content[0] == 1 and at % 33 == 2


@pytest.mark.parametrize("walk", WALKS)
@given(st.data())
def test_nobody_goes_past_an_altered_tile(walk, data):
    node = data.draw(st.sampled_from(way_to(KEYS[1_500])))
    hashed = st.integers(0, len(SITE[node]) - 1).filter(lambda at: not says_a_byte(SITE[node], at))
    site = altered(SITE, node, data.draw(hashed), data.draw(st.integers(0, 7)))

    with pytest.raises(Broken, match=path_of(node)):
        WALKS[walk](site)


# Two crowds whose first bytes agree in all but the one bit that the hash tells, each too large for a bucket.
SPARSE = random_map(600, prefix=b"\x40") | random_map(600, prefix=b"\xc0")
SPARSE_ROOT, SPARSE_SITE = published(SPARSE)
BYTES_AT = {2: 0x40, 35: 0xC0}


@pytest.mark.parametrize("at", BYTES_AT)
@pytest.mark.parametrize("bit", range(7))
def test_the_byte_before_a_child_is_noticed_by_its_keys_where_no_hash_tells_it(at, bit):
    site = altered(SPARSE_SITE, SPARSE_ROOT, at, bit)
    key = next(key for key in SPARSE if key[0] == BYTES_AT[at])

    for walk in (
        lambda: look_up(SPARSE_ROOT, key, site.__getitem__),
        lambda: look_up(SPARSE_ROOT, bytes([key[0] ^ 1 << bit]) + key[1:], site.__getitem__),
        lambda: list(pairs(SPARSE_ROOT, site.__getitem__)),
        lambda: list(reachable(SPARSE_ROOT, site.__getitem__)),
    ):
        with pytest.raises(Broken, match=path_of(SPARSE_ROOT)):
            walk()


@pytest.mark.parametrize("at", BYTES_AT)
@pytest.mark.parametrize("bit", range(7))
@pytest.mark.parametrize("first", [0x00, 0x40, 0x41, 0x7F, 0x80, 0xC0, 0xC1, 0xFF])
def test_an_altered_byte_before_a_child_never_leads_growth_to_another_root(at, bit, first):
    site = altered(SPARSE_SITE, SPARSE_ROOT, at, bit)
    change = {bytes([first]) + b"k" * 31: b"v" * 48}

    if first >> 7 == BYTES_AT[at] >> 7:
        with pytest.raises(Broken, match=path_of(SPARSE_ROOT)):
            grow(SPARSE_ROOT, change, site.__getitem__, site.put)
    else:
        expected = root_of(sorted((SPARSE | change).items()))
        assert grow(SPARSE_ROOT, change, site.__getitem__, site.put) == expected


@pytest.mark.parametrize("walk", WALKS)
def test_a_missing_tile_is_told_by_whoever_reads(walk):
    for node in way_to(KEYS[1_500]):
        site = Site(SITE)
        del site[node]
        with pytest.raises(KeyError):
            WALKS[walk](site)


def test_another_tile_in_the_place_of_one_is_noticed():
    first, second = way_to(KEYS[0])[:2]

    with pytest.raises(Broken, match=path_of(second)):
        look_up(ROOT, KEYS[0], Site(SITE | {second: SITE[first]}).__getitem__)


def built(*tiles):
    """A site that hangs together by hashes, whatever else may be wrong with it; its root is the last tile."""
    return tiles[-1].node, Site({tile.node: tile.content for tile in tiles})


KEY = b"\1" * 32
FITTING = Bucket([record_of(KEY, b"v" * 48)])
ELSEWHERE = Bucket([record_of(b"\5" * 32, b"v" * 48)])
FAR = Bucket([record_of(b"\2" * 32, b"v" * 48)])
STRAY = Bucket([*FITTING.records, *ELSEWHERE.records])
STRADDLE = Bucket([record_of(b"\0" + KEY[1:], b"v" * 48), *FITTING.records])
UPWARD = Interior(0, {1: FITTING.node, 2: FAR.node})


@pytest.mark.parametrize(
    ("depth", "child"),
    [(0, ELSEWHERE), (0, STRAY), (1, STRADDLE), (0, UPWARD), (3, UPWARD)],
    ids=["other keys", "one more key", "keys that part above", "parts where its parent does", "parts above"],
)
def test_a_tile_that_leads_to_what_does_not_belong_there_is_refused(depth, child):
    root, site = built(FITTING, ELSEWHERE, FAR, child, Interior(depth, {1: child.node, 2: FAR.node}))

    for walk in (
        lambda: look_up(root, KEY, site.__getitem__),
        lambda: list(pairs(root, site.__getitem__)),
        lambda: grow(root, {KEY: b"w" * 48}, site.__getitem__, site.put),
    ):
        with pytest.raises(Broken, match=path_of(root)):
            walk()

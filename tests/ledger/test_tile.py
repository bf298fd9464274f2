from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import Broken, MalformedProof, NotFound
from mingdan.ledger.tile import (
    ENTRIES,
    Edge,
    Tile,
    TiledHashes,
    bundle_of,
    entries_of,
    grow,
    hashes_of,
    new_bundles,
    new_tiles,
    superseded,
)
from mingdan.ledger.tree import (
    EMPTY_ROOT,
    Levels,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_inclusion,
)

LARGEST = 70_000
LEAVES = [leaf_hash(b"order %d" % number) for number in range(LARGEST)]
HASHES = Levels(LEAVES)
ROOT = root_of(LEAVES)

near_a_boundary = st.sampled_from([0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, LARGEST])
sizes = near_a_boundary | st.integers(0, 2_000) | st.integers(0, LARGEST)
huge_sizes = st.integers(0, 2**63 - 1_001)
tiles = st.builds(
    Tile, st.integers(-1, 63), st.integers(0, 2_000_000) | st.integers(0, 2**55 - 1), st.integers(1, 256)
)


@st.composite
def growths(draw):
    old, new = sorted([draw(sizes), draw(sizes)])
    return old, new


def published(size):
    site = {}
    grow(Edge(), LEAVES[:size], site.__setitem__)
    return site


SITE = published(LARGEST)


def everything(size):
    return {*new_tiles(0, size), *new_bundles(0, size)}


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 1000), "tile/1/x001/000"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(0, 1_234, 5), "tile/0/x001/234.p/5"),
        (Tile(63, 7, 255), "tile/63/007.p/255"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_a_path_names_level_place_and_width(tile, path):
    assert tile.path == path
    assert Tile.parse(path) == tile


@given(tiles)
def test_every_path_reads_back_as_its_tile(tile):
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/05",
        "tile/0/000.p/256",
        "tile/0/000.p/-1",
        "tile/0/000.p/",
        "tile/0/../000",
        "tile/0/٠٠٠",
        "tile/0/x999/x999/x999/x999/x999/999",
        "tile/0/" + "x001/" * 2_000 + "000",
    ],
)
def test_a_path_we_would_not_write_is_refused(path):
    with pytest.raises(MalformedProof):
        Tile.parse(path)


@given(st.text("tile/entris0123456789x.p", max_size=30).map("tile/".__add__) | st.text())
def test_whatever_parses_prints_as_it_was(path):
    try:
        tile = Tile.parse(path)
    except MalformedProof:
        return

    assert tile.path == path


def test_seventy_thousand_entries_make_the_tiles_of_the_specification():
    found = Counter((tile.level, tile.width) for tile in new_tiles(0, 70_000))

    assert found == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}


def test_a_full_tile_is_told_again_in_the_level_above():
    assert list(new_tiles(0, 256)) == [Tile(0, 0), Tile(1, 0, 1)]


def test_an_empty_log_has_no_tiles():
    assert everything(0) == set()


@given(growths())
def test_growth_adds_and_supersedes_exactly_the_difference(growth):
    old, new = growth

    assert {*new_tiles(old, new), *new_bundles(old, new)} == everything(new) - everything(old)
    assert set(superseded(old, new)) == everything(old) - everything(new)


@given(huge_sizes, st.integers(0, 1_000))
def test_what_growth_writes_follows_the_new_entries_however_large_the_log(size, more):
    assert len(list(new_tiles(size, size + more))) <= 2 * 8 + more / 255 + 1
    assert len(list(superseded(size, size + more))) <= 9


@given(growths())
def test_bundles_lie_where_the_leaf_tiles_lie(growth):
    leaf_tiles = [tile for tile in new_tiles(*growth) if tile.level == 0]

    assert [(tile.index, tile.width) for tile in new_bundles(*growth)] == [
        (tile.index, tile.width) for tile in leaf_tiles
    ]


@given(sizes)
def test_a_tile_holds_the_roots_of_complete_subtrees(size):
    for tile, content in published(size).items():
        expected = [HASHES.node(8 * tile.level, tile.index * 256 + place) for place in range(tile.width)]

        assert hashes_of(tile, content) == expected


@given(growths())
def test_growing_in_two_steps_gives_the_site_of_growing_in_one(growth):
    old, new = growth
    site = {}
    edge = grow(Edge(), LEAVES[:old], site.__setitem__)
    written = []

    edge = grow(edge, iter(LEAVES[old:new]), lambda tile, content: written.append((tile, content)))

    gone = set(superseded(old, new))
    assert [tile for tile, _ in written] == list(new_tiles(old, new))
    assert {tile: content for tile, content in site.items() if tile not in gone} | dict(written) == published(
        new
    )
    assert edge.root == root_of(LEAVES[:new])


@given(st.lists(st.integers(0, 400), max_size=8))
def test_growing_in_any_steps_gives_the_edge_of_growing_in_one(steps):
    edge = Edge()
    for step in steps:
        edge = grow(edge, LEAVES[edge.size : edge.size + step], lambda _tile, _content: None)

    assert edge == grow(Edge(), LEAVES[: sum(steps)], lambda _tile, _content: None)


@given(sizes)
def test_the_edge_reads_back_from_the_published_tiles(size):
    site = {}
    edge = grow(Edge(), LEAVES[:size], site.__setitem__)

    assert Edge.read(size, site.__getitem__) == edge


def test_an_empty_tree_has_an_empty_edge():
    assert grow(Edge(), [], SITE.__setitem__) == grow(Edge(), iter([]), SITE.__setitem__) == Edge()
    assert Edge().root == EMPTY_ROOT


@pytest.mark.parametrize(("size", "partials"), [(1, ()), (0, (b"",)), (2, (LEAVES[0],)), (256, (LEAVES[0],))])
def test_an_edge_has_exactly_the_hashes_of_its_size(size, partials):
    with pytest.raises(MalformedProof):
        Edge(size, partials)


@given(st.data())
def test_proofs_from_tiles_are_those_from_memory(data):
    tiled = TiledHashes(LARGEST, SITE.__getitem__)
    size = data.draw(st.integers(1, LARGEST))
    index = data.draw(st.integers(0, size - 1))

    assert inclusion_proof(index, size, tiled) == inclusion_proof(index, size, HASHES)
    assert consistency_proof(index, size, tiled) == consistency_proof(index, size, HASHES)


def test_an_inclusion_proof_reads_no_more_tiles_than_there_are_levels_and_edges():
    read = []

    def reading(tile):
        read.append(tile)
        return SITE[tile]

    inclusion_proof(12_345, LARGEST, TiledHashes(LARGEST, reading))

    assert set(read) == {Tile(0, 48), Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17)}
    assert len(read) == 4


@given(st.data())
def test_a_flipped_bit_in_a_tile_on_the_way_breaks_the_proof(data):
    tile = data.draw(st.sampled_from([Tile(0, 48), Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17)]))
    content = bytearray(SITE[tile])
    unread = {Tile(0, 48): 12_345 % 256, Tile(1, 0): 48}.get(tile)  # its own hash is no sibling of the leaf's
    at = data.draw(st.integers(0, len(content) - 1).filter(lambda at: at // 32 != unread))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    site = SITE | {tile: bytes(content)}

    proof = inclusion_proof(12_345, LARGEST, TiledHashes(LARGEST, site.__getitem__))

    with pytest.raises(Broken):
        verify_inclusion(12_345, LARGEST, LEAVES[12_345], proof, ROOT)


@pytest.mark.parametrize(("level", "index"), [(0, 274), (0, -1), (1, 2), (2, 1), (3, 0), (ENTRIES, 274)])
def test_there_is_no_tile_beyond_the_edge(level, index):
    with pytest.raises(NotFound):
        Tile.within(LARGEST, level, index)


@given(sizes.filter(bool))
def test_a_size_knows_each_of_its_tiles(size):
    assert all(Tile.within(size, tile.level, tile.index) == tile for tile in everything(size))


@pytest.mark.parametrize(
    "fields", [(-2, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257), (0, 2**55, 1)]
)
def test_a_tile_outside_the_geometry_cannot_be_made(fields):
    with pytest.raises(MalformedProof):
        Tile(*fields)


def test_a_tile_has_exactly_its_hashes():
    assert hashes_of(Tile(0, 0, 2), b"".join(LEAVES[:2])) == LEAVES[:2]

    with pytest.raises(MalformedProof):
        hashes_of(Tile(0, 0, 2), b"".join(LEAVES[:2])[:-1])


def test_a_bundle_puts_each_entry_behind_its_length():
    assert bundle_of([b"paid", b"x" * 258]) == b"\x00\x04paid\x01\x02" + b"x" * 258


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=256))
def test_every_bundle_reads_back_as_its_entries(entries):
    assert entries_of(bundle_of(entries)) == entries


@given(
    st.binary(max_size=40) | st.lists(st.sampled_from([b"\0", b"\0\1a", b"\1"]), max_size=300).map(b"".join)
)
def test_whatever_bundle_parses_prints_as_it_was(bundle):
    try:
        entries = entries_of(bundle)
    except MalformedProof:
        return

    assert bundle_of(entries) == bundle


@pytest.mark.parametrize(
    "bundle", [b"", b"\0", b"\0\0", b"\0\1", b"\0\1ab", b"\0\2a", b"\0\1a\0", b"\0\1a" * 257]
)
def test_a_bundle_that_is_torn_empty_or_too_long_is_refused(bundle):
    with pytest.raises(MalformedProof):
        entries_of(bundle)


@pytest.mark.parametrize("entries", [[], [b""], [b"x" * 65_536], [b"x"] * 257])
def test_entries_that_do_not_fit_a_bundle_are_refused(entries):
    with pytest.raises(MalformedProof):
        bundle_of(entries)


def test_the_largest_entry_fits_a_bundle():
    assert entries_of(bundle_of([b"x" * 65_535])) == [b"x" * 65_535]

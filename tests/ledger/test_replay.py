"""Entries read back from a published log: each as its bundle has it, and each following from those before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import replay
from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import seal
from mingdan.ledger.errors import Broken
from mingdan.ledger.event import Digest, Epoch, Paid
from mingdan.ledger.proven import ProvenTiles, PublishedLog
from mingdan.ledger.replay import Chain, Part, Told, read_log
from mingdan.ledger.stream import LOG
from mingdan.ledger.tile import WIDTH, Edge, Tile, bundle_of, grow, new_bundles
from mingdan.ledger.tree import leaf_hash, root_of

STREAM = "order/" + 64 * "a"
OTHER = "order/" + 64 * "b"


def paid(stream: str, seq: int, prev: bytes | None, recorded: int = 1_000) -> bytes:
    claim = Claim(stream=stream, by="shop-a", event=Paid(amount=seq))
    return seal(claim, Paid(amount=seq), at=1_000, seq=seq, prev=prev, recorded=recorded)


def epoch(covers: int, previous: int | None, seq: int = 1, prev: bytes | None = None) -> bytes:
    event = Epoch(
        covers=covers,
        map="0" * 64,
        previous=previous,
        rules="0" * 64,
        statistics=Digest(sha256="0" * 64, size=covers),
        streams=1,
    )
    return seal(Claim(stream=LOG, by="ledger", event=event), event, at=1, seq=seq, prev=prev, recorded=1_000)


def entries_of(count: int) -> list[bytes]:
    """One stream that never ends."""
    made, prev = [], None
    for seq in range(1, count + 1):
        made.append(paid(STREAM, seq, prev))
        prev = leaf_hash(made[-1])
    return made


class Shelf:
    """A published log in memory."""

    def __init__(self, entries: list[bytes]) -> None:
        self.files: dict[str, bytes] = {}
        edge = grow(Edge(), map(leaf_hash, entries), self._put)
        for bundle in new_bundles(0, len(entries)):
            self._put(bundle, bundle_of(entries[bundle.index * WIDTH :][: bundle.width]))
        self.checkpoint = Checkpoint("shelf.example/log", len(entries), edge.root)

    @property
    def log(self) -> PublishedLog:
        return PublishedLog(self, self.checkpoint, "log/")

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def _put(self, tile: Tile, content: bytes) -> None:
        self.files[f"log/{tile.path}"] = content


def told(parts) -> list[Told]:
    return [each for part in parts for each in part.told]


def fault_of(shelf: Shelf) -> Broken:
    """What breaks first where this log is read."""
    try:
        return next(read_log(shelf.log)).faults[0]
    except Broken as error:
        return error


@pytest.fixture(scope="module")
def long() -> tuple[list[bytes], Shelf]:
    entries = entries_of(2 * WIDTH + 7)
    return entries, Shelf(entries)


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 511, 512])
def test_every_entry_comes_back_in_order_whatever_the_size(count):
    entries = entries_of(count)

    found = told(read_log(Shelf(entries).log))

    assert [each.raw for each in found] == entries
    assert [each.place for each in found] == list(range(count))


@given(st.integers(0, 2 * WIDTH + 7))
def test_reading_from_a_place_on_gives_the_rest(start):
    entries = entries_of(2 * WIDTH + 7)

    assert [each.raw for each in told(read_log(Shelf(entries).log, start))] == entries[start:]


def test_other_workers_give_the_same_in_the_same_order(long, monkeypatch):
    monkeypatch.setattr(replay, "SHARE", 1)
    entries, shelf = long
    with ThreadPoolExecutor(2) as pool:
        parts = list(read_log(shelf.log, 0, pool))

    assert [each.raw for each in told(parts)] == entries
    assert [part.files for part in parts] == [[f"log/{tile.path}"] for tile in new_bundles(0, len(entries))]


def test_a_fault_in_one_bundle_does_not_hide_another(long):
    entries, _ = long
    shelf = Shelf(entries)
    names = [f"log/{bundle.path}" for bundle in new_bundles(0, len(entries))]
    for name in names[:2]:
        shelf.files[name] = shelf.files[name].replace(b'"amount":2', b'"amount":1', 1)

    (part,) = read_log(shelf.log)

    assert [fault.evidence["file"] for fault in part.faults] == names[:2]


def test_an_altered_entry_is_named_by_its_bundle_and_its_place(long):
    entries, _ = long
    shelf = Shelf(entries)
    name = "log/tile/entries/001"
    shelf.files[name] = bundle_of([*entries[256:300], paid(STREAM, 999, b"\0" * 32), *entries[301:512]])

    (fault,) = next(read_log(shelf.log)).faults

    assert (fault.evidence["file"], fault.evidence["index"]) == (name, 300)


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001", "tile/0/002.p/7", "tile/1/000.p/2"])
def test_an_altered_tile_is_named_although_its_bundle_and_its_neighbours_are_right(long, path):
    entries, _ = long
    for place in (0, 31, -1):
        shelf = Shelf(entries)
        content = bytearray(shelf.files[f"log/{path}"])
        content[place] ^= 1
        shelf.files[f"log/{path}"] = bytes(content)

        assert fault_of(shelf).evidence["file"] == f"log/{path}"


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/002.p/7", "tile/1/000.p/2", "tile/entries/001"])
def test_a_missing_or_cut_file_is_named(long, path):
    entries, _ = long
    for content in (None, b"", b"\0" * 31):
        shelf = Shelf(entries)
        if content is None:
            del shelf.files[f"log/{path}"]
        else:
            shelf.files[f"log/{path}"] = content

        assert fault_of(shelf).evidence["file"] == f"log/{path}"


def test_tiles_that_lead_to_another_root_blame_the_checkpoint(long):
    entries, shelf = long
    other = Checkpoint("shelf.example/log", len(entries), sha256(b"other").digest())

    with pytest.raises(Broken, match="do not lead to the checkpoint") as caught:
        ProvenTiles(PublishedLog(shelf, other, "log/"))

    assert caught.value.evidence["file"] == "log/checkpoint"


def test_proven_tiles_tell_every_subtree(long):
    entries, shelf = long
    nodes = ProvenTiles(shelf.log).nodes
    leaves = [leaf_hash(entry) for entry in entries]

    assert [nodes.node(0, place) for place in range(len(entries))] == leaves
    assert nodes.node(9, 0) == root_of(leaves[:512])


# from entry to entry -----------------------------------------------------------------------------------
def chained(*raws: bytes) -> Chain:
    """A chain that took these entries; a log of any size may hold them, published or not."""
    chain = Chain()
    shelf = Shelf(list(raws))
    for part in read_log(shelf.log):
        assert part == Part(part.files, part.told, [])
        for each in part.told:
            chain.add(each)
    return chain


FIRST = paid(STREAM, 1, None)


def test_a_chain_tells_where_every_stream_ends():
    second = paid(OTHER, 1, None)
    third = paid(STREAM, 2, leaf_hash(FIRST))

    chain = chained(FIRST, second, third)

    assert {stream: (head.seq, head.index) for stream, head in chain.heads.items()} == {
        STREAM: (2, 2),
        OTHER: (1, 1),
    }


@pytest.mark.parametrize(
    "second",
    [
        paid(STREAM, 1, None),
        paid(STREAM, 3, leaf_hash(FIRST)),
        paid(STREAM, 2, None),
        paid(STREAM, 2, b"\0" * 32),
        paid(OTHER, 2, leaf_hash(FIRST)),
        paid(OTHER, 1, leaf_hash(FIRST)),
    ],
)
def test_an_entry_that_does_not_continue_its_stream_breaks_the_chain(second):
    with pytest.raises(Broken, match="does not continue its stream") as caught:
        chained(FIRST, second)

    assert caught.value.evidence["index"] == 1


def test_recorded_time_never_goes_back():
    with pytest.raises(Broken, match="goes back"):
        chained(FIRST, paid(STREAM, 2, leaf_hash(FIRST), recorded=999))


@pytest.mark.parametrize("sealed", [epoch(0, None), epoch(2, None), epoch(1, 0)])
def test_an_epoch_covers_what_stands_before_it_and_names_the_one_before(sealed):
    with pytest.raises(Broken, match="covers something else"):
        chained(FIRST, sealed)


def test_an_epoch_in_an_orders_stream_breaks_the_chain():
    event = Epoch(
        covers=0,
        map="0" * 64,
        previous=None,
        rules="0" * 64,
        statistics=Digest(sha256="0" * 64, size=0),
        streams=0,
    )
    raw = seal(Claim(stream=STREAM, by="ledger", event=event), event, at=1, seq=1, prev=None, recorded=1_000)

    with pytest.raises(Broken, match="epochs, and nothing else"):
        chained(raw)


def test_a_payment_in_the_logs_own_stream_breaks_the_chain():
    with pytest.raises(Broken, match="epochs, and nothing else"):
        chained(paid(LOG, 1, None))


def test_a_tree_ends_in_an_epoch():
    whole = chained(FIRST, epoch(1, None))
    whole.finish(2)

    with pytest.raises(Broken, match="ends in an epoch"):
        chained(FIRST, epoch(1, None), paid(OTHER, 1, None)).finish(3)


def test_a_chain_goes_on_from_where_another_ended():
    before = chained(FIRST, epoch(1, None))
    chain = Chain(before.heads.get, before.recorded, before.last_epoch)

    second = paid(STREAM, 2, leaf_hash(FIRST))
    (part,) = read_log(Shelf([FIRST, epoch(1, None), second]).log, 2)
    for each in part.told:
        chain.add(each)

    assert chain.heads[STREAM].seq == 2

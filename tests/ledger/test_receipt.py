"""Receipts: what the log promised, and whether it kept it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import seal
from mingdan.ledger.errors import Broken, MalformedProof, MingdanError
from mingdan.ledger.note import Signer, sign
from mingdan.ledger.proven import PublishedLog
from mingdan.ledger.receipt import ROLE, Promise, follow_up, open_receipt, print_receipt
from mingdan.ledger.stream import LOG
from mingdan.ledger.tile import Edge, Tile, bundle_of, grow, new_bundles
from mingdan.ledger.tree import leaf_hash

from .told import STREAM, epoch

ORIGIN = "orders.example.org/log"
KEY = Signer(ORIGIN + ROLE, bytes(range(32)))
NOON = 1_795_320_000_000
HOUR = 3_600_000

promises = st.lists(
    st.builds(
        Promise,
        index=st.integers(0, 10**16 - 1),
        publish_by=st.integers(0, 10**16 - 1),
        leaf=st.binary(min_size=32, max_size=32),
    ),
    min_size=1,
    max_size=5,
)


def entry(number: int, recorded: int, event: e.Event, stream: str) -> bytes:
    claim = Claim(stream=stream, by="kamao", event=event)
    return seal(claim, event, at=recorded, seq=number + 1, prev=None, recorded=recorded)


def log(*sealed: int, between: int = 3) -> list[bytes]:
    """A log with so many facts before each epoch, sealed at these instants."""
    raws: list[bytes] = []
    for at in sealed:
        raws += [entry(len(raws) + i, at, e.Noted(label=f"fact {i}"), STREAM) for i in range(between)]
        raws.append(entry(len(raws), at, epoch(len(raws)), LOG))
    return raws


class Files(dict):
    """The files of a log, as a source."""

    def read(self, path: str) -> bytes | None:
        return self.get(path)


def published(raws: list[bytes]) -> PublishedLog:
    tiles: dict[Tile, bytes] = {}
    grown = grow(Edge(), map(leaf_hash, raws), tiles.__setitem__)
    for bundle in new_bundles(0, len(raws)):
        start = bundle.index * 256
        tiles[bundle] = bundle_of(raws[start : start + bundle.width])
    files = Files({tile.path: content for tile, content in tiles.items()})
    return PublishedLog(files, Checkpoint(ORIGIN, grown.size, grown.root))


def verdicts(raws: list[bytes], *told: Promise, now: int = NOON + HOUR) -> list[str]:
    return [each.verdict for each in follow_up(told, published(raws), now=now)]


def promise(raws: list[bytes], index: int, publish_by: int) -> Promise:
    return Promise(index, publish_by, leaf_hash(raws[index]))


@given(promises)
def test_what_was_promised_is_read_back(told):
    assert open_receipt(print_receipt(ORIGIN, told, KEY), KEY.key) == (ORIGIN, told)


@given(promises, st.data())
def test_a_receipt_altered_anywhere_is_none(told, data):
    note = bytearray(print_receipt(ORIGIN, told, KEY))
    place = data.draw(st.integers(0, len(note) - 1))
    note[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises((Broken, MalformedProof)):
        open_receipt(bytes(note), KEY.key)


def test_a_receipt_by_another_logs_key_is_refused():
    other = Signer("another.example/log" + ROLE, bytes(32))

    with pytest.raises(Broken):
        open_receipt(print_receipt(ORIGIN, [Promise(0, 0, bytes(32))], other), other.key)


@pytest.mark.parametrize(
    "text",
    [
        "mingdan/receipt/v2\norders.example.org/log\n0 0 " + "A" * 43 + "=\n",
        "mingdan/receipt/v1\norders.example.org/log\n",
        "mingdan/receipt/v1\norders.example.org/log\n00 0 " + "A" * 43 + "=\n",
        "mingdan/receipt/v1\norders.example.org/log\n0  0 " + "A" * 43 + "=\n",
        "mingdan/receipt/v1\norders.example.org/log\n0 0 " + "A" * 42 + "B=\n",
    ],
)
def test_what_we_would_not_print_is_no_receipt_although_it_is_signed(text):
    with pytest.raises(MalformedProof):
        open_receipt(sign(text, [KEY]), KEY.key)


def test_an_entry_in_an_epoch_sealed_before_the_promise_ran_out_was_published_in_time():
    raws = log(NOON)

    (outcome,) = follow_up([promise(raws, 1, NOON)], published(raws), now=NOON)

    assert (outcome.verdict, outcome.published) == ("in time", NOON)


def test_the_first_epoch_that_covers_an_entry_counts():
    raws = log(NOON, NOON + HOUR, between=300)

    assert verdicts(raws, promise(raws, 10, NOON), promise(raws, 310, NOON)) == ["in time", "late"]


def test_an_entry_published_after_the_promise_ran_out_is_late():
    raws = log(NOON)

    assert verdicts(raws, promise(raws, 1, NOON - 1)) == ["late"]


def test_another_entry_in_its_place_breaks_the_promise():
    raws = log(NOON)

    assert verdicts(raws, Promise(1, NOON, leaf_hash(b"what was promised"))) == ["broken"]


def test_a_log_that_went_on_without_the_entry_breaks_the_promise():
    raws = log(NOON)

    assert verdicts(raws, Promise(len(raws), NOON - 1, bytes(32))) == ["broken"]


def test_a_promise_that_has_not_run_out_is_not_yet_due():
    assert verdicts(log(NOON), Promise(99, NOON + HOUR, bytes(32)), now=NOON + HOUR) == ["not yet due"]


def test_a_silent_log_is_overdue_which_is_less_than_broken():
    assert verdicts(log(NOON), Promise(99, NOON + 1, bytes(32)), now=NOON + HOUR) == ["overdue"]


@pytest.mark.parametrize("kind", ["tile/0/", "tile/entries/"])
def test_files_that_do_not_lead_to_the_checkpoint_prove_nothing(kind):
    raws = log(NOON)
    found = published(raws)
    (path,) = [path for path in found.source if path.startswith(kind)]
    for place in range(len(found.source[path])):
        altered = bytearray(found.source[path])
        altered[place] ^= 1
        files = Files(found.source | {path: bytes(altered)})

        with pytest.raises(MingdanError):
            follow_up([promise(raws, 1, NOON)], PublishedLog(files, found.checkpoint), now=NOON)

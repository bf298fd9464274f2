"""The laws of printing and parsing; what files look like, one by one, is in tests/corpus.py."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import MalformedProof
from mingdan.ledger.map import Head
from mingdan.ledger.note import Signer, sign
from mingdan.ledger.timeline import Opening, Timeline
from mingdan.ledger.tlog_proof import parse_proof, print_proof
from mingdan.ledger.tree import EMPTY_ROOT

LOG = Signer("log.example/orders", b"l" * 32)
STREAM = f"order/{'0a' * 32}"

hashes = st.binary(min_size=32, max_size=32)
paths = st.lists(hashes, max_size=4).map(tuple)
texts = st.text(max_size=20)
sizes = st.sampled_from([1, 2, 256, 2**53, 2**63 - 1]) | st.integers(1, 2**63 - 1)
heads = st.builds(Head, st.integers(1, 2**63 - 1), st.integers(0, 2**63 - 1), hashes)
openings = st.builds(
    Opening, field=texts, opening=hashes.map(bytes.hex), seq=st.integers(1, 2**53 - 1), words=texts
)
timelines = st.builds(
    Timeline,
    stream=st.sampled_from(["log", STREAM]),
    checkpoint=sizes.map(lambda size: sign(Checkpoint(LOG.name, size, b"r" * 32).text, [LOG])),
    epoch=texts.map(str.encode),
    path=paths,
    head=st.none() | heads,
    map=st.binary(max_size=50),
    entries=st.lists(texts.map(str.encode), max_size=3).map(tuple),
    place=paths,
    openings=st.lists(openings, max_size=3).map(tuple),
)
PLAIN = Timeline(
    stream=STREAM,
    checkpoint=sign(Checkpoint(LOG.name, 3, b"r" * 32).text, [LOG]),
    epoch=b"{}",
    path=(b"p" * 32,),
    head=Head(1, 0, b"h" * 32),
    map=b"map",
    entries=("{订单}".encode(),),
    place=(b"q" * 32,),
    openings=(Opening(field="recipient", opening="0a" * 32, seq=1, words="玩家七"),),
)


def test_the_file_is_as_the_specification_says():
    first, extra, index, path, blank, *checkpoint = print_proof(PLAIN).decode().split("\n")

    assert (first, index, blank) == ("c2sp.org/tlog-proof@v1", "index 2", "")
    assert base64.b64decode(path) == b"p" * 32
    assert "\n".join(checkpoint).encode() == PLAIN.checkpoint
    assert base64.b64decode(extra.removeprefix("extra ")).decode() == (
        '{"entries":["{订单}"],"epoch":"{}","head":"00000000000000010000000000000000'
        + "68" * 32
        + '","map":"bWFw","openings":[{"field":"recipient","opening":"'
        + "0a" * 32
        + '","seq":1,"words":"玩家七"}],"place":["cXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXE="],"stream":"'
        + STREAM
        + '","v":1}'
    )


@given(timelines)
def test_every_timeline_reads_back_as_it_prints(timeline):
    assert parse_proof(print_proof(timeline)) == timeline


@given(timelines, st.data())
def test_a_file_that_still_parses_after_a_change_prints_as_it_was(timeline, data):
    file = bytearray(print_proof(timeline))
    at = data.draw(st.integers(0, len(file) - 1))
    file[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    try:
        parsed = parse_proof(bytes(file))
    except MalformedProof:
        return

    assert print_proof(parsed) == file


@given(st.binary(max_size=300))
def test_other_bytes_are_no_proof(file):
    with pytest.raises(MalformedProof):
        parse_proof(file)


@pytest.mark.parametrize(
    "change",
    [
        {"stream": "order/7"},
        {"checkpoint": b"no note"},
        {"checkpoint": sign(Checkpoint(LOG.name, 0, EMPTY_ROOT).text, [LOG])},
        {"checkpoint": sign("no checkpoint\n", [LOG])},
        {"epoch": b"\xff"},
        {"entries": (b"\xed\xa0\x80",)},
        {"path": (b"p" * 31,)},
        {"place": (b"p" * 33,)},
        {"openings": (Opening(field="f", opening="0A" * 32, seq=1, words="w"),)},
        {"openings": (Opening(field="f", opening="0a" * 32, seq=0, words="w"),)},
        {"openings": (Opening(field="f", opening="0a" * 32, seq=1, words="\ud800"),)},
    ],
)
def test_a_timeline_that_no_file_gives_back_is_not_printed(change):
    with pytest.raises(MalformedProof):
        print_proof(replace(PLAIN, **change))

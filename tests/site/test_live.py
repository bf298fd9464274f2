"""What a page makes of a live log, over logs and maps of every shape: the script itself, run by Node.js."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.map import Head, key_of, root_of
from mingdan.ledger.map_tile import grow as grow_map
from mingdan.ledger.map_tile import path_of
from mingdan.ledger.note import sign
from mingdan.ledger.tile import Edge, bundle_of, grow, new_bundles
from mingdan.ledger.tree import EMPTY_ROOT, leaf_hash

from .. import corpus as c

ROOT = Path(__file__).parents[2]


def laid_out(site: Path, size: int, streams: int) -> tuple[list[bytes], str]:
    """A log of this size with so many streams besides the order's: its entries, and the order's head."""
    raws = c.raws(3)
    head = Head(3, size - 2, leaf_hash(raws[-1])).value
    heads = {key_of(f"order/{n}"): Head(1, n, c.h(n)).value for n in range(streams)} | {
        key_of(c.STREAM): head
    }
    tiles: dict[bytes, bytes] = {}
    root = grow_map(EMPTY_ROOT, heads, tiles.__getitem__, tiles.__setitem__)
    assert root == root_of(sorted(heads.items()))
    files = {path_of(name): tile for name, tile in tiles.items()}
    epoch = c.Log(size=size, epoch={"map": root.hex()}).parts()["epoch"].encode()
    entries = [*(b'{"n":%d}' % n for n in range(size - 4)), *raws, epoch]
    for bundle in new_bundles(0, size):
        start = bundle.index * 256
        files[bundle.path] = bundle_of(entries[start : start + bundle.width])
    edge = grow(Edge(), map(leaf_hash, entries), lambda tile, content: files.update({tile.path: content}))
    files["checkpoint"] = sign(Checkpoint(c.ORIGIN, size, edge.root).text, [c.LOG])
    for path, content in files.items():
        (site / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (site / "log" / path).write_bytes(content)
    return entries, head.hex()


def at(entries: list[bytes], size: int) -> str:
    """The checkpoint of the log when it had so many of these entries."""
    root = grow(Edge(), map(leaf_hash, entries[:size]), lambda _tile, _content: None).root
    return sign(Checkpoint(c.ORIGIN, size, root).text, [c.LOG]).decode()


def asked(site: Path, checkpoint: str, head: str | None) -> dict:
    node = shutil.which("node")
    if node is None:
        pytest.fail("no Node.js: apt-get install nodejs", pytrace=False)
    timeline = {"stream": c.STREAM, "checkpoint": checkpoint, "head": head}
    trust = {"policy": c.policy(), "now": c.NOW, "fresh_within": c.DAY}
    ran = subprocess.run(
        [node, ROOT / "tests/outside/live.mjs", ROOT / "site/static", site],
        input=json.dumps({"timeline": timeline, "trust": trust}),
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


SHAPES = [(5, 5, 0), (256, 255, 10), (257, 256, 600), (512, 256, 3000), (513, 300, 1)]
LARGE = [(65_536, 65_535, 3000), (65_537, 65_536, 5), (66_000, 513, 1)]


@pytest.mark.parametrize(("size", "was", "streams"), SHAPES + LARGE)
def test_a_log_that_only_grew_answers_and_a_turned_bit_never_changes_the_answer(tmp_path, size, was, streams):
    entries, head = laid_out(tmp_path, size, streams)
    told = asked(tmp_path, at(entries, was), head)

    assert told["first"] | {"asOf": None} == {
        "ok": True,
        "changed": False,
        "stale": False,
        "asOf": None,
        "size": str(size),
        "head": head,
        "reason": None,
        "why": "",
    }
    assert len(told["files"]) <= 12
    accepted = {path for path, answer in told["turned"] if answer["ok"] is True}
    assert all(answer == told["first"] for _, answer in told["turned"] if answer["ok"] is True)
    assert all(path.startswith("log/tile/entries/") for path in accepted)  # its last entry counts


@pytest.mark.parametrize(("size", "was"), [(5, 5), (257, 256), (513, 300)])
def test_a_log_that_held_something_else_before_was_rewritten(tmp_path, size, was):
    entries, head = laid_out(tmp_path, size, 3)
    told = asked(tmp_path, at([b"another first entry", *entries[1:]], was), head)["first"]

    assert (told["ok"], told["reason"]) == (False, "forked")


def test_a_log_shorter_than_before_was_shrunk(tmp_path):
    entries, head = laid_out(tmp_path, 257, 3)
    told = asked(tmp_path, at([*entries, b"one more"], 258), head)["first"]

    assert (told["ok"], told["reason"]) == (False, "shrunk")


@pytest.mark.parametrize(
    ("seq", "ok", "changed", "reason"),
    [(2, True, True, None), (3, False, None, "back"), (4, False, None, "back"), (0, True, True, None)],
    ids=["one more entry", "another third entry", "one entry fewer", "a first entry"],
)
def test_a_stream_may_only_have_grown(tmp_path, seq, ok, changed, reason):
    entries, _ = laid_out(tmp_path, 300, 3)
    before = Head(seq, 7, c.h("before")).value.hex() if seq else None
    told = asked(tmp_path, at(entries, 299), before)["first"]

    assert (told["ok"], told["changed"], told["reason"]) == (ok, changed, reason)


def test_a_log_signed_by_no_key_the_page_knows_is_wrong(tmp_path):
    entries, head = laid_out(tmp_path, 20, 3)
    note = sign(Checkpoint(c.ORIGIN, 20, c.h("root")).text, [c.STRANGER])
    (tmp_path / "log/checkpoint").write_bytes(note)
    told = asked(tmp_path, at(entries, 19), head)["first"]

    assert (told["ok"], told["reason"]) == (False, "wrong")


def test_a_site_that_does_not_answer_says_nothing_against_the_page(tmp_path):
    entries, head = laid_out(tmp_path, 20, 3)
    shutil.rmtree(tmp_path / "log/map")
    told = asked(tmp_path, at(entries, 19), head)["first"]

    assert (told["ok"], told["reason"]) == (None, None)

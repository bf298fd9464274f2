from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.note import COSIGNATURE, Signer, sign
from mingdan.ledger.tile import Edge, bundle_of, grow, new_bundles, superseded
from mingdan.ledger.tree import leaf_hash

LOG = Signer("log.example/orders", b"l" * 32)
WITNESS = Signer("witness.example/w1", b"w" * 32, COSIGNATURE)


def entry(number):
    return b'{"kind":"order.paid","seq":%d}' % number + b" " * (number % 7)


def publish(log: Path, edge: Edge, size: int) -> Edge:
    def put(tile, content):
        (log / tile.path).parent.mkdir(parents=True, exist_ok=True)
        (log / tile.path).write_bytes(content)

    for bundle in new_bundles(edge.size, size):
        put(bundle, bundle_of([entry(bundle.index * 256 + place) for place in range(bundle.width)]))
    grown = grow(edge, (leaf_hash(entry(number)) for number in range(edge.size, size)), put)
    for tile in superseded(edge.size, size):
        (log / tile.path).unlink()
    head = Checkpoint(LOG.name, grown.size, grown.root)
    (log / "checkpoint").write_bytes(sign(head.text, [LOG, WITNESS], at=1_700_000_000))
    (log / "vkey").write_text(f"{LOG.key}\n")
    return grown


@pytest.fixture(scope="session")
def honest(tmp_path_factory):
    log = tmp_path_factory.mktemp("log")
    publish(log, Edge(), 257)
    return log


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 70_000])
def test_go_reads_hashes_and_proves_every_record_we_publish(go_accepts, tmp_path, size):
    publish(tmp_path, Edge(), size)

    answer = go_accepts(tmp_path)

    assert answer.stderr == ""
    assert answer.returncode == 0
    assert answer.stdout.startswith(f"log.example/orders: {size} records, ")


def test_go_accepts_a_log_that_grew_in_steps(go_accepts, tmp_path):
    edge = Edge()
    for size in [1, 3, 255, 256, 257, 700, 65_535, 65_537]:
        edge = publish(tmp_path, edge, size)

        answer = go_accepts(tmp_path)

        assert (answer.returncode, answer.stderr) == (0, "")


@given(st.data())
def test_go_rejects_any_flipped_bit(go_accepts, tmp_path_factory, honest, data):
    log = tmp_path_factory.mktemp("flipped")
    copytree(honest, log, dirs_exist_ok=True)
    published = sorted(path for path in log.rglob("*") if path.is_file() and path.name != "vkey")
    file = data.draw(st.sampled_from(published))
    content = bytearray(file.read_bytes())
    end = len(content)
    if file.name == "checkpoint":  # Go ignores a witness it does not know and the spare bits of base64
        end = content.index("\u2014".encode()) + 100
    content[data.draw(st.integers(0, end - 1))] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(content)

    answer = go_accepts(log)

    assert answer.returncode == 1
    assert answer.stderr.startswith("rejected: ")


def test_go_rejects_a_log_signed_with_another_key(go_accepts, tmp_path):
    publish(tmp_path, Edge(), 3)
    (tmp_path / "vkey").write_text(str(Signer(LOG.name, b"m" * 32).key))

    answer = go_accepts(tmp_path)

    assert answer.returncode == 1
    assert "no verifiable signatures" in answer.stderr


def test_go_rejects_a_log_with_a_missing_file(go_accepts, tmp_path):
    publish(tmp_path, Edge(), 257)
    (tmp_path / "tile/entries/000").unlink()

    answer = go_accepts(tmp_path)

    assert answer.returncode == 1
    assert "tile/entries/000" in answer.stderr

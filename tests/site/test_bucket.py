"""How a bucket is named, asked and answers; what goes wrong is said without a word of what is secret."""

from __future__ import annotations

import subprocess
import sys

import pytest
from obstore.store import MemoryStore

from mingdan.ledger.errors import Misuse, Unavailable
from mingdan.site.bucket import Bucket, bucket_at

from .s3 import BUCKET, KEYS, storing


@pytest.fixture
def bucket() -> Bucket:
    return Bucket(MemoryStore(), "s3://memory")


def test_what_is_written_is_read(bucket):
    bucket.write("o/a.html", b"page")

    held = bucket.read("o/a.html")

    assert held is not None
    assert held.content == b"page"
    assert list(bucket.paths()) == ["o/a.html"]


def test_where_nothing_lies_nothing_is_read(bucket):
    assert bucket.read("o/a.html") is None


def test_what_is_there_is_not_created_again(bucket):
    assert bucket.create("log/vkey", b"ours")
    assert not bucket.create("log/vkey", b"theirs")

    held = bucket.read("log/vkey")
    assert held is not None
    assert held.content == b"ours"


def test_only_what_was_held_is_replaced(bucket):
    bucket.write("log/checkpoint", b"1")
    held = bucket.read("log/checkpoint")
    assert held is not None

    assert bucket.replace("log/checkpoint", b"2", held)
    assert not bucket.replace("log/checkpoint", b"3", held)


def test_what_is_gone_is_removed_all_the_same(bucket):
    bucket.write("a", b"")

    bucket.remove(["a", "b"])
    bucket.remove(["a"])

    assert list(bucket.paths()) == []


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("s3://orders-example", None),
        ("s3://orders-example/", None),
        ("s3://orders.example/sites/a", "sites/a"),
        ("s3://orders.example/sites/a/", "sites/a"),
    ],
)
def test_an_address_names_a_bucket_and_a_prefix(address, prefix):
    bucket = bucket_at(address, KEYS)

    assert bucket.store.config["bucket"] == address.split("/")[2]
    assert (None if bucket.store.prefix is None else str(bucket.store.prefix)) == prefix
    assert bucket.address == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "orders-example",
        "gs://orders-example",
        "https://orders-example.s3.example",
        "s3://",
        "s3:///sites",
        "s3://Orders",
        "s3://key:hidden@orders-example",
        "s3://orders-example/a?X-Amz-Signature=hidden",
        "s3://orders-example/a/../hidden",
        "s3://orders-example/./hidden",
        "s3://orders-example/a//hidden",
        "s3://orders-example/a\nhidden",
        "s3://orders-example/a hidden",
    ],
)
def test_any_other_address_is_misuse_and_not_repeated(address):
    with pytest.raises(Misuse) as error:
        bucket_at(address, KEYS)

    assert "hidden" not in f"{error.value}{error.value.next_step}"


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_without_credentials_nothing_is_asked(missing):
    with pytest.raises(Misuse, match="no credentials"):
        bucket_at("s3://orders-example", {name: value for name, value in KEYS.items() if name != missing})


def test_without_the_extra_it_is_said_how_to_install_it():
    lacking = "import sys; sys.modules['obstore'] = None; from mingdan.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", lacking, "publish", "--to", "s3://orders-example"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 2
    assert "pip install 'mingdan[s3]'" in done.stderr


def test_a_bucket_that_is_not_there_is_named():
    with storing() as s3:
        absent = Bucket(s3.store(name="absent-example"), "s3://absent-example")
        with pytest.raises(Unavailable, match="no such bucket") as error:
            absent.write("index.html", b"")

    assert error.value.evidence["answer"] == "NoSuchBucket"


def test_what_a_server_says_is_not_repeated():
    with storing() as s3:
        s3.fault = lambda asked, _when: asked.nth > 0
        with pytest.raises(Unavailable) as error:
            s3.bucket().write("index.html", b"")

    said = f"{error.value}{error.value.next_step}"
    assert error.value.evidence["answer"] == "500 Internal Server Error"
    assert not any(value in said for value in (KEYS["AWS_SECRET_ACCESS_KEY"], KEYS["AWS_ACCESS_KEY_ID"]))


def test_a_server_that_is_not_there_is_said_to_give_no_answer():
    with storing() as s3:
        bucket = s3.bucket()
    with pytest.raises(Unavailable) as error:
        bucket.read("index.html")

    assert error.value.evidence == {"bucket": f"s3://{BUCKET}", "path": "index.html", "answer": "none"}

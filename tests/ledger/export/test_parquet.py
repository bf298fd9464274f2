"""Parquet: typed columns, the entries' bytes, and a clear word where pyarrow is missing."""

import io
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mingdan.ledger import event as e
from mingdan.ledger.errors import Misuse
from mingdan.ledger.export import parquet
from mingdan.ledger.tree import leaf_hash

from .written import NOW, ORDER, ORIGIN, exported, from_book, log, sealed


def table(content):
    return pq.read_table(io.BytesIO(content))


def test_columns_have_the_types_of_what_they_hold(market):
    schema = table(from_book(market, "parquet")).schema
    types = {name: schema.field(name).type for name in schema.names}

    assert types["at"] == types["data.due_at"] == pa.timestamp("ms", tz="UTC")
    assert types["position"] == types["data.amount"] == pa.int64()
    assert types["data.bound"] == pa.bool_()
    assert types["data.platform"] == types["data.entries"] == pa.string()
    assert types["entry"] == pa.binary()


def test_a_row_says_what_its_entry_says(market):
    found = table(from_book(market, "parquet"))
    entries = list(log(market))

    assert found["kind"].to_pylist() == [each.kind for each in entries]
    assert [leaf_hash(raw) for raw in found["entry"].to_pylist()] == [each.leaf for each in entries]
    assert found["recorded"].cast(pa.int64()).to_pylist() == [each.recorded for each in entries]
    assert found["position"].to_pylist() == list(range(1, len(entries) + 1))


def test_what_is_not_said_is_null():
    (row,) = table(exported("parquet", sealed((ORDER, e.Paid(amount=5))))).to_pylist()

    assert {name for name, value in row.items() if value is not None} == {
        *("at", "by", "data.amount", "entry", "kind", "leaf", "position", "recorded", "seq", "stream")
    }


def test_rows_are_written_in_groups_as_they_pass(monkeypatch):
    monkeypatch.setattr(parquet, "GROUP", 2)

    content = exported("parquet", sealed(*[(ORDER, e.Noted(label=str(n))) for n in range(5)]))

    assert pq.ParquetFile(io.BytesIO(content)).num_row_groups == 3


def test_the_file_says_whose_log_it_is_from():
    about = json.loads(
        table(exported("parquet", sealed((ORDER, e.Paid())), since=3)).schema.metadata[b"mingdan"]
    )

    assert (about["origin"], about["since"]) == (ORIGIN, 3)
    assert any("private words" in each for each in about["lacks"])


def test_without_pyarrow_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(Misuse, match="needs pyarrow") as caught:
        exported("parquet", sealed((ORDER, e.Paid()), at=NOW))

    assert caught.value.next_step == "pip install 'mingdan[parquet]'"

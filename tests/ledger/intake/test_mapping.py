import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.intake import language
from mingdan.ledger.intake.columns import columns_needed
from mingdan.ledger.intake.language import FromColumn
from mingdan.ledger.intake.mapping import parse_mapping, read_mapping

DOCS = Path(__file__).parents[3] / "docs"
TABLE = """
[source]
name = "shop"
shape = "table"
format = "csv"
case = "order"
[columns.placed]
missing = ["unknown"]
[[event]]
kind = "order.placed"
time = "placed"
[event.fields]
platform = "shop"
amount = { column = "price", as = "amount", scale = 2 }
"""
LOG = """
[source]
name = "shop"
shape = "log"
format = "xes"
case = "case:concept:name"
activity = "concept:name"
time = "time:timestamp"
[[event]]
activity = "Pay"
kind = "order.paid"
"""
WRONG = [
    (TABLE, "[source]", "[sauce]\n[source]", "mapping: no such table: sauce"),
    (TABLE, "case =", "kase =", "source: .*unknown field `kase`"),
    (TABLE, 'case = "order"', "case = []", "source: `case` and `key` name a column"),
    (TABLE, 'case = "order"', 'case = "order"\nkey = []', "source: `case` and `key` name a column"),
    (TABLE, '"shop"\nshape', '"My Shop"\nshape', "source: .*name"),
    (TABLE, '"table"', '"heap"', "source: .*'heap'.*shape"),
    (TABLE, '"table"', '"log"', "source: a log needs `activity` and `time`"),
    (TABLE, '"csv"', '"xes"', "source: an XES file is a log"),
    (TABLE, 'case = "order"', 'case = "order"\ntime = "t"', "source: .* are a log's"),
    (TABLE, 'case = "order"', 'case = "order"\nzone = "Moon"', "source: 'Moon' is no zone"),
    (TABLE, 'case = "order"', 'case = "order"\ntimes = []', "source: .*times"),
    (TABLE, 'case = "order"', 'case = "order"\ntimes = ["%H:%M"]', "source: '%H:%M' does not state"),
    (TABLE, 'case = "order"', 'case = "order"\nencoding = "utf-9"', "source: unknown encoding: utf-9"),
    (TABLE, 'case = "order"', 'case = "order"\nby = "My Shop"', "source, `by`"),
    (TABLE, 'case = "order"', 'case = "order"\ndelimiter = ";;"', "source: .*delimiter"),
    (TABLE, 'format = "csv"', 'format = "jsonl"\nquote = "\'"', "source: .* are for csv"),
    (TABLE, "[columns.placed]", "[columns.plaecd]", 'columns."plaecd": the mapping reads no such column'),
    (TABLE, "missing =", "mising =", 'columns."placed": .*unknown field `mising`'),
    (TABLE, 'missing = ["unknown"]', 'zone = "Moon"', "columns.\"placed\": 'Moon' is no zone"),
    (TABLE, "order.placed", "order.plcaed", "event 1 .order.plcaed.: no such kind"),
    (TABLE, "order.placed", "log.epoch", "event 1 .log.epoch.: .* none that can be imported"),
    (TABLE, "order.placed", "order.erased", "event 1 .order.erased.: .* none that can be imported"),
    (TABLE, "order.placed", "party.registered", "event 1 .party.registered.: imports tell of orders"),
    (TABLE, "order.placed", "sku.stocked", "event 1 .sku.stocked.: imports tell of orders"),
    (TABLE, "order.placed", "exception.reported", "event 1 .exception.reported.: imports tell of orders"),
    (TABLE, "order.placed", "policy.published", "event 1 .policy.published.: imports tell of orders"),
    (TABLE, '"shop"\nshape', '"ledger"\nshape', "source, `name`: .* is reserved"),
    (TABLE, 'case = "order"', 'case = "order"\nby = "ledger"', "source, `by`: .* is reserved"),
    (TABLE, 'time = "placed"', 'time = "placed"\nby = "ledger"', "event 1 .*`by`: .* is reserved"),
    (
        TABLE,
        'time = "placed"',
        'time = "placed"\nby = { column = "price", default = "ledger" }',
        "event 1 .*`by`: .* is reserved",
    ),
    (
        TABLE,
        'time = "placed"',
        'time = "placed"\nby = { column = "price", map = { us = "ledger" } }',
        "event 1 .*`by`: .* is reserved",
    ),
    (TABLE, 'case = "order"', f"case = {'[' * 5000}", "recursion"),
    (TABLE, 'time = "placed"', 'tmie = "placed"', "event 1 .order.placed.: .*unknown field `tmie`"),
    (
        TABLE,
        'time = "placed"',
        'learned = "placed"',
        "event 1 .*: in a table an event states the column of its `time`",
    ),
    (TABLE, 'time = "placed"', 'time = "placed"\nactivity = "x"', "event 1 .*: in a table .* no activity"),
    (TABLE, 'time = "placed"', 'time = "placed"\nwithout_time = "guess"', "event 1 .*'guess'"),
    (
        TABLE,
        'time = "placed"',
        'time = { column = "placed", default = 0 }',
        "event 1 .*`time`: .* no default",
    ),
    (
        TABLE,
        'time = "placed"',
        'time = { column = "placed", as = "id" }',
        "event 1 .*`time`: a time comes from",
    ),
    (TABLE, 'platform = "shop"', "", "event 1 .order.placed.: order.placed needs platform"),
    (TABLE, 'platform = "shop"', 'platform = "The Shop"', "event 1 .*field 'platform', 'The Shop'"),
    (
        TABLE,
        'platform = "shop"',
        'platform = "shop"\nsort = 1',
        "event 1 .*no field 'sort'; it has amount, bound",
    ),
    (TABLE, 'platform = "shop"', 'platform = "shop"\nqty = 0', "event 1 .*field 'qty', 0: .*>= 1"),
    (TABLE, 'platform = "shop"', 'platform = "shop"\nqty = 1.5', "event 1 .*field 'qty': .*float"),
    (TABLE, 'platform = "shop"', 'platform = "shop"\norder_no = 7', "event 1 .*field 'order_no', 7: .*str"),
    (TABLE, 'as = "amount"', 'as = "ammount"', "event 1 .*field 'amount': .*'ammount'"),
    (TABLE, ", scale = 2", "", "event 1 .*field 'amount': as = \"amount\" needs `scale`"),
    (TABLE, 'as = "amount"', 'as = "integer"', "event 1 .*field 'amount': .*only an amount has one"),
    (TABLE, ", scale = 2", ', scale = 2, decimal = ",", thousands = ","', "event 1 .*the same character"),
    (TABLE, 'as = "amount", scale = 2', 'decimal = ","', "event 1 .*are for amounts and integers"),
    (TABLE, 'as = "amount", scale = 2', 'join = " "', "event 1 .*several where they are joined"),
    (TABLE, 'as = "amount", scale = 2', 'map = { free = "none" }', "event 1 .*field 'amount', 'none'"),
    (TABLE, 'as = "amount", scale = 2', "default = -1", "event 1 .*field 'amount', -1"),
    (TABLE, 'as = "amount", scale = 2', 'as = "time", default = 1', "event 1 .*never invented"),
    (TABLE, 'column = "price"', "column = []", "event 1 .*field 'amount': `column` names a column"),
    (LOG, 'activity = "concept:name"', "", "source: a log needs `activity` and `time`"),
    (
        LOG,
        'format = "xes"',
        'format = "xes"\nencoding = "utf-8"',
        "source: an XES file says its own encoding",
    ),
    (LOG, 'activity = "Pay"', "", "event 1 .order.paid.: in a log an event states `activity`"),
    (LOG, 'activity = "Pay"', "activity = []", "event 1 .order.paid.: in a log an event states `activity`"),
    (LOG, 'activity = "Pay"', 'activity = "Pay"\ntime = "t"', "event 1 .*its time is the source's"),
    (LOG, 'activity = "Pay"', 'activity = ["Pay", "Pay"]', "event 1 .*'Pay' is told by an event before it"),
    (LOG, "[[event]]", "[event]", "event: Expected `array`"),
    (LOG, "[source]", "[source", "at line"),
]


@pytest.mark.parametrize(("mapping", "right", "wrong", "named"), WRONG, ids=range(len(WRONG)))
def test_a_mapping_that_cannot_be_followed_names_the_place(mapping, right, wrong, named):
    parse_mapping(mapping)
    with pytest.raises(MalformedSource) as refused:
        parse_mapping(mapping.replace(right, wrong, 1), "my.toml")

    assert refused.value.evidence["mapping"] == "my.toml"
    assert re.search(named, str(refused.value.evidence["reason"]))


def test_a_table_without_an_event_says_nothing():
    with pytest.raises(MalformedSource, match=r"needs an \[\[event\]\]"):
        parse_mapping(TABLE.partition("[columns")[0])


def test_a_mapping_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(MalformedSource, match="cannot be read") as refused:
        read_mapping(tmp_path / "missing.toml")

    assert "name a file that is there" in refused.value.next_step


def test_a_mapping_is_utf_8(tmp_path):
    (tmp_path / "m.toml").write_bytes(TABLE.encode().replace(b"unknown", b"inconn\xfc"))

    with pytest.raises(MalformedSource, match="cannot be read") as refused:
        read_mapping(tmp_path / "m.toml")

    assert "TOML in UTF-8" in refused.value.next_step


@pytest.mark.parametrize("path", sorted((DOCS / "mappings").glob("*.toml")), ids=lambda path: path.stem)
def test_the_mappings_we_ship_can_be_followed(path):
    assert read_mapping(path).source.name == path.stem


def test_a_column_is_needed_where_no_row_maps_without_it():
    log = LOG.replace("case =", 'key = ["n", "m"]\nlearned = "told"\ncase =')
    either = TABLE.replace('time = "placed"', 'time = ["placed", "begun"]\nwithout_time = "refuse"')
    joined = either.replace('["placed", "begun"]', '{ column = ["placed", "hour"], join = " " }')

    assert needed(log) == {"case:concept:name", "n", "m", "concept:name", "time:timestamp"}
    assert needed(TABLE) == needed(either) == {"order"}
    assert needed(TABLE.replace('time = "placed"', 'time = "placed"\nwithout_time = "refuse"')) == {
        "order", "placed",
    }  # fmt: skip
    assert needed(joined) == {"order", "placed", "hour"}


def needed(mapping):
    return {*columns_needed(parse_mapping(mapping))}


@pytest.mark.parametrize("words", [language.Source, language.Column, language.Rule, FromColumn])
def test_every_key_of_the_language_is_documented(words):
    reference = (DOCS / "mappings.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \|", reference, re.MULTILINE))

    assert {field.encode_name for field in fields(words)} <= documented


def test_every_choice_of_the_language_is_documented():
    reference = (DOCS / "mappings.md").read_text("utf-8")
    choices = re.findall(r"Literal\[([^]]+)\]", Path(language.__file__).read_text("utf-8"))

    assert [word for choice in choices for word in choice.split(", ") if f"`{word}`" not in reference] == []

"""Exported, imported elsewhere, and exported again: the same is told of the same orders."""

import gzip
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.inspect import type_info

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import MalformedSource, Misuse
from mingdan.ledger.event import PRIVATE, OrderEvent
from mingdan.ledger.fact import DIGEST, LEDGER
from mingdan.ledger.intake.importing import import_file
from mingdan.ledger.intake.mapping import NOT_IMPORTED, parse_mapping, read_mapping
from mingdan.ledger.intake.naming import NAMING
from mingdan.ledger.intake.retelling import import_export
from mingdan.ledger.stream import is_order

from .written import FORMATS, NOW, ORDER, ORIGIN, exported, from_book, log, read_back, sealed, story

DOCS = Path(__file__).parents[3] / "docs"
OTHER = "order/" + 64 * "b"


def written(folder, content, name="export"):
    path = folder / name
    path.write_bytes(content)
    return path


def told_of(entries):
    """The orders' entries that an import takes, as they tell of their streams."""
    taken = [each for each in entries if is_order(each.stream) and each.kind not in NOT_IMPORTED]
    return story(taken, {each.stream: each.stream for each in taken})


def told_again(book, folder, name):
    """What the export of an importing ledger tells, by the streams' names in the log it came from."""
    entries = read_back(folder, from_book(book, name))
    orders = book.vault.orders_of(each.stream for each in entries)
    return story(entries, {stream: order.alias for stream, order in orders.items()})


@pytest.mark.parametrize("name", FORMATS)
def test_a_market_exported_and_imported_and_exported_tells_the_same(market, open_book, tmp_path, name):
    target = open_book()

    report = import_export(target, written(tmp_path, from_book(market, name)), batch=100)

    assert told_again(target, tmp_path, name) == told_of(log(market))
    assert report.refused == report.duplicate == 0
    assert report.rows == report.recorded + sum(report.left_out.values())
    assert report.source == (ORIGIN if name != "jsonl" else "mingdan")


def rows(entries, name):
    """The entries as the rows of a format have them: XES goes order by order."""
    return entries if name != "xes" else sorted(entries, key=lambda each: streams(entries).index(each.stream))


def streams(entries):
    return list(dict.fromkeys(each.stream for each in entries))


facts = st.tuples(
    st.sampled_from([ORDER, OTHER]), st.sampled_from(get_args(OrderEvent)).flatmap(st.from_type)
)


@settings(max_examples=15)
@given(st.lists(facts, min_size=1, max_size=8), st.sampled_from(FORMATS), st.integers(-(2**40), NOW))
def test_whatever_is_told_of_orders_is_told_again(open_book, tmp_path_factory, told, name, at):
    source, folder, target = sealed(*told, at=at), tmp_path_factory.mktemp("again"), open_book()

    report = import_export(target, written(folder, exported(name, source)), lenient=True)

    there = rows([each.entry for each in source], name)
    refused = {refusal.row for refusal in report.refusals}
    assert all(isinstance(there[row - 1].event, e.Disavowed) for row in refused)  # of what is not there
    taken = [each for row, each in enumerate(there, 1) if row not in refused]
    if not (told := told_of(taken)):
        assert report.recorded == 0  # of nothing there is no export that would say its format
        return
    assert told_again(target, folder, name) == told


def naming():
    """An order of which facts name entries: taken back, answered, told of, relayed."""
    told = [(ORDER, e.Placed(platform="kamao")), (ORDER, e.Paid(amount=5)), (ORDER, e.Nudged(nudge="n"))]
    placed, paid, nudged = (each.entry.leaf.hex() for each in sealed(*told))
    located = e.Located(cause="c", entries=(placed, paid), holder="kamao", nudge="n", stage="stock")
    notified = e.Notified(channel="page", of=nudged, template="t")
    told += [(ORDER, located), (ORDER, notified), (ORDER, e.ActivationRelayed(of=paid))]
    return [*told, (ORDER, e.Disavowed(corrected_by=placed, entry=paid, reason="incorrect_data"))]


def test_what_names_an_entry_names_the_one_that_was_recorded_here(open_book, tmp_path):
    target = open_book()

    import_export(target, written(tmp_path, exported("jsonl", sealed(*naming()))))

    told = list(log(target))
    leaves = [each.leaf.hex() for each in told]
    assert told[3].event.entries == (leaves[0], leaves[1])
    assert told[4].event.of == leaves[2]
    assert told[5].event.of == leaves[1]
    assert (told[6].event.entry, told[6].event.corrected_by) == (leaves[1], leaves[0])
    assert target.order(told[0].stream).paid is None  # taken back here as it was there


def test_every_field_of_an_order_that_names_an_entry_is_known():
    for fact in get_args(OrderEvent):
        found = {field.name for field in type_info(fact).fields if DIGEST in repr(field.type)}
        assert found - {*PRIVATE.get(fact, ())} == {*NAMING.get(fact, ())}, fact


@pytest.mark.parametrize("name", FORMATS)
def test_importing_again_in_another_format_records_nothing(open_book, tmp_path, name):
    target, source = open_book(), sealed(*naming())
    import_export(target, written(tmp_path, exported("jsonl", source)))

    again = import_export(target, written(tmp_path, exported(name, source)))

    assert (again.recorded, again.duplicate) == (0, 7)


def test_history_is_known_as_of_when_that_log_knew_it(open_book, tmp_path):
    target, later = open_book(), NOW - 1_000
    told = [
        *sealed((ORDER, e.Placed(platform="kamao")), at=later),
        *sealed((OTHER, e.Placed(platform="kamao")), at=later, basis="backfill", learned=7),
        *sealed(("order/" + 64 * "c", e.Placed(platform="kamao")), at=later, basis="backfill"),
    ]

    import_export(target, written(tmp_path, exported("jsonl", told)))

    assert [(each.basis, each.learned) for each in log(target)] == [
        ("backfill", later),
        ("backfill", 7),
        ("backfill", None),
    ]


def test_an_order_that_was_erased_here_stays_erased_when_it_is_imported_again(open_book, tmp_path):
    told = [(ORDER, e.Placed(platform="kamao", recipient="0" * 64)), (ORDER, e.Paid(payment="1" * 64))]
    target, path = open_book(), written(tmp_path, exported("jsonl", sealed(*told)))
    import_export(target, path)
    stream = target.vault.find(ORDER).stream
    target.record([Claim(stream=stream, by=LEDGER, event=e.Erased(reason="mistake"))])
    target.vault.erase(stream)

    again = import_export(target, path)

    assert (again.recorded, again.duplicate, again.refused) == (0, 2, 0)


def test_an_order_is_found_by_the_name_of_its_stream_there(open_book, tmp_path):
    target = open_book()
    import_export(target, written(tmp_path, exported("jsonl", sealed(*naming()))))

    assert target.vault.find(ORDER).stream == next(log(target)).stream != ORDER


def test_what_is_no_order_and_what_only_a_ledger_does_is_left_out_and_counted(open_book, tmp_path):
    told = sealed(
        ("sku/card", e.KINDS["sku.opened"]()), (ORDER, e.Expired()), (ORDER, e.Erased(reason="mistake"))
    )

    report = import_export(open_book(), written(tmp_path, exported("ocel2", told)))

    assert report.left_out == {"sku.opened": 1, "order.erased": 1}
    assert (report.rows, report.recorded) == (3, 1)


def test_a_log_does_not_import_itself(market, tmp_path):
    with pytest.raises(Misuse, match="holds these entries itself"):
        import_export(market, written(tmp_path, from_book(market, "jsonl")))


@pytest.mark.parametrize("lenient", [False, True])
def test_a_disavowal_of_what_was_not_exported_is_refused_and_all_else_recorded(open_book, tmp_path, lenient):
    *before, last = sealed(*naming(), (OTHER, e.Expired()))
    kept = [each for each in [*before, last] if each.entry.kind != "order.paid"]
    target, path = open_book(), written(tmp_path, exported("jsonl", kept))

    if lenient:
        report = import_export(target, path, lenient=True)
        assert [(each.row, each.line) for each in report.refusals] == [(6, 6)]
        assert report.recorded == 6
    else:
        with pytest.raises(MalformedSource, match="refused here") as caught:
            import_export(target, path)
        assert (caught.value.evidence["row"], caught.value.evidence["recorded"]) == (6, 5)


def test_entries_go_on_where_an_earlier_export_ended(open_book, tmp_path):
    source, target = sealed(*naming()), open_book()
    import_export(target, written(tmp_path, exported("jsonl", source[:4])))

    report = import_export(target, written(tmp_path, exported("jsonl", source[4:])))

    assert (report.recorded, report.orders, len({each.stream for each in log(target)})) == (3, 0, 1)


@pytest.mark.parametrize("name", FORMATS)
def test_an_altered_entry_is_refused(open_book, tmp_path, name):
    source = sealed((ORDER, e.Noted(label="first")), (ORDER, e.Noted(label="second")))
    content = exported(name, source)
    if name == "parquet":  # a page of it would be torn: what it would hold is altered instead
        second = source[1]._replace(raw=source[1].raw.replace(b'"seq":2', b'"seq":0'))
        content = exported(name, [source[0], second])
    else:
        text = {"cloudevents": ('"seq":2', '"seq":3'), "jsonl": ('"seq":2', '"seq":0')}
        quoted = {"ocel2": ('\\"seq\\":2', '\\"seq\\":0'), "xes": ("&quot;seq&quot;:2", "&quot;seq&quot;:0")}
        quoted["xes"] = ('"seq":2', '"seq":0')
        was, now = (text | quoted)[name]
        assert was in content.decode()
        content = content.decode().replace(was, now).encode()

    report = import_export(open_book(), written(tmp_path, content), lenient=True)

    assert [each.row for each in report.refusals] == [2]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]\n",
        b"{}\n",
        b"order,what\n",
        b'{"at":1}\n',
        b"<log/>",
        b"PAR1",
        b'[{"id":"x"}]',
        b'{"events":[{}]}',
    ],
)
def test_what_mingdan_did_not_export_needs_a_mapping(open_book, tmp_path, content):
    with pytest.raises(MalformedSource) as caught:
        import_export(open_book(), written(tmp_path, content))

    assert "mapping" in caught.value.next_step


@pytest.mark.parametrize("name", ["jsonl", "cloudevents", "ocel2", "xes"])
def test_a_torn_export_is_refused_whole(open_book, tmp_path, name):
    target, content = open_book(), exported(name, sealed(*naming()))

    with pytest.raises(MalformedSource):
        import_export(target, written(tmp_path, content[:-40]), lenient=True)

    assert list(log(target)) == []


def test_packed_exports_are_read_as_well(open_book, tmp_path):
    packed = gzip.compress(exported("ocel2", sealed(*naming())))

    assert import_export(open_book(), written(tmp_path, packed)).recorded == 7


def test_a_mapping_decides_alone_how_an_export_is_read(open_book, tmp_path):
    path, target = written(tmp_path, exported("jsonl", sealed(*naming()))), open_book()
    lines = parse_mapping(LINES)

    report = import_file(target, path, lines)

    assert report.labels["order.placed"] == 1
    assert {each.kind for each in log(target)} == {"order.noted"}


def test_a_real_history_goes_through_xes_both_ways(shared, open_book, tmp_path):
    packed = next((shared / "data/bpic2019").glob("*.xes.gz"))
    with gzip.open(packed) as file:
        start = file.read(300_000)
    sample = written(tmp_path, start[: start.rindex(b"</trace>")] + b"</trace></log>", "sample.xes")
    source, target = open_book(), open_book()
    mapped = import_file(source, sample, read_mapping(DOCS / "mappings" / "bpic2019.toml"))

    report = import_export(target, written(tmp_path, from_book(source, "xes")))

    assert report.recorded == mapped.recorded > 200
    assert told_again(target, tmp_path, "xes") == told_of(log(source))


LINES = """
[source]
name = "lines"
shape = "log"
format = "jsonl"
case = "stream"
activity = "kind"
time = { column = "at" }
times = ["unix_ms"]
"""

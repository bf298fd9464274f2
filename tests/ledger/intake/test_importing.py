import random
import re
from contextlib import suppress
from itertools import count
from pathlib import Path

import msgspec
import pytest

from mingdan.ledger.entry import parse
from mingdan.ledger.errors import KeyReused, MalformedSource
from mingdan.ledger.event import KIND_OF
from mingdan.ledger.intake.importing import import_file
from mingdan.ledger.intake.mapping import parse_mapping
from mingdan.ledger.intake.report import Irregular
from mingdan.ledger.keeping.book import STEPS, Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault

DOCS = Path(__file__).parents[3] / "docs"
LOG = """
[source]
name = "shop"
shape = "log"
format = "csv"
case = "order"
activity = "what"
time = "when"
missing = ["-"]
[[event]]
activity = "Place"
kind = "order.placed"
fields = { platform = "shop", order_no = { column = "order" } }
[[event]]
activity = "Pay"
kind = "order.paid"
fields.amount = { column = "cents", as = "integer" }
[[event]]
activity = "Ship"
kind = "delivery.delivered"
fields.evidence = "source_record"
"""
NOW = 1_800_000_000_000
HEADER = "order,what,when,cents\n"
ROWS = [
    "A,Place,2024-01-01T08:00Z,-",
    "B,Ship,2024-01-01T08:01Z,-",
    "A,Pay,2024-01-01T08:02Z,990",
    "B,Pay,2024-01-01T08:03Z,5",
    "B,Place,2024-01-01T08:03Z,-",
    "A,Call the buyer,2024-01-01T08:04Z,-",
    "A,Ship,2024-01-01T09:00Z,-",
    "C,Place,2024-01-02T09:00Z,-",
]


class Died(Exception):
    pass


class Dying:
    """Dies when a step is reached for the n-th time."""

    def __init__(self, step: str, times: int) -> None:
        self.step, self.left = step, times

    def __call__(self, step: str) -> None:
        self.left -= step == self.step
        if self.left == 0:
            raise Died


@pytest.fixture
def opened():
    """Opens books, and closes their stores when the test is over."""
    engines = []

    def open_book(url, reached=lambda _: None):
        ledger = open_engine(url, "mingdan_ledger", durable=False)
        vault = open_engine(url.replace("ledger.db", "vault.db"), "mingdan_vault", durable=False)
        engines.extend((ledger, vault))
        book = Book(Store(ledger), Vault(vault), {}, clock=count(NOW).__next__, reached=reached)
        book.store.create()
        book.vault.create()
        return book

    yield open_book
    for engine in engines:
        engine.dispose()


@pytest.fixture
def book(opened, tmp_path):
    return opened(f"sqlite:///{tmp_path / 'ledger.db'}")


def written(tmp_path, rows=ROWS, name="history.csv"):
    path = tmp_path / name
    path.write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    return path


def imported(book, path, mapping=LOG, **how):
    return import_file(book, path, parse_mapping(mapping), **how)


def entries(book):
    return [parse(row.entry) for rows in book.store.scan(0) for row in rows]


def history(book):
    """What the log says of every order, by the source's own names."""
    told = {}
    aliases = {
        order.stream: order.alias
        for order in book.vault.orders_of(entry.stream for entry in entries(book)).values()
    }
    for entry in entries(book):
        event = msgspec.structs.asdict(entry.event) | {"order_no": None}  # its commitment is as its secret
        told.setdefault(aliases[entry.stream], []).append(
            (entry.seq, KIND_OF[type(entry.event)], entry.at, event)
        )
    return told


def test_every_row_is_recorded_and_accounted_for(book, tmp_path):
    report = imported(book, written(tmp_path))

    assert (report.rows, report.recorded, report.duplicate, report.refused) == (8, 8, 0, 0)
    assert report.orders == 3
    assert report.events == {"order.placed": 3, "delivery.delivered": 2, "order.paid": 2, "order.noted": 1}
    assert report.labels == {"Call the buyer": 1}
    assert report.activities == {"Place": 3, "Ship": 2, "Pay": 2, "Call the buyer": 1}
    assert report.missing == {"cents": {"-": 6}}
    assert report.irregular == {"before-placed": Irregular(entries=1, orders=1)}
    assert (report.first_at, report.last_at) == (1_704_096_000_000, 1_704_186_000_000)


def test_everything_imported_says_that_it_was_told_afterwards(book, tmp_path):
    imported(book, written(tmp_path))

    assert {(entry.basis, entry.by) for entry in entries(book)} == {("backfill", "shop")}


def test_an_order_is_found_by_the_name_its_source_gives_it(book, tmp_path):
    imported(book, written(tmp_path))
    stream = book.vault.find("shop:A").stream

    assert [entry.kind for entry in entries(book) if entry.stream == stream] == [
        "order.placed", "order.paid", "order.noted", "delivery.delivered",
    ]  # fmt: skip
    assert [words.words for words in book.vault.words_of([stream])[stream]] == ["A"]


def test_rows_of_one_order_that_share_an_instant_begin_with_its_placing(book, tmp_path):
    imported(book, written(tmp_path))
    stream = book.vault.find("shop:B").stream

    assert [entry.kind for entry in entries(book) if entry.stream == stream] == [
        "delivery.delivered", "order.placed", "order.paid",
    ]  # fmt: skip


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_a_file_imported_again_records_nothing(book, tmp_path, batch):
    imported(book, written(tmp_path))
    before = entries(book)
    report = imported(book, written(tmp_path), batch=batch)

    assert (report.rows, report.recorded, report.duplicate) == (8, 0, 8)
    assert (report.orders, report.events, report.irregular) == (0, {}, {})
    assert entries(book) == before


def test_it_is_the_same_on_another_database(opened, database_url, tmp_path):
    book = opened(database_url)
    first, again = imported(book, written(tmp_path)), imported(book, written(tmp_path))

    assert (first.recorded, again.duplicate) == (8, 8)


def test_a_file_that_has_grown_records_what_is_new(book, tmp_path):
    imported(book, written(tmp_path, ROWS[:5]))
    report = imported(book, written(tmp_path))

    assert (report.recorded, report.duplicate, report.orders) == (3, 5, 1)


def test_a_row_repeated_in_the_file_is_another_booking(book, tmp_path):
    report = imported(book, written(tmp_path, [*ROWS, ROWS[6], ROWS[6]]))

    assert report.events["delivery.delivered"] == 4


def test_with_key_columns_a_repeated_row_is_a_duplicate(book, tmp_path):
    keyed = LOG.replace('time = "when"', 'time = "when"\nkey = ["order", "what", "when"]')
    report = imported(book, written(tmp_path, [*ROWS, ROWS[6]]), keyed)

    assert (report.recorded, report.duplicate) == (8, 1)


def test_with_key_columns_rows_may_move(book, tmp_path):
    keyed = LOG.replace('time = "when"', 'time = "when"\nkey = ["order", "what", "when"]')
    imported(book, written(tmp_path), keyed)
    report = imported(book, written(tmp_path, ROWS[::-1]), keyed)

    assert (report.recorded, report.duplicate) == (0, 8)


def test_a_reordered_file_is_refused_at_the_first_row_that_moved(book, tmp_path):
    imported(book, written(tmp_path))
    before = entries(book)
    with pytest.raises(KeyReused, match="stood for another fact") as refused:
        imported(book, written(tmp_path, [*ROWS[:2], *ROWS[:1:-1]]))

    assert (refused.value.evidence["row"], refused.value.evidence["line"]) == (3, 4)
    assert entries(book) == before


def test_an_order_in_the_place_of_another_that_was_placed_alike_is_no_duplicate(book, tmp_path):
    without_number = LOG.replace(', order_no = { column = "order" }', "")
    imported(book, written(tmp_path), without_number)
    with pytest.raises(KeyReused, match="stood for another fact") as refused:
        imported(book, written(tmp_path, [*ROWS[:7], ROWS[7].replace("C", "D")]), without_number)

    assert refused.value.evidence["row"] == 8


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_an_interrupted_import_is_made_up_by_importing_again(opened, tmp_path, step, times):
    whole = opened(f"sqlite:///{tmp_path / 'whole-ledger.db'}")
    imported(whole, written(tmp_path))
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with suppress(Died):
        imported(opened(url, Dying(step, times)), written(tmp_path), batch=3)
    resumed = opened(url)
    report = imported(resumed, written(tmp_path), batch=3)

    assert report.recorded + report.duplicate == 8
    assert history(resumed) == history(whole)


@pytest.mark.parametrize("step", ["append-vaulted", "append-written", "append-committed"])
def test_a_resumed_import_makes_the_bytes_that_an_uninterrupted_one_makes(opened, tmp_path, step):
    def run(name, *reached):
        draw = random.Random(7).randbytes
        for each in reached:
            book = opened(f"sqlite:///{tmp_path / name}", each)
            book.clock = lambda: NOW
            with suppress(Died):
                imported(book, written(tmp_path), batch=3, draw=draw)
        return [row.entry for rows in book.store.scan(0) for row in rows]

    whole = run("whole-ledger.db", lambda _: None)
    resumed = run("ledger.db", Dying(step, 2), lambda _: None)

    assert resumed == whole


@pytest.mark.parametrize("batch", [1, 1000])
def test_an_erased_order_is_not_brought_back_by_importing_again(book, tmp_path, batch):
    imported(book, written(tmp_path))
    before = len(entries(book))
    book.vault.erase(book.vault.find("shop:A").stream)
    report = imported(book, written(tmp_path), batch=batch)

    assert (report.recorded, report.duplicate, len(entries(book))) == (0, 8, before)
    assert not book.vault.by_alias(["shop:A"])


def test_news_of_an_erased_order_go_to_it(book, tmp_path):
    imported(book, written(tmp_path))
    stream = book.vault.find("shop:A").stream
    book.vault.erase(stream)
    imported(book, written(tmp_path, [*ROWS, "A,Call again,2024-01-03,-"]), batch=1)

    assert entries(book)[-1].stream == stream


@pytest.mark.parametrize("row", ["D,Place,2.1.2024,-", "D,Pay,2024-01-01,-5", ",Place,2024-01-01,-"])
def test_one_row_that_does_not_map_refuses_the_import(book, tmp_path, row):
    with pytest.raises(MalformedSource, match=r"1 of 9 rows do not map.*row 5 \(line 6\)"):
        imported(book, written(tmp_path, [*ROWS[:4], row, *ROWS[4:]]))

    assert entries(book) == []


def test_lenient_records_the_others_and_lists_what_it_refused(book, tmp_path):
    report = imported(book, written(tmp_path, [*ROWS[:4], "D,Place,2.1.2024,-", *ROWS[4:]]), lenient=True)
    (refusal,) = report.refusals

    assert (report.rows, report.recorded, report.refused) == (9, 8, 1)
    assert (refusal.row, refusal.line) == (5, 6)
    assert refusal.reason == "none of the formats iso fits"
    assert refusal.evidence == {"column": "when", "got": "2.1.2024"}


def test_what_was_refused_is_recorded_once_it_is_corrected(book, tmp_path):
    imported(book, written(tmp_path, ["D,Place,2.1.2024,-", *ROWS]), lenient=True)
    report = imported(book, written(tmp_path, ["D,Place,2024-01-02,-", *ROWS]))

    assert (report.recorded, report.duplicate) == (1, 8)


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("damage", ["E,Place,2024-01-01", 'E,"Place,2024-01-01,-', "E,Pl\0ace,2024-01-01,-"])
def test_a_torn_file_records_nothing_however_lenient(book, tmp_path, damage, lenient):
    with pytest.raises(MalformedSource, match="line=10"):
        imported(book, written(tmp_path, [*ROWS, damage]), lenient=lenient, batch=1)

    assert entries(book) == []


@pytest.mark.parametrize("lenient", [False, True])
def test_a_file_cut_within_its_last_amount_records_nothing_however_lenient(book, tmp_path, lenient):
    path = written(tmp_path, [*ROWS, "C,Pay,2024-01-02T09:01Z,990"])
    path.write_bytes(path.read_bytes()[:-2])  # 99 is an amount too

    with pytest.raises(MalformedSource, match="last line has no end") as refused:
        imported(book, path, lenient=lenient, batch=1)

    assert (refused.value.evidence["row"], refused.value.evidence["line"]) == (9, 10)
    assert entries(book) == []


def objects(tmp_path, *rows):
    path = tmp_path / "history.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    return path


SHOP = LOG.replace('"csv"', '"jsonl"')


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("lacking", ["order", "what", "when"])
def test_needed_columns_that_no_row_has_record_nothing(book, tmp_path, lacking, lenient):
    row = {"order": "A", "what": "Place", "when": "2024-01-01"}
    path = objects(tmp_path, {name: value for name, value in row.items() if name != lacking})
    with pytest.raises(MalformedSource, match="needs columns that no row of the file has") as refused:
        imported(book, path, SHOP, lenient=lenient)

    assert refused.value.evidence["columns"] == lacking
    assert entries(book) == []


def test_columns_that_no_row_happens_to_have_are_reported_and_keep_nothing_back(book, tmp_path):
    placed = {"order": "A", "what": "Place", "when": "2024-01-01"}
    paid = {"order": "A", "what": "Pay", "when": "2024-01-02", "cents": 990}

    assert imported(book, objects(tmp_path, placed), SHOP).columns_never_seen == ["cents"]
    assert imported(book, objects(tmp_path, placed, paid), SHOP).columns_never_seen == []
    assert len(entries(book)) == 2


def test_of_a_file_without_rows_no_column_is_missed(book, tmp_path):
    assert imported(book, written(tmp_path, [])).columns_never_seen == []


EXAMPLES = re.findall(
    r"```toml\n(.*?)```\n\n```\w+\n(.*?)```", (DOCS / "mappings.md").read_text("utf-8"), re.DOTALL
)
TOLD = [  # what the rows beside each example of the reference are recorded as
    {"order.placed": 1, "order.paid": 1},
    {"order.placed": 2},
    {"order.noted": 1},
]


def test_every_example_of_the_reference_has_rows_beside_it():
    assert (DOCS / "mappings.md").read_text("utf-8").count("```toml") == len(EXAMPLES)


@pytest.mark.parametrize(
    ("example", "told"), [*zip(EXAMPLES, TOLD, strict=True)], ids=["log", "table", "xes"]
)
def test_the_examples_of_the_reference_read_the_rows_beside_them(book, tmp_path, example, told):
    mapping, rows = example
    path = tmp_path / "history"
    path.write_text(rows, parse_mapping(mapping).source.encoding or "utf-8")
    report = imported(book, path, mapping)

    assert report.events == told
    assert report.columns_never_seen == []


def test_what_the_rows_beside_the_examples_say_is_what_is_recorded(book, tmp_path):
    for mapping, rows in EXAMPLES:
        path = tmp_path / "history"
        path.write_text(rows, parse_mapping(mapping).source.encoding or "utf-8")
        imported(book, path, mapping)
    placed, paid, row, bare, noted = entries(book)

    assert (placed.event.sku, placed.at) == ("qq-coins-100", 1_714_536_000_000)
    assert (paid.event.amount, paid.at) == (9_950, 1_714_536_060_000)
    assert (row.event.amount, row.event.merchant, row.at) == (123_450, "orgenics-ltd", 1_714_721_400_000)
    assert (bare.event.amount, bare.event.merchant) == (None, "unknown")
    assert noted.event.label == "Create Purchase Order Item"


@pytest.mark.parametrize("row", EXAMPLES[0][1].splitlines())
def test_every_row_of_the_first_example_may_stand_alone(book, tmp_path, row):
    path = tmp_path / "history"
    path.write_text(row + "\n", "utf-8")

    assert imported(book, path, EXAMPLES[0][0]).recorded == 1


def test_a_file_that_changes_between_the_readings_is_noticed(book, tmp_path):
    path = written(tmp_path)

    def meddle(_done, of):
        if of is None:
            return
        path.write_text(HEADER + ROWS[0] + "\n", "utf-8")

    with pytest.raises(MalformedSource, match="changed while it was imported"):
        imported(book, path, progress=meddle, batch=2)

    assert len(entries(book)) == 2


def test_progress_counts_the_rows_of_both_readings(book, tmp_path):
    path = written(tmp_path, [f"{number},Place,2024-01-01,-" for number in range(2500)])
    seen = []
    imported(book, path, batch=1000, progress=lambda done, of: seen.append((done, of)))

    assert seen == [(1000, None), (2000, None), (1000, 2500), (2000, 2500), (2500, 2500)]


def test_the_report_is_json(book, tmp_path):
    report = imported(book, written(tmp_path))
    told = msgspec.json.decode(msgspec.json.encode(report))

    assert told["irregular"] == {"before-placed": {"entries": 1, "orders": 1}}
    assert told["sha256"] == report.sha256


def test_two_names_under_one_id_are_reported(book, tmp_path):
    path = objects(
        tmp_path,
        {"order": "1", "vendor": "A.B", "when": "2024-01-01"},
        {"order": "2", "vendor": "A B", "when": "2024-01-01"},
    )
    mapping = """
        source = { name = "shop", shape = "table", format = "jsonl", case = "order" }
        [[event]]
        kind = "order.placed"
        time = "when"
        fields = { platform = "shop", merchant = { column = "vendor", as = "id" } }
    """

    assert imported(book, path, mapping).shared_ids == {"a-b": ["A.B", "A B"]}


KEYED = LOG.replace('time = "when"', 'time = "when"\nkey = "cents"').replace('missing = ["-"]', "")
CLASH = ["A,Place,2024-01-01,l", "B,Place,2024-01-02,m", "A,Ship,2024-01-03,l", "B,Ship,2024-01-04,n"]


def test_two_facts_under_one_key_refuse_the_import_and_both_rows_are_named(book, tmp_path):
    with pytest.raises(MalformedSource, match=r"1 of 4 rows do not map.*row 3 \(line 4\).*before=row 1"):
        imported(book, written(tmp_path, CLASH), KEYED, batch=1)

    assert entries(book) == []


@pytest.mark.parametrize("batch", [1, 1000])
def test_lenient_refuses_the_later_of_two_facts_under_one_key_whenever_it_is_imported(book, tmp_path, batch):
    first = imported(book, written(tmp_path, CLASH), KEYED, lenient=True, batch=batch)
    again = imported(book, written(tmp_path, CLASH), KEYED, lenient=True, batch=batch)

    assert (first.rows, first.recorded, first.duplicate, first.refused) == (4, 3, 0, 1)
    assert (again.rows, again.recorded, again.duplicate, again.refused) == (4, 0, 3, 1)
    assert first.refusals == again.refusals
    assert (first.refusals[0].row, first.refusals[0].evidence) == (
        3, {"key": "shop key l", "before": "row 1"},
    )  # fmt: skip


@pytest.mark.parametrize(
    "other",
    ["B,Place,2024-01-01,l", "A,Place,2024-01-02,l", "A,Ship,2024-01-01,l"],
    ids=["order", "time", "kind"],
)
def test_a_fact_is_another_if_its_order_its_time_or_its_kind_is(book, tmp_path, other):
    with pytest.raises(MalformedSource, match="already stands for another fact"):
        imported(book, written(tmp_path, [CLASH[0], other]), KEYED)


def test_the_key_of_a_refused_row_is_free_for_the_next(book, tmp_path):
    report = imported(book, written(tmp_path, ["A,Place,2.1.2024,l", *CLASH[:2]]), KEYED, lenient=True)

    assert (report.recorded, [refusal.row for refusal in report.refusals]) == (2, [1])


def test_nobody_whom_a_row_names_speaks_as_the_ledger(book, tmp_path):
    spoken = LOG.replace('time = "when"', 'time = "when"\nby = { column = "cents", as = "id" }')
    with pytest.raises(MalformedSource, match="the ledger speaks for itself"):
        imported(book, written(tmp_path, ["A,Place,2024-01-01,Ledger"]), spoken)

    assert entries(book) == []


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_cannot_be_read_says_what_to_do(book, tmp_path, name):
    with pytest.raises(MalformedSource, match="cannot be read") as refused:
        imported(book, tmp_path / name)

    assert "name a file that is there" in refused.value.next_step

"""Whole imports of the real histories beside the repository, held to figures that others computed."""

import csv
import json
import lzma
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from mingdan.ledger.entry import Entry, read
from mingdan.ledger.event import Delivered, HopForwarded, Noted, Placed
from mingdan.ledger.intake.importing import import_file
from mingdan.ledger.intake.mapping import read_mapping
from mingdan.ledger.intake.report import Irregular, Report
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault
from mingdan.ledger.keeping.workspace import using_workspace

from ... import histories
from ...histories import MAPPINGS

PLACED, NOTED, RECORDS = "Create Purchase Order Item", "order.noted", "SCMS_Delivery_History_Dataset.csv.xz"


class Imported(NamedTuple):
    book: Book
    report: Report
    file: Path
    figures: dict
    orders: dict[str, list[Entry]]


def whole(name, book, report, shared, file):
    source = shared / "data" / name
    orders = defaultdict(list)
    for rows in book.store.scan(0):
        for row in rows:
            orders[row.stream].append(read(row.entry, row.kind, row.leaf))
    return Imported(book, report, source / file, json.loads((source / "figures.json").read_text()), orders)


@pytest.fixture(scope="module")
def bpic2019(shared, tmp_path_factory):
    report, folder = histories.bpic2019(shared, tmp_path_factory)
    with using_workspace(folder) as workspace:
        told = msgspec.convert(report, Report)
        yield whole("bpic2019", workspace.book(), told, shared, histories.BPIC2019)


@pytest.fixture(scope="module")
def scms(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scms")
    ledger, vault = (
        open_engine(f"sqlite:///{folder / room}.db", f"mingdan_{room}", durable=False)
        for room in ("ledger", "vault")
    )
    book = Book(Store(ledger), Vault(vault), {})
    book.store.create()
    book.vault.create()
    report = import_file(book, shared / "data/scms" / RECORDS, read_mapping(MAPPINGS / "scms.toml"))
    yield whole("scms", book, report, shared, RECORDS)
    ledger.dispose()
    vault.dispose()


def first(entries, fact):
    return next((entry for entry in entries if isinstance(entry.event, fact)), None)


def seconds(later, earlier):
    return (later - earlier) // 1000


def at(text):
    return int(datetime.fromisoformat(text).timestamp()) * 1000


def percentile(values, part):
    return sorted(values)[ceil(part * len(values)) - 1]


@pytest.mark.slow
def test_every_event_of_bpic2019_is_recorded(bpic2019):
    report, figures = bpic2019.report, bpic2019.figures

    assert report.sha256 == figures["files"]["16_bpic2019_1t_per_variant.xes.gz"]
    assert (report.rows, report.recorded) == (figures["n_events"], figures["n_events"]) == (338_247, 338_247)
    assert (report.duplicate, report.refused) == (0, 0)
    assert report.orders == len(bpic2019.orders) == figures["n_orders"]
    assert sum(map(len, bpic2019.orders.values())) == figures["n_events"]


@pytest.mark.slow
def test_the_activities_of_bpic2019_are_counted_as_others_count_them(bpic2019):
    assert bpic2019.report.activities == bpic2019.figures["activity_counts"]


@pytest.mark.slow
def test_the_activities_of_bpic2019_without_a_meaning_are_kept_by_name(bpic2019):
    kept = Counter(
        entry.event.label
        for entries in bpic2019.orders.values()
        for entry in entries
        if isinstance(entry.event, Noted)
    )
    wanted = {
        activity: number
        for activity, number in bpic2019.figures["activity_counts"].items()
        if bpic2019.figures["mapping"]["kinds"].get(activity, "other") in {"other", "approved", "invoiced"}
    }

    assert bpic2019.report.labels == kept == wanted


@pytest.mark.slow
def test_the_kinds_of_bpic2019_are_the_figures_kinds(bpic2019):
    counted, events = bpic2019.figures["kind_counts"], bpic2019.report.events

    assert events == {
        "order.noted": counted["other"] + counted["approved"] + counted["invoiced"],
        "delivery.delivered": counted["delivered"],
        "order.paid": counted["paid"],
        "order.placed": counted["placed"],
        "refund.paid": counted["refunded"],
        "dispute.decided": counted["dispute_closed"],
        "delivery.reversed": counted["returned"],
        "hop.accepted": counted["verified"],
        "hop.forwarded": counted["dispatched"],
        "order.cancelled": counted["cancelled"],
        "order.reinstated": counted["reinstated"],
        "dispute.opened": counted["disputed"],
    }


@pytest.mark.slow
def test_what_bpic2019_tells_before_the_order_is_irregular_and_kept(bpic2019):
    early = bpic2019.figures["events_before_placed"]

    assert bpic2019.report.irregular["before-placed"] == Irregular(early["n"], early["orders"])
    assert (early["n"], early["orders"]) == (3_984, 2_735)


@pytest.mark.slow
def test_the_times_of_bpic2019_reach_from_1948_to_2020(bpic2019):
    assert bpic2019.report.first_at == at(bpic2019.figures["raw_min_ts"])
    assert bpic2019.report.last_at == at(bpic2019.figures["raw_max_ts"])


@pytest.mark.slow
def test_the_deliveries_of_bpic2019_take_as_long_as_others_compute(bpic2019):
    figures = bpic2019.figures["delivery_s"]
    took = [
        seconds(delivered.at, first(entries, Placed).at)
        for entries in bpic2019.orders.values()
        if (delivered := first(entries, Delivered)) is not None
    ]

    assert len(bpic2019.orders) - len(took) == bpic2019.figures["never_delivered"]
    assert {name: percentile(took, part) for name, part in (("p90_s", 0.9), ("p99_s", 0.99))} == {
        name: figures[name] for name in ("p90_s", "p99_s")
    }
    assert (len(took), min(took), percentile(took, 0.5), max(took)) == (
        figures["n"], figures["min_s"], figures["median_s"], figures["max_s"],
    )  # fmt: skip


def test_every_line_of_scms_is_recorded(scms):
    report, figures = scms.report, scms.figures

    assert report.sha256 == figures["files"][RECORDS]
    assert (report.rows, report.recorded) == (figures["n_lines"], figures["n_lines"]) == (10_324, 10_324)
    assert (report.duplicate, report.refused) == (0, 0)
    assert report.orders == len(scms.orders) == figures["n_lines"]
    assert report.events == {
        "order.placed": figures["n_lines"],
        "delivery.delivered": figures["n_lines"],
        "hop.forwarded": figures["po_date_raw_kinds"]["date"],
    }


def test_the_markers_of_scms_are_counted_by_column(scms):
    figures = scms.figures
    wanted = {
        "PQ First Sent to Client Date": figures["pq_date_raw_kinds"],
        "PO Sent to Vendor Date": figures["po_date_raw_kinds"],
    }

    assert {
        name: found | {"date": wanted[name]["date"]} for name, found in scms.report.missing.items()
    } == wanted


def test_an_order_of_scms_without_a_quote_is_bound_by_its_earliest_date(scms):
    bound = [entries for entries in scms.orders.values() if entries[0].event.bound]

    assert len(bound) == scms.figures["all"]["quote_missing"]
    assert all(
        entries[0].at
        == min(
            [entries[0].event.due_at, *(t for e in entries[1:] for t in (e.at, e.learned) if t is not None)]
        )
        for entries in bound
    )


def test_the_late_lines_of_scms_are_the_figures(scms):
    late = Counter(
        entries[0].event.tier
        for entries in scms.orders.values()
        if first(entries, Delivered).at > entries[0].event.due_at
    )

    assert late == {
        "direct-drop": scms.figures["by_fulfil"]["Direct Drop"]["late_strict"],
        "from-rdc": scms.figures["by_fulfil"]["From RDC"]["late_strict"],
    }
    assert late.total() == scms.figures["all"]["late_strict"] == 1_186


def test_the_second_clock_of_scms_is_kept(scms):
    lags = [
        seconds(delivered.learned, delivered.at)
        for entries in scms.orders.values()
        if (delivered := first(entries, Delivered))
    ]
    figures = scms.figures["record_lag"]

    assert (sum(lag < 0 for lag in lags), sum(lag == 0 for lag in lags), sum(lag > 0 for lag in lags)) == (
        figures["negative"], figures["zero"], figures["positive"],
    )  # fmt: skip
    assert max(lags) == figures["pct_nonneg"]["max_s"]


def test_the_ways_of_scms_take_as_long_as_others_compute(scms):
    took = [
        seconds(first(entries, Delivered).at, sent.at)
        for entries in scms.orders.values()
        if (sent := first(entries, HopForwarded)) is not None
    ]
    figures = scms.figures["all"]["po_to_delivered_s"]
    known = [each for each in took if each >= 0]

    assert (len(known), percentile(known, 0.5), percentile(known, 0.9), max(known)) == (
        figures["n"], figures["median_s"], figures["p90_s"], figures["max_s"],
    )  # fmt: skip


def test_deliveries_of_scms_before_they_were_sent_are_recorded_as_irregular(scms):
    early = scms.figures["negative_po_to_delivered"]

    assert scms.report.irregular == {"after-delivery": Irregular(early, early)}


def test_the_vendors_of_scms_keep_apart(scms):
    vendors = {entries[0].event.merchant for entries in scms.orders.values()}

    assert len(vendors) == scms.figures["n_vendors"]
    assert scms.report.shared_ids == {}


def test_the_money_of_scms_is_exact(scms):
    with lzma.open(scms.file, "rt", encoding="utf-8", newline="") as text:
        wanted = sum(Decimal(row["Line Item Value"]) for row in csv.DictReader(text, delimiter="\t"))

    assert sum(entries[0].event.amount for entries in scms.orders.values()) == wanted * 100


def test_the_order_numbers_of_scms_are_in_the_vault_alone(scms):
    words = scms.book.vault.words_of(scms.orders)

    assert {len(entries[0].event.order_no) for entries in scms.orders.values()} == {64}
    assert len({spoken.words for (spoken,) in words.values()}) == scms.figures["n_po_so"]


def test_scms_imported_again_records_nothing(scms):
    report = import_file(scms.book, scms.file, read_mapping(MAPPINGS / "scms.toml"))

    assert (report.rows, report.recorded, report.duplicate, report.refused) == (10_324, 0, 10_324, 0)
    assert scms.book.store.max_notification_id() == sum(map(len, scms.orders.values()))

"""The Kaplan–Meier shares and the incidence of two real histories are those that others computed."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from mingdan.ledger.intake.language import Source
from mingdan.ledger.intake.source import SourceFile
from mingdan.ledger.intake.table import csv_rows
from mingdan.ledger.intake.xes import xes_rows
from mingdan.projections.incidence import ORDER, TOLD, incidence, kaplan_meier, place, reached, told
from mingdan.projections.standard_error import standard_errors
from mingdan.projections.survival import survival

pytestmark = pytest.mark.slow  # a third of a million events are read

DAY = 86_400_000
CASE, ACTIVITY, TIME = "case:concept:name", "concept:name", "time:timestamp"
SENT, ARRIVED = "PO Sent to Vendor Date", "Delivered to Client Date"


def millis(instant):
    return int(instant.timestamp()) * 1000


def known(shared, name):
    return json.loads((shared / "data" / name / "figures.json").read_text())


def purchase_orders(shared):
    """Of each order line: when it was placed, first delivered, and cancelled if that was the last word."""
    source = Source(name="bpic2019", shape="log", format="xes", case=CASE, activity=ACTIVITY, time=TIME)
    placed, delivered, cancelled = {}, {}, {}
    with SourceFile(next((shared / "data/bpic2019").glob("*.xes.gz"))) as file:
        for row in xes_rows(file, source, frozenset({CASE, ACTIVITY, TIME})):
            case, at = row.cells[CASE], millis(datetime.fromisoformat(row.cells[TIME]))
            match row.cells[ACTIVITY]:
                case "Create Purchase Order Item":
                    placed[case] = at
                case "Record Goods Receipt":
                    delivered[case] = min(at, delivered.get(case, at))
                case "Delete Purchase Order Item":
                    cancelled[case] = at
                case "Reactivate Purchase Order Item":
                    cancelled.pop(case, None)
    return [(at, delivered.get(case), cancelled.get(case)) for case, at in placed.items()]


def shipments(shared):
    """Of each order line with a known date: when it was sent to the vendor, and delivered."""
    source = Source(name="scms", shape="table", format="csv", delimiter="\t", case="ID")
    found = []
    with SourceFile(next((shared / "data/scms").glob("*.csv.xz"))) as file:
        for row in csv_rows(file, source, frozenset({SENT, ARRIVED})):
            if row.cells[SENT][0].isdigit():
                sent = datetime.strptime(row.cells[SENT], "%m/%d/%y").replace(tzinfo=UTC)
                arrived = datetime.strptime(row.cells[ARRIVED], "%d-%b-%y").replace(tzinfo=UTC)
                found.append((millis(sent), millis(arrived)))
    return [(sent, arrived) for sent, arrived in found if arrived >= sent]


@pytest.fixture(scope="module")
def bpic2019(shared):
    figures = known(shared, "bpic2019")
    as_of = millis(datetime.fromisoformat(figures["as_of"]))
    waits = defaultdict(list)
    for placed, delivered, cancelled in purchase_orders(shared):
        if delivered is not None:
            ends = {"km_A": (delivered, "delivered"), "km_B": (delivered, "delivered")}
        elif cancelled is not None:
            ends = {"km_A": (as_of, "open"), "km_B": (cancelled, "cancelled")}
        else:
            ends = {"km_A": (as_of, "open"), "km_B": (as_of, "open")}
        for name, (at, outcome) in ends.items():
            waits[name].append((at - placed, outcome))
    return waits, figures


def same(curve, figures):
    """Every share and count they give, and the median."""
    days = [name for name in figures if name.removesuffix("d").isdigit()]
    assert len(days) >= 5
    for day in days:
        step, theirs = curve.steps[place(curve, int(day.removesuffix("d")) * DAY)], figures[day]
        assert step.delivered / (curve.n * ORDER) == pytest.approx(theirs["delivered_share"], abs=1e-12)
        assert curve.n - step.left == theirs["events_by_t"] + theirs["censored_before_or_at_t"]
    assert reached(curve, 500) == figures["median_s"] * 1000
    assert curve.n == figures["n"]


@pytest.mark.parametrize("name", ["km_A", "km_B"])
def test_the_kaplan_meier_shares_of_bpic2019_are_the_known_ones(bpic2019, name):
    waits, figures = bpic2019

    assert sum(outcome == "delivered" for _, outcome in waits[name]) == figures[name]["events"]
    same(kaplan_meier(waits[name]), figures[name])


def test_the_incidence_of_bpic2019_and_its_errors_are_those_of_statsmodels(bpic2019):
    waits, _ = bpic2019
    curve = incidence(waits["km_B"])
    kinds = {"open": 0, "delivered": 1, "cancelled": 2}
    with np.errstate(divide="ignore", invalid="ignore"):  # after the last end none is left
        times, outcomes = zip(*waits["km_B"], strict=True)
        theirs = CumIncidenceRight(times, [kinds[outcome] for outcome in outcomes])
    errors = standard_errors(curve, range(len(curve.steps)))

    compared = 0
    for when, share, error in zip(theirs.times, theirs.cinc[0], theirs.cinc_se[0], strict=True):
        number = place(curve, int(when))
        assert curve.steps[number].delivered / (curve.n * ORDER) == pytest.approx(share, abs=1e-12)
        assert errors[number] / (curve.n * ORDER) == pytest.approx(error, abs=1e-9)
        compared += 1
    assert compared > 5000


def test_kaplan_meier_promises_more_of_bpic2019_than_is_kept(bpic2019):
    waits, _ = bpic2019
    shares = survival(waits["km_B"]).shares

    assert shares["30d"].kaplan_meier.rate == "0.7590"
    assert shares["30d"].delivered.rate < shares["30d"].kaplan_meier.rate


def test_the_drawn_curve_of_bpic2019_is_short_and_ends_where_the_whole_does(bpic2019):
    waits, _ = bpic2019
    found = survival(waits["km_B"])
    ends = [point.delivered + point.refunded + point.cancelled for point in found.curve]

    assert len(found.curve) <= 200
    assert all(before < after for before, after in pairwise(ends))
    assert found.curve[-1].delivered == told(incidence(waits["km_B"]).steps[-1].delivered)
    assert ends[-1] <= found.n * TOLD


def test_the_kaplan_meier_shares_of_scms_are_the_known_ones(shared):
    waits = [(arrived - sent, "delivered") for sent, arrived in shipments(shared)]

    same(kaplan_meier(waits), known(shared, "scms")["km_po_to_delivered"])


def test_the_kaplan_meier_shares_of_scms_as_of_2012_are_the_known_ones(shared):
    as_of = millis(datetime(2012, 1, 1, tzinfo=UTC))
    waits = [
        (arrived - sent, "delivered") if arrived <= as_of else (as_of - sent, "open")
        for sent, arrived in shipments(shared)
        if sent <= as_of
    ]

    same(kaplan_meier(waits), known(shared, "scms")["km_as_of_2012_01_01"])

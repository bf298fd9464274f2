"""The published figures of two real histories are those computed elsewhere, number by number."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from mingdan.projections.views import VIEWS

ROOT = Path(__file__).parent.parent
MINGDAN = Path(sys.executable).with_name("mingdan")

pytestmark = pytest.mark.slow


def run(folder: Path, *arguments: object) -> dict:
    done = subprocess.run(
        [MINGDAN, "-C", folder, *map(str, arguments), "--json"],
        check=True,
        capture_output=True,
        timeout=600,
        cwd=ROOT,
    )
    return json.loads(done.stdout)


def imported(folder: Path, source: Path, mapping: str) -> dict:
    run(folder, "init", "--origin", "history.example/log")
    return run(folder, "import", source, "--mapping", f"docs/mappings/{mapping}.toml")


def instants(backlog: dict[str, int]) -> list[str]:
    return [word for instant in backlog for word in ("--at", instant)]


def millis(instant: str) -> str:
    return str(int(datetime.fromisoformat(instant).timestamp()) * 1000)


def same_quantiles(ours: dict, theirs: dict) -> bool:
    names = {"min": "min_s", "p50": "median_s", "p90": "p90_s", "p99": "p99_s", "max": "max_s"}
    return ours["n"] == theirs["n"] and all(
        ours[mine] == theirs[their] * 1000 for mine, their in names.items() if theirs["n"]
    )


@pytest.fixture(scope="module")
def bpic2019(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bpic2019") / "w"
    figures = json.loads((shared / "data/bpic2019/figures.json").read_text())
    report = imported(folder, next((shared / "data/bpic2019").glob("*.xes.gz")), "bpic2019")
    told = run(folder, "stats", "--as-of", figures["as_of"], *instants(figures["backlog"]))
    return report, told["groups"][0], figures, folder


@pytest.fixture(scope="module")
def scms(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scms") / "w"
    figures = json.loads((shared / "data/scms/figures.json").read_text())
    report = imported(folder, next((shared / "data/scms").glob("*.csv.xz")), "scms")
    points = instants(figures["backlog_po_sent_not_delivered"])
    told = run(folder, "stats", "--as-of", figures["as_of"], "--by", "tier", *points)
    return report, {group["name"]: group for group in told["groups"]}, figures, folder


def test_every_row_of_bpic2019_is_accounted_for(bpic2019):
    report, _, figures, _ = bpic2019

    assert report["rows"] == report["recorded"] == figures["n_events"] == 338_247
    assert report["orders"] == figures["n_orders"]
    assert sum(report["events"].values()) == 338_247
    assert report["irregular"]["before-placed"] == {
        "entries": figures["events_before_placed"]["n"],
        "orders": figures["events_before_placed"]["orders"],
    }


def test_the_counts_of_bpic2019_are_the_known_ones(bpic2019):
    _, group, figures, _ = bpic2019
    counts = group["counts"]

    assert counts["orders"] == 11_973
    assert counts["never_delivered"] == figures["never_delivered"]
    assert counts["never_delivered_and_not_cancelled"] == figures["never_delivered_and_not_cancelled"]
    assert counts["cancelled"] == figures["cancelled_net"]
    assert counts["cancelled_after_delivery"] == figures["cancelled_after_delivery"]
    assert counts["orders"] - counts["paid"] == figures["never_paid"]
    status = figures["status_counts"]
    assert {name: counts[name] for name in status.keys() - {"cancelled_net"}} | {
        "cancelled_net": counts["cancelled"]
    } == status
    assert counts["reversed"] == figures["orders_with"]["goods_receipts_cancelled"]
    assert counts["disputed"] == figures["orders_with"]["disputed"]
    assert counts["refunded"] == figures["orders_with"]["refunded"]
    assert counts["accepted"] == figures["orders_with"]["order_confirmation"]
    assert counts["delivered_more_than_once"] == figures["orders_with"]["more_than_one_goods_receipt"]


def test_the_durations_of_bpic2019_are_the_known_ones(bpic2019):
    _, group, figures, _ = bpic2019
    delivery, payment = group["durations"]["placed_to_delivered"], group["durations"]["placed_to_paid"]

    assert same_quantiles(delivery, figures["delivery_s"])
    assert delivery["zero"] == figures["zero_durations"]
    assert delivery["negative"] == figures["negative_durations"]
    assert same_quantiles(payment, figures["placed_to_paid_s"])


def test_the_backlog_of_bpic2019_is_the_known_one_at_every_instant(bpic2019):
    _, group, figures, _ = bpic2019

    assert group["backlog"]["placed"] == {millis(at): n for at, n in figures["backlog"].items()}


def test_every_row_of_scms_is_accounted_for(scms):
    report, groups, figures, _ = scms

    assert report["rows"] == report["recorded"] == figures["n_lines"] == 10_324
    assert groups["all"]["counts"]["orders"] == groups["all"]["counts"]["delivered"] == 10_324
    assert report["missing"]["PO Sent to Vendor Date"] == {
        kind: n for kind, n in figures["po_date_raw_kinds"].items() if kind != "date"
    }


@pytest.mark.parametrize(
    ("name", "tier"), [("all", None), ("tier/direct-drop", "Direct Drop"), ("tier/from-rdc", "From RDC")]
)
def test_late_deliveries_of_scms_are_the_known_ones_by_tier(scms, name, tier):
    _, groups, figures, _ = scms
    known = figures["all"] if tier is None else figures["by_fulfil"][tier]
    lateness = groups[name]["lateness"]

    assert (lateness["promised"], lateness["late"]) == (known["n"], known["late_strict"])
    assert (lateness["on_the_instant"], lateness["early"]) == (known["on_the_day"], known["early"])
    assert same_quantiles(lateness["by"], known["lateness_s_of_late"])


@pytest.mark.parametrize(
    ("name", "tier"), [("all", None), ("tier/direct-drop", "Direct Drop"), ("tier/from-rdc", "From RDC")]
)
def test_the_durations_of_scms_are_the_known_ones_by_tier(scms, name, tier):
    _, groups, figures, _ = scms
    known = figures["all"] if tier is None else figures["by_fulfil"][tier]
    forwarded = groups[name]["durations"]["forwarded_to_delivered"]
    quoted = groups[name]["durations"]["placed_to_delivered"]

    assert same_quantiles(forwarded, known["po_to_delivered_s"])
    assert (forwarded["negative"], forwarded["missing"]) == (known["po_negative"], known["po_missing"])
    assert same_quantiles(quoted, known["quote_to_delivered_s"])
    assert (quoted["negative"], quoted["missing"]) == (known["quote_negative"], known["quote_missing"])


def test_the_backlog_of_scms_as_known_now_and_as_known_then(scms):
    _, groups, figures, _ = scms
    now, then = groups["all"]["backlog"]["forwarded"], groups["all"]["backlog_known_then"]["forwarded"]

    for instant, n in figures["backlog_po_sent_not_delivered"].items():
        assert now[millis(instant)] == n, instant
    for instant, n in figures["backlog_po_sent_delivery_not_yet_recorded"].items():
        assert then[millis(instant)] == n, instant


def test_how_late_deliveries_of_scms_were_recorded(scms):
    _, groups, figures, _ = scms
    lag, known = groups["all"]["record_lag"], figures["record_lag"]

    assert (lag["negative"], lag["zero"]) == (known["negative"], known["zero"])
    assert lag["n"] - lag["zero"] == known["positive"]
    assert same_quantiles(lag, known["pct_nonneg"])


def test_both_histories_are_published_and_verify(bpic2019, scms):
    for *_, folder in (bpic2019, scms):
        published = run(folder, "publish")
        verified = run(folder, "verify")

        assert verified["size"] == published["size"]
        assert verified["streams"] == published["orders"] + 1


def test_rebuilding_the_views_of_both_histories_finds_no_difference(bpic2019, scms):
    for *_, folder in (bpic2019, scms):
        found = run(folder, "rebuild")["views"]

        assert [view["view"] for view in found] == [view.name for view in VIEWS]
        assert {(view["added"], view["removed"], view["changed"]) for view in found} == {(0, 0, 0)}

"""The published figures of two real histories are those computed elsewhere, number by number."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs

from mingdan.ledger.keeping.workspace import using_workspace
from mingdan.ledger.policy import DAY
from mingdan.projections.catch_up import position
from mingdan.projections.census import parse_census, print_census, take_census
from mingdan.projections.figures import Figures
from mingdan.projections.survival import WAITS
from mingdan.projections.views import VIEWS, open_views
from mingdan.site.platform_page import platform_page
from mingdan.site.texts import texts

from . import histories
from .histories import MAPPINGS, imported, run
from .site.reading import Reading
from .site.stories import EDITION
from .site.test_conduct_page import table

pytestmark = pytest.mark.slow


class Edition(NamedTuple):
    """What an epoch of some instant would publish of the only platform: document, and page in English."""

    statistics: dict
    figures: Figures
    page: Reading

    def cells(self, caption: str) -> dict[str, list[str]]:
        """The rows of the page's table of that caption (the id of a text), by their heads."""
        return table(self.page, texts("en")[caption])


def published_as_of(folder: Path, instant: str) -> Edition:
    with using_workspace(folder) as workspace:
        engine = open_views(workspace.url("views"))
        told = take_census(engine, as_of=int(millis(instant)), size=position(engine), zone="UTC")
        engine.dispose()
    document = print_census(told)
    (figures,) = parse_census(document).platforms
    (statistics,) = json.loads(document)["platforms"]
    edition = structs.replace(EDITION, sealed=told.as_of, zone="UTC")
    return Edition(statistics, figures, Reading(platform_page(edition, "en", figures)))


def same_survival(edition: Edition, theirs: dict) -> None:
    """Kaplan and Meier's shares at every stated wait that they tell too, and the counts, on both."""
    ours, rows = edition.statistics["survival"], edition.cells("conduct.incidence.table")
    named = {f"{span // DAY}d": name for name, span in WAITS.items() if span % DAY == 0}
    told = [day for day in named if day in theirs]
    assert told == ["1d", "3d", "7d", "14d", "30d"]
    for day in told:
        share = ours["shares"][named[day]]
        alone, known = share["kaplan_meier"], theirs[day]["delivered_share"]
        gone = theirs[day]["events_by_t"] + theirs[day]["censored_before_or_at_t"]
        assert alone["numerator"] / alone["denominator"] == pytest.approx(known, abs=1e-9)
        assert ours["n"] - share["left"] == gone
        *_, left, shown = rows[day.replace("d", " d")]
        assert (left, shown) == (f"{theirs['n'] - gone:,}", one_decimal(known))
    assert (ours["n"], ours["outcomes"]["delivered"]) == (theirs["n"], theirs["events"])
    assert f"Of {theirs['n']:,} orders since" in edition.page.text


def one_decimal(share: float) -> str:
    """A share of theirs as pages print one."""
    return f"{100 * share:.1f}%"


def same_late_rate(edition: Edition, known: dict) -> None:
    """The headline's share is what was not late: document and page."""
    kept, told = known["n"] - known["late_strict"], edition.statistics["on_time"]["strict"]
    assert (told["numerator"], told["denominator"]) == (kept, known["n"])
    assert edition.page.all("p", class_="figure") == [f"{one_decimal(kept / known['n'])} n = {known['n']:,}"]
    beside = dict(zip(edition.page.all("dt"), edition.page.all("dd"), strict=True))
    assert beside["Late"] == f"{known['late_strict']:,}"


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
    figures = json.loads((shared / "data/bpic2019/figures.json").read_text())
    report, folder = histories.bpic2019(shared, tmp_path_factory)
    told = run(folder, "stats", "--as-of", figures["as_of"], *instants(figures["backlog"]))
    return report, told["groups"][0], figures, folder


@pytest.fixture(scope="module")
def scms(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scms") / "w"
    figures = json.loads((shared / "data/scms/figures.json").read_text())
    report = imported(folder, next((shared / "data/scms").glob("*.csv.xz")), MAPPINGS / "scms.toml")
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


def test_the_published_late_rates_of_scms_are_the_known_ones_by_tier_and_by_vendor(scms):
    *_, known, folder = scms
    edition = published_as_of(folder, "2016-01-01T00:00:00Z")  # when all of it had been due
    figures = edition.figures
    by_tier = {"direct-drop": known["by_fulfil"]["Direct Drop"], "from-rdc": known["by_fulfil"]["From RDC"]}
    vendors = {
        (strict.denominator - strict.numerator, strict.denominator)
        for vendor in figures.merchants.values()
        for strict in [vendor.on_time.strict]
    }

    same_late_rate(edition, known["all"])
    assert figures.on_time.strict.interval.low == "0.8788"
    strict = {name: tier.on_time.strict for name, tier in figures.tiers.items()}
    assert {name: (share.numerator, share.denominator) for name, share in strict.items()} == {
        name: (tier["n"] - tier["late_strict"], tier["n"]) for name, tier in by_tier.items()
    }
    rows = edition.cells("conduct.groups.by_tier")
    for name, tier in by_tier.items():
        kept = tier["n"] - tier["late_strict"]
        assert rows[name][1].startswith(f"{one_decimal(kept / tier['n'])} {kept:,} / {tier['n']:,}")
    assert set(map(tuple, known["top_vendors_late"].values())) <= vendors


def test_the_published_waits_of_scms_from_vendor_to_client_are_the_known_ones(shared, scms, tmp_path):
    *_, known, _ = scms
    folder, mapping = tmp_path / "w", tmp_path / "sent.toml"
    text = (MAPPINGS / "scms.toml").read_text()
    sent = text.replace('time = "PQ First Sent to Client Date"', 'time = "PO Sent to Vendor Date"')
    mapping.write_text(re.sub(r'\[columns\."PQ.*?\n\n', "", sent, flags=re.DOTALL))
    imported(folder, next((shared / "data/scms").glob("*.csv.xz")), mapping)
    run(folder, "catch-up")

    editions = {
        "km_po_to_delivered": published_as_of(folder, known["as_of"]),
        "km_as_of_2012_01_01": published_as_of(folder, "2012-01-01T00:00:00Z"),
    }

    for name, edition in editions.items():
        same_survival(edition, known[name])
        assert edition.figures.survival.p50 == known[name]["median_s"] * 1000
    whole = editions["km_po_to_delivered"].figures.survival
    assert whole.negative == known["negative_po_to_delivered"]
    assert whole.shares["30d"].delivered == whole.shares["30d"].kaplan_meier, "nothing else ended a wait"


def test_the_published_waits_of_bpic2019_are_the_known_ones(shared, tmp_path):
    """Where returned goods and money paid back are notes only, as their definition has it."""
    known = json.loads((shared / "data/bpic2019/figures.json").read_text())
    folder, mapping = tmp_path / "w", tmp_path / "kept.toml"
    first, *events = (MAPPINGS / "bpic2019.toml").read_text().split("[[event]]")
    kept = [each for each in events if '"delivery.reversed"' not in each and '"refund.paid"' not in each]
    mapping.write_text("[[event]]".join([first, *kept]))
    imported(folder, shared / "data/bpic2019" / histories.BPIC2019, mapping)
    run(folder, "catch-up")

    edition = published_as_of(folder, known["as_of"])
    survival = edition.figures.survival

    same_survival(edition, known["km_B"])
    assert survival.outcomes["cancelled"] == known["cancelled_net"] - known["cancelled_after_delivery"]
    assert survival.shares["30d"].delivered.rate < survival.shares["30d"].kaplan_meier.rate


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

"""A small published site walked from file to file: no link on any page leads nowhere."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from mingdan.ledger.claim import Claim
from mingdan.ledger.event import Notified
from mingdan.ledger.market import incident, party, promise, sku

from .reading import Reading
from .small_market import MINUTE, START, grown

DAY = 1440 * MINUTE
MARKET = [  # stream, who, what
    ("party/shop-a", "ledger", party.Registered(name="甲店", public=True, role="platform")),
    ("party/agent-a", "shop-a", party.Registered(name="乙代理", role="agent")),
    ("party/index.html", "shop-a", party.Registered(name="页", role="supplier")),
    ("party/agent-a", "ledger", party.Qualified(valid_until=START + 90 * DAY, verifier="shop-a")),
    ("party/index.html", "ledger", party.Warned(reasons="从未送达")),
    (
        "sku/game-100",
        "shop-a",
        sku.Listed(form="card", name="点券", platform="shop-a", stock_mode="upstream"),
    ),
    ("sku/game-100", "shop-a", sku.Mapped(to="bulk-100")),
    ("sku/bulk-100", "agent-a", sku.Listed(form="card", name="批", platform="agent-a", stock_mode="counted")),
    ("exception/cut-7", "agent-a", incident.Reported(kind="supply_cut", scope=("bulk-100",), starts=START)),
    ("sku/game-100", "shop-a", sku.Closed(exception="cut-7", reason="supply_cut")),
    (
        "policy/fast",
        "shop-a",
        promise.Published(
            clock_start="paid",
            due_in=MINUTE,
            notice_within=MINUTE,
            since=START + DAY,
            stage_limits=promise.StageLimits(),
            text="一分钟内送达",
            title="快",
            version=1,
            zone="Asia/Shanghai",
        ),
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Path]:
    """Orders, one whose buyer was told of an exception, and a register with something of everything."""
    market = grown(tmp_path_factory.mktemp("links") / "w")
    ordered = market.place("fourth")
    market.book.record([Claim(stream=stream, by=by, event=event) for stream, by, event in MARKET])
    (placed,) = market.workspace.store.rows_of([ordered])
    market.tell(ordered, Notified(about="cut-7", channel="sms", of=placed.leaf.hex(), template="cut"))
    market.publish()
    yield market.site
    market.close()


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


@cache
def reading(page: Path) -> Reading:
    return Reading(page.read_bytes())


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The file that each link of a page names, and the place in it; 404 pages lie at the root they name."""
    for href in reading(page).attributes("href") + reading(page).attributes("src"):
        if not href.startswith(("https:", "data:")):
            path, _, anchor = href.partition("#")
            yield (page.parent / path.lstrip("/") if path else page).resolve(), anchor


def test_every_link_leads_to_a_file_that_is_published(site):
    nowhere = [
        (page.relative_to(site).as_posix(), target.name)
        for page in pages(site)
        for target, _ in links(page)
        if not target.is_file()
    ]

    assert nowhere == []


def test_every_anchor_is_on_the_page_that_it_points_into(site):
    lost = [
        (page.relative_to(site).as_posix(), anchor)
        for page in pages(site)
        for target, anchor in links(page)
        if anchor and anchor not in reading(target).attributes("id")
    ]

    assert lost == []


def test_no_tracking_link_stands_in_any_file_but_its_orders_own(site):
    handles = {page.name.partition(".")[0].encode() for page in (site / "o").rglob("*.html")}
    told = [
        path.relative_to(site).as_posix()
        for path in site.rglob("*")
        if path.is_file() and path.relative_to(site).parts[0] != "o"
        if any(handle in path.read_bytes() for handle in handles)
    ]

    assert len(handles) == 4
    assert told == []


def test_every_feed_is_found_by_those_who_read_the_pages(site):
    feeds = {
        path.resolve() for path in site.rglob("*") if path.suffix == ".atom" or path.name.startswith("feed.")
    }
    linked = {target for page in pages(site) for target, _ in links(page)}

    assert len(feeds) > 10
    assert feeds <= linked


def test_every_page_but_orders_and_missing_ones_is_reached_from_the_front_page(site):
    reached, waiting = set[Path](), [site.resolve() / "index.html"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [target for target, _ in links(page) if target.suffix == ".html"]
    hidden = {page.relative_to(site).as_posix() for page in pages(site) if page.resolve() not in reached}

    assert {path for path in hidden if not path.startswith(("o/", "404"))} <= {
        "verify.html",
        "verify.en.html",
    }


def test_an_order_whose_buyer_was_told_of_an_exception_links_to_it(site):
    told = [page for page in pages(site) if "o" in page.relative_to(site).parts[:1]]
    targets = {target.relative_to(site.resolve()).as_posix() for page in told for target, _ in links(page)}

    assert "exceptions/index.html" in targets

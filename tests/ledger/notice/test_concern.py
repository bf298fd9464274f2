"""Who is told what: those who have a part in it, from when on they have it."""

from __future__ import annotations

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.market.incident import Acknowledged, Reported
from mingdan.ledger.market.party import Registered
from mingdan.ledger.market.sku import Listed, Sku, Stocked
from mingdan.ledger.notice.concern import WITH_HISTORY, concerned

from .receiver import NOON


def told(shop, skus=None) -> dict[str, set[str]]:
    """Every party and the kinds that it is told of."""
    (rows,) = shop.workspace.store.scan(0)
    found: dict[str, set[str]] = {}
    for row, parties in concerned(sorted(rows, key=lambda row: (row.stream, row.seq)), lambda: skus or {}):
        for party in parties:
            found.setdefault(party, set()).add(row.kind)
    return found


def test_who_sells_an_order_hears_all_of_it_and_a_tier_from_when_it_was_sent_there(shop):
    stream = shop.place("no-7")
    shop.tell(stream, e.Paid(amount=4980))
    shop.tell(stream, e.HopForwarded(attempt=1, to="east"))
    shop.tell(stream, e.HopAccepted(), by="east")

    heard = told(shop)

    assert heard["shop"] == heard["store"] == {"order.placed", "order.paid", "hop.forwarded", "hop.accepted"}
    assert heard["east"] == {"hop.forwarded", "hop.accepted"}
    assert heard.keys() == {"shop", "store", "east"}


def listed(shop, name: str, platform: str, upstream: str | None = None) -> Sku:
    listing = Listed(form="direct", name="Game 100", platform=platform, stock_mode="counted")
    shop.tell(f"sku/{name}", listing, by=platform)
    return Sku(stream=f"sku/{name}", listing=listing, upstream=upstream)


def test_an_exception_and_a_report_of_stock_reach_all_who_are_supplied_from_there(shop):
    skus = {
        "east-100": listed(shop, "east-100", "east"),
        "game-100": listed(shop, "game-100", "shop", "east-100"),
        "other": listed(shop, "other", "rival"),
    }
    shop.tell("sku/east-100", Stocked(as_of=NOON, qty=3, ttl=60_000), by="east")
    reported = Reported(kind="price_rise", scope=("east-100",), starts=NOON)
    shop.tell("exception/rise-1", reported, by="east")
    shop.tell("exception/rise-1", Acknowledged(), by="shop")

    heard = told(shop, skus)

    assert heard["shop"] == {"sku.listed", "sku.stocked", "exception.reported", "exception.acknowledged"}
    assert heard["east"] == heard["shop"]
    assert heard["rival"] == {"sku.listed"}


def test_a_party_hears_of_itself(shop):
    shop.tell("party/east", Registered(name="East", role="agent"))

    assert told(shop) == {"east": {"party.registered"}}


@pytest.mark.parametrize("room", WITH_HISTORY)
def test_whom_a_stream_concerns_is_told_by_its_beginning_only_where_it_is_short(room):
    assert room not in ("sku", "party")  # a SKU's stream grows with every report of its stock

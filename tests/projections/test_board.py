"""The stock board and what went over it: by hand-made stories that no guard looked at."""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.market import sku
from mingdan.ledger.policy import HOUR, MINUTE
from mingdan.projections import views

from .told import NOON, Telling, listed, placed, rows, stocked

CARD = "sku/card-100"


def shelf(qty=2):
    telling = Telling()
    telling.tell(CARD, listed(), 0)
    telling.tell(CARD, stocked(0, qty), 0)
    return telling


def accepted(telling):
    return [
        (row.qty, row.standing, row.carries, row.reason) for row in rows(telling.views(), views.acceptances)
    ]


def test_an_order_above_what_is_known_to_be_there_is_found_by_replay():
    telling = shelf()
    for number in range(3):
        telling.tell(f"o{number}", placed(), 1)

    assert accepted(telling) == [(1, 2, 2, "cap")]
    assert telling.conduct(10).supply["card-100"].over_accepted == 1


def test_what_was_delivered_is_gone_from_the_stock_until_it_is_reported_anew():
    telling = shelf()
    telling.bought("a", 1, 2)
    telling.bought("b", 1, 2)
    telling.tell("c", placed(), 3)
    telling.tell(CARD, stocked(4, 2), 4)
    telling.tell("d", placed(), 5)

    assert accepted(telling) == [(1, 0, 0, "cap")]


def test_an_order_taken_in_on_stale_stock_or_a_closed_intake_is_found_with_the_reason():
    telling = shelf()
    telling.tell("late", placed(), 61)
    telling.tell(CARD, sku.Closed(reason="maintenance"), 62)
    telling.tell("shut", placed(), 63)

    assert sorted(reason for *_, reason in accepted(telling)) == ["closed", "stale"]


def test_a_sku_that_nobody_listed_and_what_was_imported_are_not_judged():
    telling = Telling()
    telling.tell("o", placed(), 0)
    telling.tell(CARD, listed(), 1)
    telling.tell("old", placed(), 2, basis="backfill")

    assert accepted(telling) == []


def test_an_order_found_short_later_is_told_with_what_was_needed_and_what_was_there():
    telling = shelf()
    telling.tell("o", placed(qty=2), 1)
    telling.tell("o", e.StockShort(available=1, needed=2), 2)

    assert accepted(telling) == [(2, None, 1, "short")]
    found = telling.conduct(10).supply["card-100"]
    assert (found.short, found.over_accepted) == (1, 0)


def test_the_board_tells_what_a_sku_carries_and_how_old_that_knowledge_is():
    telling = shelf(5)
    telling.tell(CARD, sku.Mapped(to="brand-card"), 1)
    telling.tell(CARD, sku.Capped(basis="throughput", cap=3), 1)
    telling.tell(CARD, sku.Preorder(qty=7, restock_by=NOON + HOUR), 1)
    telling.tell(CARD, sku.Alerted(level="low"), 2)
    telling.tell(CARD, sku.IntakeRefused(qty=9, reason="cap"), 3)
    telling.tell("o", placed(qty=2), 4)

    found = telling.conduct(10).supply["card-100"]

    assert (found.stock, found.stock_age, found.stale) == (5, 10 * MINUTE, False)
    assert (found.carries, found.promised, found.cap, found.basis) == (3, 2, 3, "throughput")
    assert (found.preorder, found.restock_by) == (7, NOON + HOUR)
    assert (found.alert, found.refused, found.closed, found.upstream) == ("low", 1, None, "brand-card")


def test_knowledge_older_than_its_term_is_stale_and_so_is_none_at_all():
    telling = shelf()
    telling.tell("sku/unknown", listed(), 0)
    telling.tell("sku/endless", listed(stock_mode="unlimited"), 0)

    found = {name: each.stale for name, each in telling.conduct(61).supply.items()}

    assert found == {"card-100": True, "endless": False, "unknown": True}
    assert not telling.conduct(60).supply["card-100"].stale


def test_a_sku_stands_on_the_board_of_the_platform_that_lists_it():
    telling = shelf()
    telling.tell("sku/theirs", listed(platform="kasu"), 0, by="kasu")
    telling.tell("o", placed(), 1)
    telling.tell("p", placed(platform="kasu", sku="theirs"), 1)

    assert telling.conduct(2).supply.keys() == {"card-100"}
    assert telling.conduct(2, "kasu").supply.keys() == {"theirs"}

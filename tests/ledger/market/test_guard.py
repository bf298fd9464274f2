import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.entry import Entry
from mingdan.ledger.evolve import evolve, fold
from mingdan.ledger.market.guard import RULES, TURNING, Shelf, moved, promised, turned_away
from mingdan.ledger.market.sku import (
    Capped,
    Closed,
    Listed,
    Opened,
    Preorder,
    Sku,
    SkuEvent,
    Stocked,
    carries,
)
from mingdan.ledger.order import Order
from mingdan.ledger.status import ended

from ..told import disavowal
from ..told import entry as order_entry
from .told import NOW, after, counts, times

PLACED = e.Placed(platform="kamao", policy="default", qty=3, sku="card-100")
POSTPAID = replace(PLACED, policy=None)
PAID, LATE = e.Paid(), e.PaidLate(after="expired")
DELIVERED = e.Delivered(evidence="shown_to_buyer")
ONE = replace(DELIVERED, units=1)
CANCELLED = e.Cancelled(by="buyer", reason="changed my mind")
EXPIRED = e.Expired()
REVERSED = e.DeliveryReversed(reason="used before")
REQUESTED, REFUNDED = e.RefundRequested(), e.RefundPaid()

LISTED = Listed(form="card", name="百元卡", platform="kamao", stock_mode="counted")
UNLIMITED = replace(LISTED, stock_mode="unlimited")
STOCKED = Stocked(as_of=0, qty=10, ttl=NOW)
CLOSED = Closed(reason="maintenance")

any_order = settings(max_examples=100)
entries = st.from_type(Entry)
histories = st.lists(entries, unique_by=lambda each: each.leaf, max_size=16)
supplies = st.lists(st.from_type(SkuEvent), max_size=12)
skus = st.one_of(supplies, supplies.map(lambda supply: [LISTED, *supply])).map(lambda supply: sku(*supply))


def sku(*story: SkuEvent) -> Sku:
    return after("sku/card-100", *story)


def order(*story: e.Event) -> Order:
    return fold(order_entry(number, event, number) for number, event in enumerate(story))


# what an order still promises -------------------------------------------------------------------------
STORIES = [  # the order's facts, and the units it promises after them
    ([], 0),
    ([PLACED], 3),
    ([replace(PLACED, qty=None)], 1),
    ([PLACED, PAID], 3),
    ([PLACED, PAID, ONE], 2),
    ([PLACED, PAID, ONE, ONE, ONE], 0),
    ([PLACED, PAID, DELIVERED], 0),
    ([PLACED, PAID, DELIVERED, ONE], 0),
    ([PLACED, PAID, DELIVERED, REVERSED], 3),
    ([PLACED, PAID, DELIVERED, disavowal(2)], 3),
    ([PLACED, CANCELLED], 0),
    ([PLACED, CANCELLED, e.Reinstated(reason="stock came in")], 3),
    ([PLACED, EXPIRED], 0),
    ([PLACED, EXPIRED, LATE], 3),
    ([PLACED, EXPIRED, disavowal(1)], 3),
    ([PLACED, EXPIRED, PAID], 3),
    ([PLACED, PAID, e.Erased(reason="buyer_request")], 3),
    ([POSTPAID, CANCELLED], 0),
    ([POSTPAID, EXPIRED], 0),
    ([PLACED, PAID, CANCELLED], 3),
    ([PLACED, PAID, REQUESTED], 3),
    ([PLACED, PAID, REQUESTED, REFUNDED], 0),
    ([PLACED, PAID, CANCELLED, REQUESTED, REFUNDED], 0),
]


@pytest.mark.parametrize(("story", "expected"), STORIES)
def test_an_order_promises_what_is_neither_delivered_nor_at_its_end(story, expected):
    assert promised(order(*story)) == expected


@pytest.mark.parametrize("story", [story for story, _ in STORIES if story])
def test_what_an_order_promises_turns_on_the_kinds_that_are_named_for_it(story):
    turned = promised(order(*story)) != promised(order(*story[:-1]))

    assert type(story[-1]) in TURNING or not turned


def test_history_promises_nothing_any_more():
    imported = fold([order_entry(0, PLACED, 0, basis="backfill"), order_entry(1, PAID, 1)])

    assert promised(imported) == 0


@any_order
@given(histories)
def test_what_an_order_promises_is_never_negative_and_never_more_than_was_ordered(history):
    """I4"""
    known = fold(history)

    assert 0 <= promised(known) <= (known.qty or 1)


@any_order
@given(histories)
def test_an_order_at_its_end_or_never_placed_or_delivered_or_imported_promises_nothing(history):
    known = fold(history)
    over = ended(known) is not None or known.placed is None or known.imported

    assert promised(known) == 0 or not over
    assert promised(known) == 0 or known.units < (known.qty or 1)
    over |= known.erased is not None
    assert over or promised(known) == max(0, (known.qty or 1) - known.units)


@any_order
@given(histories, st.from_type(e.OrderEvent))
def test_facts_of_other_kinds_leave_what_an_order_promises_as_it_was(history, event):
    known = fold(replace(each, basis=None) for each in history)
    told = order_entry(99, event, 9)
    quiet = type(event) not in TURNING

    assert not quiet or promised(evolve(known, told)) == promised(known)


# what stands against the supply -----------------------------------------------------------------------
def shelf(*entries: Entry) -> Shelf:
    """What stands after these entries of one order."""
    stands, before = Shelf(), Order()
    for each in entries:
        after = evolve(before, each)
        stands, before = moved(stands, before, after), after
    return stands


SHELVES = [  # an order's facts, the units promised and those delivered after them
    ([PLACED], Shelf(promised=3)),
    ([PLACED, PAID, ONE], Shelf(promised=2, spent=1)),
    ([PLACED, PAID, DELIVERED], Shelf(spent=3)),
    ([PLACED, PAID, ONE, ONE, ONE], Shelf(spent=3)),
    ([PLACED, CANCELLED], Shelf()),
    ([PLACED, EXPIRED], Shelf()),
    ([PLACED, CANCELLED, e.Reinstated(reason="stock came in")], Shelf(promised=3)),
    ([PLACED, PAID, REQUESTED, REFUNDED], Shelf()),
    ([PLACED, PAID, ONE, REQUESTED, REFUNDED], Shelf(spent=1)),
    ([PLACED, PAID, DELIVERED, REVERSED], Shelf(promised=3, spent=3)),
    ([PLACED, PAID, DELIVERED, REVERSED, DELIVERED], Shelf(spent=6)),
    ([PLACED, PAID, DELIVERED, e.Erased(reason="buyer_request")], Shelf(spent=3)),
]


@pytest.mark.parametrize(("story", "expected"), SHELVES)
def test_what_is_delivered_stands_where_it_was_promised_and_what_comes_to_nothing_makes_room(story, expected):
    stands = shelf(*(order_entry(number, event, number) for number, event in enumerate(story)))

    assert stands[:2] == expected[:2]
    assert stands.last == max(
        [n for n, event in enumerate(story) if isinstance(event, e.Delivered)], default=0
    )


def test_a_shelf_starts_from_what_already_stands_there():
    stands = moved(Shelf(promised=5, spent=7), order(PLACED, PAID), order(PLACED, PAID, ONE))

    assert (stands.promised, stands.spent) == (4, 8)


def test_what_is_told_to_have_come_beyond_the_order_left_no_shelf():
    twice = shelf(
        *(order_entry(number, each, number) for number, each in enumerate([PLACED, PAID, DELIVERED, ONE]))
    )

    assert (twice.promised, twice.spent) == (0, 3)


def test_history_moves_no_shelf():
    told = [order_entry(number, event, number) for number, event in enumerate([PAID, DELIVERED], 1)]

    assert shelf(order_entry(0, PLACED, 0, basis="backfill"), *told) == Shelf()


@any_order
@given(histories)
def test_a_shelf_counts_every_unit_that_is_promised(history):
    """I4"""
    assert shelf(*history).promised == promised(fold(history))


@any_order
@given(histories, st.from_type(e.OrderEvent))
def test_no_fact_unspends_what_was_delivered(history, event):
    known = fold(history)

    assert moved(Shelf(), known, evolve(known, order_entry(99, event, 9))).spent >= 0


@any_order
@given(histories, st.from_type(e.Delivered))
def test_a_delivery_makes_no_room(history, event):
    """I4: only news of the stock does."""
    known = fold(history)
    stands = moved(Shelf(), known, evolve(known, order_entry(99, event, 9)))

    assert stands.promised + stands.spent >= 0


@pytest.mark.parametrize(("as_of", "spent"), [(6, 3), (7, 0), (8, 0)])
def test_a_report_from_before_a_delivery_knows_nothing_of_it(as_of, spent):
    assert Shelf(promised=1, spent=3, last=7).reported(as_of) == Shelf(1, spent, 7)


@any_order
@given(histories, st.from_type(e.OrderEvent))
def test_facts_of_other_kinds_move_no_shelf(history, event):
    known = fold(replace(each, basis=None) for each in history)
    after = evolve(known, order_entry(99, event, 9))

    assert type(event) in TURNING or moved(Shelf(2, 1), known, after) == Shelf(2, 1)


def test_the_last_one_is_sold_once_until_stock_is_reported_anew():
    """I4"""
    last = sku(LISTED, replace(STOCKED, qty=1))
    sold = moved(
        Shelf(promised=1), order(replace(PLACED, qty=1), PAID), order(replace(PLACED, qty=1), PAID, ONE)
    )

    assert turned_away(last, Shelf(), 1, NOW) is None
    assert turned_away(last, sold, 1, NOW) == "cap"
    assert turned_away(last, sold._replace(spent=0), 1, NOW) is None


# who is turned away -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("story", "standing", "qty", "now", "expected"),
    [
        ([], 10**6, 10**6, NOW, None),
        ([LISTED], 0, 1, NOW, "cap"),
        ([LISTED, STOCKED], 9, 1, NOW, None),
        ([LISTED, STOCKED], 9, 2, NOW, "cap"),
        ([LISTED, STOCKED], 10, 1, NOW, "cap"),
        ([LISTED, STOCKED], 0, 1, NOW + 1, "stale"),
        ([LISTED, replace(STOCKED, qty=None)], 0, 1, NOW + 1, "cap"),
        ([LISTED, STOCKED, Preorder(qty=1, restock_by=2 * NOW)], 0, 1, NOW + 1, None),
        ([LISTED, STOCKED, Capped(basis="backlog", cap=4)], 4, 1, NOW, "cap"),
        ([LISTED, STOCKED, Capped(basis="backlog", cap=4)], 3, 1, NOW, None),
        ([LISTED, STOCKED, Capped(basis="backlog", cap=0)], 0, 1, NOW + 1, "cap"),
        ([LISTED, STOCKED], 10, 1, NOW + 1, "cap"),
        ([UNLIMITED, STOCKED, Capped(basis="manual", cap=4)], 4, 1, NOW + 1, "cap"),
        ([LISTED, STOCKED, CLOSED], 0, 1, NOW, "closed"),
        ([LISTED, STOCKED, CLOSED], 0, 1, NOW + 1, "closed"),
        ([LISTED, STOCKED, CLOSED, Opened()], 0, 1, NOW, None),
        ([replace(LISTED, stock_mode="unlimited")], 10**6, 10**6, NOW, None),
        ([replace(LISTED, stock_mode="unlimited"), Capped(basis="manual", cap=4)], 4, 1, NOW, "cap"),
        ([replace(LISTED, stock_mode="unlimited"), CLOSED], 0, 1, NOW, "closed"),
    ],
)
def test_an_order_is_turned_away_with_the_reason(story, standing, qty, now, expected):
    assert turned_away(sku(*story), Shelf(standing), qty, now) == expected


@any_order
@given(skus, counts, counts, times)
def test_an_open_intake_turns_away_exactly_what_the_supply_does_not_carry(known, standing, qty, now):
    """I4"""
    most = carries(known, now)
    taken = known.listing is None or most is None or standing + qty <= most
    closed = known.listing is not None and known.closed is not None

    assert (turned_away(known, Shelf(standing), qty, now) is None) == (taken and not closed)


@any_order
@given(skus, counts, counts, times)
def test_nothing_is_turned_away_from_a_sku_that_nobody_listed(known, standing, qty, now):
    assert turned_away(replace(known, listing=None), Shelf(standing), qty, now) is None


@any_order
@given(skus, counts, counts, times)
def test_the_reason_is_one_that_can_be_said(known, standing, qty, now):
    assert turned_away(known, Shelf(standing), qty, now) in {None, *RULES}

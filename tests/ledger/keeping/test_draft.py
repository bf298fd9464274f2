import pytest
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.entry import parse
from mingdan.ledger.errors import IllegalTransition, KeyReused
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.policy import Policy

from .scribe import NOON, draws, flaws, placed

DELIVERED = e.Delivered(evidence="provider_receipt")
CONTACT = {"contact": "bao@example.org"}


def assert_repeated(stores, before, first, second):
    known = [replace(receipt, duplicate=True, irregular=None) for receipt in first]

    assert second == known
    assert stores.kept() == before


CLAIMS = {
    "a fact": [(e.Noted(label="x"), {})],
    "a fact at a time": [(e.Noted(label="x"), {"at": NOON - 0})],
    "private words": [(DELIVERED, {"private": {"goods": "CARD-1-KEY"}})],
    "history": [
        (e.Noted(label="seen"), {"basis": "observed", "at": NOON - 86_400_000, "learned": NOON - 3_600_000})
    ],
    "several": [(e.HopForwarded(attempt=1, to="agent-east"), {}), (e.HopUncertain(), {}), (DELIVERED, {})],
}


@pytest.fixture(params=CLAIMS.values(), ids=CLAIMS)
def keyed(request, says):
    return [says(event, key=f"key {i}", **more) for i, (event, more) in enumerate(request.param)]


def test_the_same_fact_under_its_key_is_recorded_once(stores, opened, keyed):
    first = opened.record(keyed)
    before = stores.kept()

    assert_repeated(stores, before, first, opened.record(keyed))


def test_a_key_holds_in_another_process_and_after_a_restart(stores, other_process, opened, keyed):
    first = opened.record(keyed)
    before = stores.kept()
    later = other_process.book(lambda: NOON + 3_600_000)

    assert_repeated(stores, before, first, later.record(keyed))


def test_a_key_holds_within_one_batch(stores, opened, keyed):
    receipts = opened.record([*keyed, *keyed])
    first, second = receipts[: len(keyed)], receipts[len(keyed) :]

    assert_repeated(stores, stores.kept(), first, second)
    assert flaws(stores.log()) == []


def test_new_facts_beside_repeated_ones_are_recorded(opened, keyed, says):
    first = opened.record(keyed)
    receipts = opened.record([*keyed, says(e.Noted(label="new"), key="new")])

    assert [receipt.duplicate for receipt in receipts] == [True] * len(first) + [False]
    assert receipts[-1].position == first[-1].position + 1


@pytest.mark.parametrize("private", [{}, CONTACT, CONTACT | {"order_no": "no-1"}], ids=len)
def test_an_order_placed_again_under_a_new_link_keeps_its_first(stores, other_process, order, says, private):
    first = stores.book().record([says(placed(), key="placed", private=private)], [order])
    before = stores.kept()
    drawn_again = draw_order(None, draws("again"))
    claim = says(placed(), key="placed", private=private, stream=drawn_again.stream)

    assert_repeated(stores, before, first, stores.book().record([claim], [drawn_again]))
    assert_repeated(stores, before, first, other_process.book().record([claim], [drawn_again]))


def test_an_order_placed_twice_in_one_batch_is_opened_once(stores, order, says):
    twin = draw_order(None, draws("twin"))
    first, second = stores.book().record(
        [
            says(placed(), key="p", private=CONTACT),
            says(placed(), key="p", private=CONTACT, stream=twin.stream),
        ],
        [order, twin],
    )

    assert replace(first, duplicate=True) == second
    assert stores.vault.orders_of([order.stream, twin.stream]) == {order.stream: order}


@pytest.mark.parametrize(
    "end", [e.Expired(), e.Cancelled(by="merchant", reason="x")], ids=["expired", "cancelled"]
)
def test_a_payment_that_came_late_is_recorded_once_too(stores, order, says, end):
    book = stores.book()
    paid = says(e.Paid(amount=5000), key="paid", private={"payment": "wx-0001"})
    book.record([says(placed()), says(end)], [order])
    first = book.record([paid])
    before = stores.kept()

    assert stores.log()[-1].kind == "order.paid_late"
    assert_repeated(stores, before, first, book.record([paid]))


def test_a_due_time_that_was_fixed_does_not_make_a_repeated_fact_another(stores, order, says):
    book = Book(stores.store, stores.vault, {"default": Policy(clock_start="placed")}, clock=lambda: NOON)
    claims = [says(placed(), key="placed"), says(e.Paid(), key="paid")]
    first = book.record(claims, [order])
    before = stores.kept()

    assert e.Placed in [type(parse(row.entry).event) for row in stores.log()]
    assert_repeated(stores, before, first, book.record(claims, [order]))


def test_facts_of_an_order_that_was_erased_meanwhile_are_still_known(stores, opened, order, says):
    claim = says(DELIVERED, key="goods", private={"goods": "CARD-1-KEY"})
    first = opened.record([claim])
    opened.record([says(e.Erased(reason="buyer_request"))])
    stores.vault.erase(order.stream)
    before = stores.kept()

    assert_repeated(stores, before, first, opened.record([claim]))


# after an erasure ---------------------------------------------------------------------------------------
PAYMENT = {"payment": "wx-0001"}


@pytest.fixture
def erased(stores, order, says):
    """An order placed and paid under its keys, then erased: its name is free again."""
    book = stores.book()
    claims = [says(placed(), key="placed", private=CONTACT), says(e.Paid(), key="paid", private=PAYMENT)]
    receipts = book.record(claims, [order])
    book.record([says(e.Erased(reason="buyer_request"))])
    stores.vault.erase(order.stream)
    return receipts


def sent_again(says, stream, contact=CONTACT, payment=PAYMENT, by="xiaomai"):
    """The same lines once more; the order's name is forgotten, and so another link was drawn for it."""
    return [
        replace(says(placed(), key="placed", private=contact, stream=stream), by=by),
        replace(says(e.Paid(), key="paid", private=payment, stream=stream), by=by),
    ]


@pytest.mark.parametrize(
    "contact", [CONTACT, {"contact": "somebody@example.org"}], ids=["the same words", "other words"]
)
def test_an_erased_orders_lines_sent_again_give_their_receipts(stores, other_process, says, erased, contact):
    before = stores.kept()
    for number, book in enumerate([stores.book(), other_process.book()]):
        drawn = draw_order("xiaomai:no-1", draws(str(number)))

        assert_repeated(stores, before, erased, book.record(sent_again(says, drawn.stream, contact), [drawn]))


def test_news_after_an_erased_orders_lines_are_news_of_the_erased_order(stores, says, order, erased):
    drawn, before = draw_order("xiaomai:no-1", draws("again")), stores.kept()
    again = sent_again(says, drawn.stream)

    with pytest.raises(IllegalTransition) as refused:
        stores.book().record([*again, says(DELIVERED, stream=drawn.stream)], [drawn])

    assert refused.value.evidence.items() >= {("rule", "erased"), ("stream", order.stream), ("statement", 3)}
    assert stores.kept() == before
    assert [receipt.stream for receipt in erased] == [order.stream] * 2


@pytest.mark.parametrize("words", [{}, CONTACT | {"recipient": "13900000001"}], ids=["fewer", "more"])
def test_other_private_fields_of_an_erased_order_are_refused_for_what_cannot_be_told(
    stores, says, erased, words
):
    drawn, before = draw_order("xiaomai:no-1", draws("again")), stores.kept()

    with pytest.raises(KeyReused, match="erased order") as refused:
        stores.book().record(sent_again(says, drawn.stream, contact=words), [drawn])

    assert refused.value.evidence["leaf"] == erased[0].leaf
    assert refused.value.next_step
    assert stores.kept() == before


def test_a_payment_of_an_erased_order_under_a_new_order_of_its_name_is_not_called_another_fact(
    stores, says, erased
):
    drawn = draw_order("xiaomai:no-1", draws("again"))
    (_, paid), unkeyed = sent_again(says, drawn.stream), says(placed(), stream=drawn.stream)

    with pytest.raises(KeyReused, match="erased order") as refused:
        stores.book().record([unkeyed, paid], [drawn])

    assert refused.value.evidence["leaf"] == erased[1].leaf


def test_what_differs_in_the_open_is_another_fact_although_the_order_was_erased(stores, says, erased):
    drawn = draw_order("xiaomai:no-1", draws("again"))

    with pytest.raises(KeyReused, match="another fact") as refused:
        stores.book().record(sent_again(says, drawn.stream, by="kamao"), [drawn])

    assert refused.value.evidence["leaf"] == erased[0].leaf


# another fact -------------------------------------------------------------------------------------------
OTHERS = {
    "another fact": {"event": e.HopAccepted()},
    "other words": {"event": e.Noted(label="y")},
    "another party": {"by": "agent-east"},
    "another time": {"at": NOON + 1},
    "history": {"basis": "backfill"},
    "learned at another time": {"learned": NOON},
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_another_fact_under_a_key_is_refused_with_what_the_key_stands_for(stores, opened, says, change):
    claim = says(e.Noted(label="x"), key="k")
    (first,) = opened.record([claim])
    before = stores.kept()

    with pytest.raises(KeyReused) as refused:
        opened.record([replace(claim, **change)])

    assert refused.value.evidence.items() >= {
        ("rule", "key-reused"),
        ("key", "xiaomai\nk"),
        ("position", first.position),
        ("leaf", first.leaf),
    }
    assert refused.value.next_step
    assert stores.kept() == before


@pytest.mark.parametrize("words", [{"goods": "CARD-2-KEY"}, {}], ids=["other", "none"])
def test_other_private_words_under_a_key_are_another_fact(stores, opened, says, words):
    opened.record([says(DELIVERED, key="goods", private={"goods": "CARD-1-KEY"})])
    before = stores.kept()

    with pytest.raises(KeyReused) as refused:
        opened.record([says(DELIVERED, key="goods", private=words)])

    assert "CARD" not in str(refused.value)
    assert stores.kept() == before


def test_the_same_fact_of_another_order_is_another_fact(stores, opened, says):
    other = draw_order("xiaomai:no-2", draws("two"))
    opened.record([says(placed(), stream=other.stream), says(e.Noted(label="x"), key="k")], [other])
    before = stores.kept()

    with pytest.raises(KeyReused):
        opened.record([says(e.Noted(label="x"), key="k", stream=other.stream)])

    assert stores.kept() == before


def test_without_a_key_the_same_fact_is_recorded_each_time(opened, says):
    note = says(e.Noted(label="x"))
    receipts = [*opened.record([note, note]), *opened.record([note])]

    assert [(receipt.seq, receipt.duplicate) for receipt in receipts] == [(3, False), (4, False), (5, False)]


def test_a_key_that_placed_one_order_places_no_other(stores, opened, says):
    before = stores.kept()
    other = draw_order("xiaomai:no-2", draws("two"))
    again = says(placed(qty=3), private=CONTACT, key="placed", stream=other.stream)

    with pytest.raises(KeyReused):
        opened.record([again], [other])

    assert stores.kept() == before

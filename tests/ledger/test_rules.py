import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.entry import Entry
from mingdan.ledger.evolve import fold
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import Order
from mingdan.ledger.rules import RULES, objection, prepaid

AT_ANY_TIME = e.Noted | e.Disavowed | e.Notified | e.Compensated
KEPT_ASIDE = e.RecipientChecked | e.StockShort | e.ActivationFailed | e.ActivationSucceeded

events = st.from_type(e.OrderEvent)
orders = st.lists(st.from_type(Entry), unique_by=lambda entry: entry.leaf, max_size=16).map(fold)
TERMS = e.Placed(platform="kamao")
MARK = Mark(at=0, known=0, leaf=b"\0" * 32)

placed = orders.map(lambda order: replace(order, placed=MARK, terms=order.terms or TERMS, erased=None))

any_order = settings(max_examples=60)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_named_by_words_and_said_in_one_sentence(rule):
    assert rule.replace("-", "").isalpha()
    assert rule == rule.lower()
    assert not RULES[rule].endswith(".")
    assert len(RULES[rule].split()) > 3


@any_order
@given(orders, events)
def test_an_objection_is_one_of_the_rules(order, event):
    assert objection(order, event) in {None, *RULES}


@any_order
@given(orders, events)
def test_a_rule_looks_at_the_state_and_not_at_how_it_is_called(order, event):
    renamed = replace(order, stream="order/" + "f" * 64, seq=order.seq + 1, leaf=b"\xff" * 32, imported=True)

    assert objection(renamed, event) == objection(order, event)


@given(events)
def test_an_order_begins_with_its_placing(event):
    expected = None if isinstance(event, e.Placed) else "before-placed"

    assert objection(Order(), event) == expected


@any_order
@given(placed, st.from_type(AT_ANY_TIME))
def test_some_things_may_be_said_of_a_placed_order_at_any_time(order, event):
    assert objection(order, event) is None


@any_order
@given(placed, st.from_type(KEPT_ASIDE))
def test_checks_stock_and_activation_come_in_any_order(order, event):
    assert objection(order, event) is None


@any_order
@given(placed, events)
def test_nothing_but_a_disavowal_follows_an_erasure(order, event):
    expected = None if isinstance(event, e.Disavowed) else "erased"

    assert objection(replace(order, erased=MARK), event) == expected


@any_order
@given(placed, st.from_type(e.Refund))
def test_after_a_refund_was_paid_no_word_on_a_refund_is_regular(order, event):
    """I12"""
    assert objection(replace(order, refund="paid"), event) == "refund-paid"


@any_order
@given(placed, st.from_type(e.PromiseExtended))
def test_an_extension_is_regular_with_consent_and_only_then(order, event):
    """I6"""
    assert objection(order, event) == (None if event.consent else "no-consent")


@pytest.mark.parametrize("policy", [None, "default"])
def test_payment_comes_first_where_a_promise_stands_over_the_order(policy):
    terms = e.Placed(platform="kamao", policy=policy)

    assert prepaid(Order(terms=terms)) is (policy is not None)
    assert not prepaid(Order())
